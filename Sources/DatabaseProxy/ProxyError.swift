// What goes wrong around the proxy's sockets.

public import Core
import Glibc

public struct ProxyError: CodedError {
    public enum Code: String, Sendable {
        /// A port could not be opened.
        case listening
        /// The server has no address.
        case server
    }

    public var code: Code
    public var message: String

    /// What an `errno` says.
    static func reason(_ code: CInt) -> String { String(cString: strerror(code)) }

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}
