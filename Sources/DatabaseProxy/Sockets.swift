// The calls that make the proxy's sockets: none of them blocks, and none is handed down to a child.

import CPlatform
import Glibc

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
