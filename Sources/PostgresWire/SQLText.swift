// What can be read from the text of a statement without a parser of the language.

extension Statement {
    /// A longer value is cut in `inlined`.
    static let inlinedValueLimit = 120

    /// The text with the bound values in the place of `$1`, `$2`, …, for people to read.
    public var inlined: String {
        guard !parameters.isEmpty else { return text }
        let values = self.values
        var scanner = SQLScanner(text)
        var result = ""
        var copied = 0
        while let (token, range) = scanner.next() {
            guard case .parameter(let number) = token, values.indices.contains(number - 1) else { continue }
            result += scanner.text(copied..<range.lowerBound) + Self.literal(values[number - 1])
            copied = range.upperBound
        }
        return result + scanner.text(copied..<scanner.count)
    }

    private static func literal(_ value: String?) -> String {
        guard let value else { return "NULL" }
        if Int(value) != nil || value == "true" || value == "false" { return value }
        let shown =
            value.count > inlinedValueLimit ? String(value.prefix(inlinedValueLimit)) + "…" : value
        return "'" + shown.replacing("'", with: "''") + "'"
    }
}
