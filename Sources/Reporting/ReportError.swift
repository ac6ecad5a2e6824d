// The one error of this target: a page that cannot be made.

public import Core

public struct ReportError: CodedError {
    public enum Code: String, Sendable {
        /// Our own bug.
        case template
    }

    public var code: Code
    /// One sentence: what is wrong, where, and what to do about it.
    public var message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}
