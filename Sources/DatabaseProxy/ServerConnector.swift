// Opens the proxy's sockets: listening ones, and those to the server.

import CPlatform
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

/// The socket calls of the proxy.
enum Sockets {
    private static let flags = CInt(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)

    /// A listening socket on any port of the loopback interface, and that port.
    static func listen() throws(ProxyError) -> (descriptor: CInt, port: Int) {
        let descriptor = socket(AF_INET, flags, 0)
        var bound = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening =
            descriptor >= 0 && SocketAddress.loopback(port: 0).pass { bind(descriptor, $0, $1) } == 0
            && Glibc.listen(descriptor, 1024) == 0
            && withUnsafeMutablePointer(to: &bound) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    getsockname(descriptor, $0, &length)
                }
            } == 0
        guard isListening else {
            let reason = ProxyError.reason(errno)
            if descriptor >= 0 { close(descriptor) }
            throw ProxyError(.listening, "no port could be opened for the database proxy: \(reason)")
        }
        return (descriptor, Int(UInt16(bigEndian: bound.sin_port)))
    }

    /// A connection that waits at a listening socket; `nil` where none does.
    static func accept(_ listener: CInt) -> CInt? {
        let descriptor = contend_accept(listener)
        guard descriptor >= 0 else { return nil }
        sendAtOnce(descriptor)
        return descriptor
    }

    /// A socket whose connection is under way, or made; `nil` where it failed at once.
    static func connect(to address: SocketAddress) -> CInt? {
        let descriptor = socket(address.family, flags, 0)
        guard descriptor >= 0 else { return nil }
        if address.family != AF_UNIX { sendAtOnce(descriptor) }
        let code = address.pass { Glibc.connect(descriptor, $0, $1) }
        guard code == 0 || errno == EINPROGRESS else {
            close(descriptor)
            return nil
        }
        return descriptor
    }

    /// Whether a connection that was under way is made.
    static func isConnected(_ descriptor: CInt) -> Bool {
        var code: CInt = 0
        var length = socklen_t(MemoryLayout<CInt>.size)
        return getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length) == 0 && code == 0
    }

    private static func sendAtOnce(_ descriptor: CInt) {
        var yes: CInt = 1
        setsockopt(
            descriptor, CInt(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout.size(ofValue: yes)))
    }
}

/// Connects to the server for one connection of a replica, at one address after the other.
final class ServerConnector: SocketOwner {
    private let sockets: WatchedSockets
    private var addresses: ArraySlice<SocketAddress>
    private let done: (CInt?) -> Void
    private var open: (descriptor: CInt, token: WatchedSockets.Token)?

    /// `done` gets the connected socket, or `nil` where no address has a server; on this thread.
    init(
        _ addresses: [SocketAddress], _ sockets: WatchedSockets, done: @escaping (CInt?) -> Void
    ) {
        self.addresses = addresses[...]
        self.sockets = sockets
        self.done = done
    }

    func connect() {
        while let address = addresses.popFirst() {
            guard let descriptor = Sockets.connect(to: address) else { continue }
            open = (descriptor, sockets.watch(descriptor, for: .writing, self))
            return
        }
        done(nil)
    }

    /// Ends without a word.
    func cancel() {
        if let descriptor = takeOpen() { close(descriptor) }
    }

    private func takeOpen() -> CInt? {
        guard let (descriptor, token) = open else { return nil }
        open = nil
        sockets.forget(token, descriptor)
        return descriptor
    }

    func isReady(_: SocketEvents) {
        guard let descriptor = takeOpen() else { return }
        if Sockets.isConnected(descriptor) {
            done(descriptor)
        } else {
            close(descriptor)
            connect()
        }
    }
}
