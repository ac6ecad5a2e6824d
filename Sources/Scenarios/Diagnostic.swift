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

    /// So much of a line is shown, and of what is said about it.
    static let lineLimit = 160
    static let textLimit = 400

    public var description: String {
        let (shown, column) = window
        // The caret's line keeps the tabs of the line above, so that both are indented alike.
        var indent = ""
        for scalar in shown.unicodeScalars.prefix(column) { indent.append(scalar == "\t" ? "\t" : " ") }
        var text = "\(file):\(position.line):\(position.column): \(severity.rawValue): "
        text += "\(Self.shortened(message))\n  \(shown)\n  \(indent)^"
        if let suggestion { text += "\n  \(Self.shortened(suggestion))" }
        return text
    }

    /// The line, or as much of a long one as surrounds the place, and where in it the place is, from 0.
    private var window: (shown: String, column: Int) {
        let scalars = Array(line.unicodeScalars)
        let column = max(0, position.column - 1)
        guard scalars.count > Self.lineLimit else { return (Self.visible(scalars[...]), column) }
        let start = max(0, min(column - Self.lineLimit / 2, scalars.count - Self.lineLimit))
        let end = start + Self.lineLimit
        let text = Self.visible(scalars[start..<end])
        return (
            (start > 0 ? "…" : "") + text + (end < scalars.count ? "…" : ""),
            column - start + (start > 0 ? 1 : 0)
        )
    }

    /// Nothing in a file speaks to the terminal.
    private static func visible(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
        var text = ""
        for scalar in scalars {
            let isControl = scalar != "\t" && scalar.properties.generalCategory == .control
            text.unicodeScalars.append(isControl ? "\u{FFFD}" : scalar)
        }
        return text
    }

    /// The middle of a long text is left out.
    private static func shortened(_ text: String) -> String {
        guard text.count > textLimit else { return text }
        return text.prefix(textLimit * 3 / 4) + " … " + text.suffix(textLimit / 4)
    }
}
