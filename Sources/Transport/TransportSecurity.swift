// How TLS is spoken with a server; with SwiftPM's trait `TLS`, which is on unless it is turned off.

#if TLS
    import Core
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
            configuration.minimumTLSVersion = .tlsv12
            // A server that does not say goodbye holds nobody up.
            configuration.shutdownTimeout = .milliseconds(500)
            if let name = settings.serverName, !HostName.isValid(name) {
                throw TransportError(.file, "“\(name)” is no name of a host, as `server-name` must be")
            }
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
                    .file,
                    "\(files.joined(separator: ", ")) cannot be used for TLS"
                        + (settings.key == nil ? ": \(error)" : "; does the key belong to the certificate?"))
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
                context: context, serverHostname: HostName.isValid(name) ? name : nil)
        }

        // MARK: Errors

        /// What an error of TLS means; `nil` where it is none.
        static func error(_ error: any Error, of place: String) -> TransportError? {
            switch error {
            case NIOSSLError.uncleanShutdown:
                TransportError(
                    .silent,
                    "\(place) closed the connection without TLS's goodbye: an answer without Content-Length "
                        + "counts as cut off")
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
            let meanings = [
                ("WRONG_VERSION_NUMBER", "it speaks no TLS"),
                ("CERTIFICATE_REQUIRED", "it wants a certificate of the client"),
                ("HANDSHAKE_FAILURE", "it may want a certificate of the client"),
                ("PROTOCOL_VERSION", "its versions of TLS are too old"),
                ("UNSUPPORTED_PROTOCOL", "its versions of TLS are too old"),
                ("NO_APPLICATION_PROTOCOL", "it does not speak HTTP/1.1"),
            ]
            if let (word, meaning) = meanings.first(where: { text.contains($0.0) }) {
                return TransportError(
                    .noAgreement, "\(place) and contend could not agree on TLS: \(meaning) (\(word))")
            }
            // All else may be over soon. BoringSSL's word for it is in capitals.
            let word = text.firstMatch(of: /:([A-Z0-9]+(?:_[A-Z0-9]+)+)\b/).map { String($0.1) }
            return TransportError(
                .silent,
                text.contains("EOF during handshake")
                    ? "\(place) closed the connection during the TLS handshake"
                    : "\(place) broke off TLS: \(word ?? text)")
        }
    }
#endif
