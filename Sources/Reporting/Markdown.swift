// Text and tables in GitHub's Markdown, with everything that came from outside escaped.

/// Pieces of Markdown.
enum Markdown {
    /// Plain text: nothing in it is markup.
    static func text(_ text: String) -> String { MarkdownReport.inline(text) }

    /// In backticks, more of them than the text has in a row.
    static func code(_ text: String) -> String {
        let line = text.split(whereSeparator: \.isNewline).joined(separator: " ")
        var longest = 0
        var current = 0
        for character in line {
            current = character == "`" ? current + 1 : 0
            longest = max(longest, current)
        }
        let fence = String(repeating: "`", count: longest + 1)
        let pad = longest > 0 ? " " : ""
        return fence + pad + line + pad + fence
    }

    /// Cells are escaped; the columns of `numbers` go to the right.
    static func table(_ heading: [String], _ rows: [[String]], numbers: Set<Int> = []) -> [String] {
        func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }
        return [
            line(heading.map(text)), line(heading.indices.map { numbers.contains($0) ? "---:" : "---" }),
        ] + rows.map { line($0.map(text)) }
    }
}
