// The SQL of a finding as it is drawn on a whiteboard: a column for each operation, time from top to bottom.

import Checking
import Core
import Histories

struct StatementLanes {
    /// More operations share the last column.
    private static let columnLimit = 4

    let finding: Finding

    var html: HTML {
        guard !finding.statements.isEmpty else { return "" }
        return lanes + uncertain
    }

    private var lanes: HTML {
        let certain = finding.statements.filter { $0.operation != nil }
        guard !certain.isEmpty else { return "" }
        let columns = columns(of: certain)
        let origin = finding.example.map(\.invoked).min() ?? 0
        let heads = columns.map { "<th>\(HTML.cut(name(of: $0), to: 80))</th>" as HTML }.joined()
        let rows = certain.map { statement -> HTML in
            let place = columns.firstIndex(of: statement.operation) ?? columns.count - 1
            let cells = columns.indices.map { column -> HTML in
                guard column == place else { return "<td></td>" }
                let owner = columns[column] == nil ? name(of: statement.operation) + ", " : ""
                return """
                    <td>\(Self.code(statement))<br><span class="note">\(owner)replica \(statement.replica), \
                    \(statement.ending)</span></td>
                    """
            }.joined()
            return
                "<tr><td class=\"times\">\(OperationRecord.moment(statement.sent - origin))</td>\(cells)</tr>"
        }
        return """
            <h4>SQL, in the order in which it was sent</h4>
            \(schedule)\
            <div class="scroll"><table class="lanes"><thead><tr><th>sent</th>\(heads)</tr></thead>\
            <tbody>\(rows.joined())</tbody></table></div>

            """
    }

    private var schedule: HTML {
        finding.scheduled.map { "<p class=\"note\">\(HTML.cut($0, to: 300))</p>\n" } ?? ""
    }

    /// Operations in the order of their first statements; last, if needed, those for which no column is left.
    private func columns(of statements: [StatementRecord]) -> [Int?] {
        var known: [Int] = []
        for case let id? in statements.map(\.operation) where !known.contains(id) { known.append(id) }
        let kept = known.prefix(Self.columnLimit).map { Optional($0) }
        return known.count > Self.columnLimit ? kept + [nil] : kept
    }

    private func name(of id: Int?) -> String {
        guard let operation = finding.example.first(where: { $0.id == id }) else { return "others" }
        return "\(operation.name), client \(operation.client)"
    }

    /// What may be theirs, alike ones once.
    private var uncertain: HTML {
        let rows = finding.uncertainStatements.map { statement, count -> HTML in
            "<tr><td class=\"times\">\(Figures.count(count, "time"))</td><td>\(Self.code(statement))</td></tr>"
        }
        guard !rows.isEmpty else { return "" }
        return """
            <details><summary>SQL of that time that may be theirs \
            <span class="note">\(Figures.count(rows.count, "statement"))</span></summary>\
            <div class="scroll"><table class="lanes"><tbody>\(rows.joined())</tbody></table></div></details>

            """
    }

    private static func code(_ statement: StatementRecord) -> HTML {
        "<code>\(HTML.cut(plainStatement(statement.statement), to: 400))</code>"
    }
}
