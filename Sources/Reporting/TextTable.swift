// A table of text in columns that fit the line: matrices, latencies and lists of runs are shown in it.

/// Rows under headings; numbers to the right, the widest text column gives way where the line is too narrow.
public struct TextTable: Sendable {
    public struct Column: Sendable {
        public var title: String
        public var isRightAligned: Bool
        /// Gives way before the other columns do.
        public var isFlexible: Bool

        public init(_ title: String, right: Bool = false, flexible: Bool = false) {
            self.title = title
            self.isRightAligned = right
            self.isFlexible = flexible
        }
    }

    /// No text column is made narrower.
    static let leastWidth = 8

    public var columns: [Column]
    public var rows: [[String]] = []
    public var indent: Int

    public init(_ columns: [Column], indent: Int = 2) {
        self.columns = columns
        self.indent = indent
    }

    /// Heading and rows, none longer than the style's width; `tone` colours a whole row by its index.
    public func lines(_ style: TextStyle, tone: (Int) -> TextStyle.Tone? = { _ in nil }) -> [String] {
        let widths = fittedWidths(style.width)
        let heading = style.paint(line(columns.map(\.title), widths), .dim)
        return [heading]
            + rows.enumerated().map { index, row in
                let text = line(row, widths)
                return tone(index).map { style.paint(text, $0) } ?? text
            }
    }

    private func fittedWidths(_ width: Int) -> [Int] {
        var widths = columns.indices.map { column in
            rows.reduce(columns[column].title.count) {
                max($0, column < $1.count ? $1[column].onOneLine.count : 0)
            }
        }
        func total() -> Int { indent + widths.reduce(0, +) + 2 * (widths.count - 1) }
        while total() > width {
            let texts = columns.indices.filter { !columns[$0].isRightAligned && widths[$0] > Self.leastWidth }
            let flexible = texts.filter { columns[$0].isFlexible }
            let giving = flexible.isEmpty ? texts : flexible
            guard let widest = giving.max(by: { widths[$0] < widths[$1] }) else { break }
            widths[widest] -= 1
        }
        return widths
    }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        var text = String(repeating: " ", count: indent)
        for (column, width) in widths.enumerated() {
            let cell = TextStyle.cut(column < cells.count ? cells[column].onOneLine : "", to: width)
            let isLast = column == widths.count - 1
            if column > 0 { text += "  " }
            text +=
                columns[column].isRightAligned
                ? TextStyle.right(cell, width) : isLast ? cell : TextStyle.left(cell, width)
        }
        while text.hasSuffix(" ") { text.removeLast() }
        return text
    }
}
