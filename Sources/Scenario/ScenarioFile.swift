// Signatures fixed by the architect; bodies and file split are the Scenario owner's.

public import History

/// A parsed scenario file before its parameters are chosen.
public struct ScenarioFile: Sendable {
    public var path: String
    public var name: String
    public var matrix: [MatrixAxis]
    public var expectations: [Expectation]
    public var parameters: [Parameter]

    /// Parses and fully validates the text under its default parameters; `read` gives the text of the file that `extends` names.
    public init(
        text: String, path: String, read: (String) throws -> String
    ) throws(ScenarioErrors) { preconditionFailure() }

    /// The scenario with these parameters (`--set`, a matrix cell); built-in axes are applied as the flags would be.
    public func resolve(
        _ settings: [String: Value] = [:], environment: [String: String]
    ) throws(ScenarioErrors) -> Scenario { preconditionFailure() }
}

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
        suggestion: String? = nil,
        line: String
    ) {
        self.severity = severity
        self.file = file
        self.position = position
        self.message = message
        self.suggestion = suggestion
        self.line = line
    }

    public var description: String { preconditionFailure() }
}
