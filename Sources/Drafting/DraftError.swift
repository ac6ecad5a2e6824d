// Why no scenario could be drafted.

public import Core

/// A document that cannot be used, or a wish that it does not fulfil.
public struct DraftError: CodedError {
    public enum Code: String, Sendable {
        /// The document is not what it should be, or holds nothing that can be raced.
        case invalid
        /// What was asked for is not there.
        case usage
    }

    public var code: Code
    public var message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}
