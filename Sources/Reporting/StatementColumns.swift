// The SQL of a schedule as it is drawn on a whiteboard, for the terminal: a column for each request, time
// from top to bottom.

import Checking
import Core
import Histories

/// The statements of the requests that raced, in the order in which they ran.
struct StatementColumns {
    /// More requests do not fit beside each other.
    private static let columnLimit = 3
    /// Of a longer list of columns behind SELECT only the beginning is shown.
    private static let selectLimit = 30
    private static let cellLines = 6
    private static let valueLimit = 24

    let finding: Finding
    let style: TextStyle

    private var requests: [OperationRecord] { finding.example.filter { $0.phase == .load } }

    /// Empty where there are too many requests, or the order was left to chance.
    var lines: [String] {
        guard finding.schedule != nil, 2...Self.columnLimit ~= requests.count else { return [] }
        let own = finding.statements.filter { statement in requests.contains { $0.id == statement.operation }
        }
        guard !own.isEmpty else { return [] }
        var lines = ["SQL in the order of the schedule", ""]
        lines += row(
            requests.map { style.cell("\($0.name), replica \($0.requests.first?.replica ?? 0)", width) })
        lines.append(
            "  " + requests.map { _ in String(repeating: "─", count: width) }.joined(separator: "─┼─"))
        var last: Int?
        for statement in own {
            guard let column = requests.firstIndex(where: { $0.id == statement.operation }) else { continue }
            if let last, last != column { lines += row(requests.map { _ in [] as [String] }) }
            last = column
            var cells = requests.map { _ in [] as [String] }
            cells[column] = cell(statement)
            lines += row(cells)
        }
        return lines + [""]
    }

    private var width: Int { (style.width - 2 - 3 * (requests.count - 1)) / requests.count }

    private func cell(_ statement: StatementRecord) -> [String] {
        let text = Self.brief(Self.shortValues(in: plainStatement(statement.statement).onOneLine))
        var lines = style.cell(text, width)
        if lines.count > Self.cellLines {
            lines = Array(lines.prefix(Self.cellLines))
            lines[Self.cellLines - 1] = TextStyle.cut(lines[Self.cellLines - 1] + " …", to: width)
        }
        return lines + ["  → " + statement.ending]
    }

    /// Cells side by side, as many lines as the longest has; one of nothing but empty cells is one line.
    private func row(_ cells: [[String]]) -> [String] {
        (0..<max(1, cells.map(\.count).max() ?? 0)).map { line in
            let parts = cells.map { TextStyle.left(line < $0.count ? $0[line] : "", width) }
            var text = "  " + parts.joined(separator: style.paint(" │ ", .dim))
            while text.last == " " { text.removeLast() }
            return text
        }
    }

    /// A long value, such as a UUID, has no room: `'0fcb0d7a-27a3-4e50-b103-6000ed63d961'` is `'0fcb0d7a…'`.
    private static func shortValues(in statement: String) -> String {
        statement.split(separator: "'", omittingEmptySubsequences: false).enumerated().map { index, part in
            index.isMultiple(of: 2) || part.count <= valueLimit ? String(part) : part.prefix(8) + "…"
        }.joined(separator: "'")
    }

    /// `SELECT i.id, i.project, … FROM images` is `SELECT i.id, i.project… FROM images`.
    private static func brief(_ statement: String) -> String {
        guard statement.uppercased().hasPrefix("SELECT ") else { return statement }
        var depth = 0
        var position = statement.index(statement.startIndex, offsetBy: 7)
        let begin = position
        while position < statement.endIndex {
            switch statement[position] {
            case "(": depth += 1
            case ")": depth -= 1
            case " " where depth == 0 && statement[position...].prefix(6).uppercased() == " FROM ":
                let list = statement[begin..<position]
                guard list.count > selectLimit else { return statement }
                return "SELECT \(list.prefix(selectLimit - 6))…" + statement[position...]
            default: break
            }
            position = statement.index(after: position)
        }
        return statement
    }
}

extension TextStyle {
    /// Wrapped to a column of this width; a longer word is broken.
    fileprivate func cell(_ text: String, _ width: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        for var word in text.split(separator: " ") {
            if !line.isEmpty, line.count + 1 + word.count > width {
                lines.append(line)
                line = ""
            }
            while word.count > width {
                lines.append(String(word.prefix(width)))
                word = word.dropFirst(width)
            }
            line += line.isEmpty ? String(word) : " " + word
        }
        return line.isEmpty ? lines : lines + [line]
    }
}
