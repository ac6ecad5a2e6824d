// What is wrong with a scenario file, told with its place.

/// All that is wrong with a scenario file.
public struct ScenarioErrors: Error, Sendable, CustomStringConvertible {
    public var diagnostics: [Diagnostic]

    public init(_ diagnostics: [Diagnostic]) { self.diagnostics = diagnostics }

    public var description: String { diagnostics.map(\.description).joined(separator: "\n\n") }
}

/// One thing wrong, at one place: `file:line:column: error: …`, the line, a caret, and a suggestion.
public struct Diagnostic: Sendable, Hashable, CustomStringConvertible {
    public enum Severity: String, Sendable { case error, hint }

    public var severity: Severity
    public var file: String
    public var position: SourcePosition
    public var message: String
    /// What was expected, or the nearest valid name.
    public var suggestion: String?
    /// The line of the file.
    public var line: String

    public init(
        severity: Severity = .error, file: String, position: SourcePosition, message: String,
        suggestion: String? = nil, line: String
    ) {
        self.severity = severity
        self.file = file
        self.position = position
        self.message = message
        self.suggestion = suggestion
        self.line = line
    }

    public var description: String {
        // The caret's line keeps the tabs of the line above, so that both are indented alike.
        let before = line.unicodeScalars.prefix(position.column - 1)
        var indent = ""
        for scalar in before { indent.append(scalar == "\t" ? "\t" : " ") }
        var text = "\(file):\(position.line):\(position.column): \(severity.rawValue): \(message)"
        text += "\n  \(line)\n  \(indent)^"
        if let suggestion { text += "\n  \(suggestion)" }
        return text
    }
}
