// What goes wrong around the proxy's sockets.

public import Core

public struct ProxyError: CodedError {
    public enum Code: String, Sendable {
        /// A port could not be opened.
        case listening
    }

    public var code: Code
    public var message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}
