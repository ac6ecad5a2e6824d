// Why a server could not be spoken to.

public import Core
import NIOCore
import NIOPosix

/// A connection that did not come about, or an answer that did not come.
public struct TransportError: CodedError {
    public enum Code: String, Sendable {
        /// Nobody accepts connections, or not in time.
        case unreachable
        /// A connection was accepted; what was to come over it did not.
        case silent
        /// The server's certificate is not trusted, or is for another name.
        case untrusted
        /// The server does not speak TLS as we do.
        case noAgreement = "no-agreement"
        /// A certificate or a key that we are to use cannot be used.
        case file
    }

    public var code: Code
    public var message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// Whether to ask again is of no use.
    public var isLasting: Bool { code == .untrusted || code == .noAgreement || code == .file }
}

extension TransportError {
    /// What broke a connection to the address, if it was TLS.
    public static func ofTLS(_ error: any Error, _ address: Address) -> TransportError? {
        TransportSecurity.error(error, of: "\(address.host):\(address.port)")
    }

    /// What an error of a connection to the address means.
    static func of(_ error: any Error, _ address: Address) -> TransportError {
        let place = "\(address.host):\(address.port)"
        switch error {
        case let error as TransportError: return error
        case let error as IOError:
            return TransportError(
                .unreachable, "no connection to \(place): \(systemMessage(error.errnoCode))")
        case let error as NIOConnectionError:
            return error.connectionErrors.first.map { of($0.error, address) }
                ?? TransportError(.unreachable, "\(error.host) has no address")
        case ChannelError.connectTimeout:
            return TransportError(.unreachable, "no connection to \(place) in time")
        case ChannelError.eof: return TransportError(.silent, "\(place) closed the connection")
        default:
            return TransportSecurity.error(error, of: place)
                ?? TransportError(.unreachable, "no connection to \(place): \(error)")
        }
    }
}
