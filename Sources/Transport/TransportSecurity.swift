// How TLS is spoken with a server; with SwiftPM's trait `TLS`, which is on unless it is turned off.

#if TLS
    import Glibc
    import NIOCore
    import NIOSSL

    /// TLS as a client speaks it (RFC 8446; RFC 5246 where the server is older), for HTTP/1.1.
    public final class TransportSecurity: Sendable {
        private let context: NIOSSLContext
        private let serverName: String?

        /// Reads the files.
        public init(_ settings: SecuritySettings) throws(TransportError) {
            var configuration = TLSConfiguration.makeClientConfiguration()
            configuration.applicationProtocols = ["http/1.1"]
            // A server that does not say goodbye holds nobody up.
            configuration.shutdownTimeout = .milliseconds(500)
            if !settings.checksCertificate { configuration.certificateVerification = .none }
            if let path = settings.authorities {
                configuration.trustRoots = .certificates(
                    try Self.read(path, "certificate") { try NIOSSLCertificate.fromPEMFile(path) })
            }
            if let path = settings.certificate {
                configuration.certificateChain = try Self.read(path, "certificate") {
                    try NIOSSLCertificate.fromPEMFile(path).map { .certificate($0) }
                }
            }
            if let path = settings.key {
                configuration.privateKey = .privateKey(
                    try Self.read(path, "private key without a password") {
                        try NIOSSLPrivateKey(file: path, format: .pem)
                    })
            }
            do {
                context = try NIOSSLContext(configuration: configuration)
            } catch {
                let files = [settings.authorities, settings.certificate, settings.key].compactMap(\.self)
                throw TransportError(
                    .file, "\(files.joined(separator: ", ")) cannot be used for TLS: \(error)")
            }
            serverName = settings.serverName
        }

        private static func read<Content>(
            _ path: String, _ what: String, _ body: () throws -> Content
        ) throws(TransportError) -> Content {
            guard access(path, R_OK) == 0 else {
                throw TransportError(.file, "\(path) cannot be read: \(String(cString: strerror(errno)))")
            }
            do { return try body() } catch {
                throw TransportError(.file, "\(path) holds no \(what) in PEM")
            }
        }

        /// What encrypts a connection to the address.
        ///
        /// Where the server has no name, the certificate must be for its IP address, which the server is not
        /// asked for (RFC 6066, 3).
        func handler(for address: Address) throws -> any ChannelHandler {
            let name = serverName ?? address.name
            return try NIOSSLClientHandler(
                context: context, serverHostname: Self.isAddress(name) ? nil : name)
        }

        private static func isAddress(_ name: String) -> Bool {
            var four = in_addr()
            var six = in6_addr()
            return inet_pton(AF_INET, name, &four) == 1 || inet_pton(AF_INET6, name, &six) == 1
        }

        // MARK: Errors

        /// What an error of TLS means; `nil` where it is none.
        static func error(_ error: any Error, of place: String) -> TransportError? {
            switch error {
            case NIOSSLError.uncleanShutdown: TransportError(.silent, "\(place) closed the connection")
            case let error as NIOSSLExtraError where error == .failedToValidateHostname:
                TransportError(.untrusted, "the certificate of \(place) is for another name")
            case is NIOSSLError, is BoringSSLError: refusal("\(error)", place)
            default: nil
            }
        }

        private static func refusal(_ text: String, _ place: String) -> TransportError {
            guard !text.contains("CERTIFICATE_VERIFY_FAILED") else {
                return TransportError(
                    .untrusted,
                    "the certificate of \(place) is not trusted: it has expired, or no trusted authority signed it"
                )
            }
            // BoringSSL's word for it is in capitals, such as WRONG_VERSION_NUMBER.
            let word = text.firstMatch(of: /:([A-Z0-9]+(?:_[A-Z0-9]+)+)\b/).map { String($0.1) }
            return TransportError(
                .noAgreement, "\(place) and contend could not agree on TLS: \(word ?? text)")
        }
    }
#endif
