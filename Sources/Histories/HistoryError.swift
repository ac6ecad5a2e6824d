// The one error of this target: a history that cannot be written, read or believed.

public import Core

/// What is wrong with a history file, and where.
public struct HistoryError: CodedError {
    public enum Code: String, Sendable {
        /// The file could not be opened, mapped, grown or written.
        case inputOutput
        /// A line is not what the format says.
        case malformed
        /// The file was written by a newer version of the format.
        case unsupportedVersion
        /// The lines are well formed but contradict each other: an end without a beginning, a client
        /// concurrent with itself.
        case inconsistent
    }

    public var code: Code
    public var file: String
    /// From 1; `nil` where no single line is at fault.
    public var line: Int?
    /// One sentence: what is wrong and what to do about it.
    public var message: String

    public init(_ code: Code, file: String, line: Int? = nil, message: String) {
        self.code = code
        self.file = file
        self.line = line
        self.message = message
    }

    public var description: String {
        line.map { "\(file):\($0): \(message)" } ?? "\(file): \(message)"
    }
}
