// Where a socket of the proxy listens or connects to, as the socket calls want it.

import Glibc

/// The addresses of a server, or a port of this machine, for the socket calls.
struct SocketAddress: Sendable {
    private let bytes: [UInt8]
    let family: CInt

    private init(_ address: UnsafeRawBufferPointer, family: CInt) {
        bytes = Array(address)
        self.family = family
    }

    /// A port of the loopback interface; 0 for any.
    static func loopback(port: UInt16) -> SocketAddress {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        return withUnsafeBytes(of: &address) { SocketAddress($0, family: AF_INET) }
    }

    /// Of a server, in the order in which they are to be tried.
    static func all(of server: ProxiedServer) throws(ProxyError) -> [SocketAddress] {
        switch server {
        case .port(let host, let port):
            var hints = addrinfo()
            hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
            var list: UnsafeMutablePointer<addrinfo>?
            let code = getaddrinfo(host, "\(port)", &hints, &list)
            guard code == 0 else {
                throw ProxyError(
                    .server,
                    "the database's host \(host) was not found: \(String(cString: gai_strerror(code)))")
            }
            defer { freeaddrinfo(list) }
            return sequence(first: list) { $0?.pointee.ai_next }.prefix { $0 != nil }.compactMap { entry in
                guard let entry, let address = entry.pointee.ai_addr else { return nil }
                return SocketAddress(
                    UnsafeRawBufferPointer(start: address, count: Int(entry.pointee.ai_addrlen)),
                    family: entry.pointee.ai_family)
            }
        case .socket(let path):
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            let isCopied = withUnsafeMutableBytes(of: &address.sun_path) { target in
                // A zero byte ends it.
                guard path.utf8.count < target.count else { return false }
                target.copyBytes(from: path.utf8)
                return true
            }
            guard isCopied else {
                throw ProxyError(.server, "the path of the database's socket is too long: \(path)")
            }
            return [withUnsafeBytes(of: &address) { SocketAddress($0, family: AF_UNIX) }]
        }
    }

    /// The result of a socket call, which gets the address.
    func pass(to call: (UnsafePointer<sockaddr>, socklen_t) -> CInt) -> CInt {
        bytes.withUnsafeBytes { bytes in
            bytes.withMemoryRebound(to: sockaddr.self) { address in
                guard let start = address.baseAddress else { return -1 }
                return call(start, socklen_t(bytes.count))
            }
        }
    }
}
