// The one error of what is asked of runs, here and where they are made.

public import Core

/// Why something that was asked for could not be done.
public struct RunError: CodedError {
    public enum Code: String, Sendable {
        /// The experiment did not happen.
        case notRun
        /// A scenario, history or verdict that cannot be used.
        case invalid
        /// Our own bug.
        case fault
        /// The user asked for something that is not there.
        case usage
    }

    public var code: Code
    /// What happened, where, and what to do about it.
    public var message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}
