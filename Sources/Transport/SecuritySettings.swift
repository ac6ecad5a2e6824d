// What a client of TLS trusts, shows and checks.

/// The files of a client's TLS, in PEM, and what it checks.
public struct SecuritySettings: Sendable, Hashable {
    /// Authorities that are trusted in place of the system's.
    public var authorities: String?
    /// What the server gets to see, if it asks.
    public var certificate: String?
    /// That of the certificate.
    public var key: String?
    /// What the server's certificate must be for, if not for the server's name.
    public var serverName: String?
    /// Whether the server must show a certificate that is trusted.
    public var checksCertificate: Bool

    public init(
        authorities: String? = nil, certificate: String? = nil, key: String? = nil, serverName: String? = nil,
        checksCertificate: Bool = true
    ) {
        self.authorities = authorities
        self.certificate = certificate
        self.key = key
        self.serverName = serverName
        self.checksCertificate = checksCertificate
    }
}
