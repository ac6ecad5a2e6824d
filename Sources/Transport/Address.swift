// Where a server listens, and how it is called and spoken to.

/// Where a server listens.
public struct Address: Sendable, Hashable {
    /// What connections go to: an IP address, or a name.
    public var host: String
    public var port: Int
    /// What the server is called, in `Host` headers and in its certificate.
    public var name: String
    /// `nil`: HTTP without TLS.
    public var security: TransportSecurity?

    /// - Parameter name: The host, where the server has no other name.
    public init(host: String, port: Int, name: String? = nil, security: TransportSecurity? = nil) {
        self.host = host
        self.port = port
        self.name = name ?? host
        self.security = security
    }

    /// As in a `Host` header: without the port that the scheme has by itself (RFC 9110, 7.2).
    public var authority: String {
        let name = name.contains(":") ? "[\(name)]" : name
        return port == (security == nil ? 80 : 443) ? name : "\(name):\(port)"
    }

    /// As in `https://name:port`.
    public var origin: String { (security == nil ? "http://" : "https://") + authority }
}

extension TransportSecurity: Hashable {
    public static func == (left: TransportSecurity, right: TransportSecurity) -> Bool { left === right }

    public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}
