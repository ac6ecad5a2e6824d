// Text and tables in GitHub's Markdown, with everything that came from outside escaped.

/// Pieces of Markdown.
enum Markdown {
    /// Plain text within a line or a table's cell: nothing in it is markup.
    static func text(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case _ where character.isNewline: result += " "
            case "\\", "`", "*", "_", "[", "]", "|", "#", "~", "@", "!":
                result += "\\" + String(character)
            default: result.append(character)
            }
        }
        return result
    }

    /// In backticks, more of them than the text has in a row.
    static func code(_ text: String) -> String {
        let line = oneLine(text)
        let longest = backticks(line)
        let fence = String(repeating: "`", count: longest + 1)
        let pad = longest > 0 ? " " : ""
        return fence + pad + line + pad + fence
    }

    /// A fence longer than any run of backticks in it, so that nothing inside can end it.
    static func fenced(_ lines: [String], _ language: String) -> [String] {
        let text = lines.map(oneLine)
        let fence = String(repeating: "`", count: max(3, (text.map(backticks).max() ?? 0) + 1))
        return [fence + language] + text + [fence]
    }

    private static func oneLine(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).joined(separator: " ")
    }

    /// The most that stand in a row.
    private static func backticks(_ text: String) -> Int {
        text.split { $0 != "`" }.map(\.count).max() ?? 0
    }

    /// Cells are escaped; the columns of `numbers` go to the right.
    static func table(_ heading: [String], _ rows: [[String]], numbers: Set<Int> = []) -> [String] {
        func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }
        return [line(heading.map(text)), line(heading.indices.map { numbers.contains($0) ? "---:" : "---" })]
            + rows.map { line($0.map(text)) }
    }
}
