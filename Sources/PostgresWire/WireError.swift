// What makes a session of the protocol impossible to follow.

public import Core

/// A peer sent what the protocol does not allow, or what a proxy cannot do.
public struct WireError: CodedError, Hashable {
    public enum Code: String, Sendable {
        /// A length that no message can have.
        case length
        /// A first message that is none, or encryption without asking for it.
        case startup
        /// An answer to nothing that was asked, or more requests at once than are followed.
        case order
        /// A message whose content ends too early.
        case content
    }

    public var code: Code
    public var message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}
