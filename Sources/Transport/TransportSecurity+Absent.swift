// What there is in place of TLS where SwiftPM's trait `TLS` is turned off, which saves building BoringSSL.

#if !TLS
    import NIOCore

    /// Cannot be made.
    public final class TransportSecurity: Sendable {
        public init(_ settings: SecuritySettings) throws(TransportError) {
            throw TransportError(
                .file, "this contend was built without TLS (without the trait TLS of SwiftPM)")
        }

        func handler(for address: Address) throws -> any ChannelHandler {
            throw ChannelError.operationUnsupported
        }

        static func error(_ error: any Error, of place: String) -> TransportError? { nil }
    }
#endif
