// Free ports of 127.0.0.1 that no client connection can take by accident, and no other run.

import Core
import Glibc

/// The ports of one run: its own until this object goes.
///
/// A port may be free for seconds, from its choice until its server listens, and again while a killed replica
/// comes back. Another run that took it then would answer in the place of this one's replica. So each port is
/// claimed by a name in Linux's abstract socket namespace, which ends with the process that holds it.
final class LoopbackPorts: Sendable {
    /// Tries for one port before giving up.
    static let attemptLimit = 2_000

    private let range: ClosedRange<Int>
    private let claims = Locked<[Int32]>([])

    /// Draws from below the kernel's ephemeral range: a replica that is killed and comes back must find its
    /// port free, and thousands of client connections draw theirs from that range.
    init(range: ClosedRange<Int>? = nil) {
        self.range =
            range ?? Self.candidates(ephemeral: readSmallFile("/proc/sys/net/ipv4/ip_local_port_range"))
    }

    deinit { for descriptor in claims.withLock({ $0 }) { close(descriptor) } }

    /// `count` different ports that nobody listened on a moment ago, and that no run draws from now on.
    ///
    /// Each is the first of `width` such ports in a row.
    func reserve(_ count: Int, width: Int = 1) throws(ClusterError) -> [Int] {
        var held: [Int32] = []
        defer { for descriptor in held { close(descriptor) } }
        var ports: [Int] = []
        var attempts = 0
        while ports.count < count {
            attempts += 1
            guard attempts <= Self.attemptLimit * max(1, count) else {
                throw ClusterError(
                    .address, "no free port on 127.0.0.1 in \(range.lowerBound)…\(range.upperBound)")
            }
            let port = Int.random(in: range)
            let row = port..<port + width
            let claimed = row.compactMap(Self.claim)
            let bound = claimed.count == width ? row.compactMap(Self.bind) : []
            held += bound
            guard bound.count == width else {
                for descriptor in claimed { close(descriptor) }
                continue
            }
            claims.withLock { $0 += claimed }
            ports.append(port)
        }
        return ports
    }

    /// The ports to draw from, given the text of ip_local_port_range.
    static func candidates(ephemeral text: String?) -> ClosedRange<Int> {
        let low = text?.split(whereSeparator: \.isWhitespace).first.flatMap { Int($0) } ?? 32_768
        return low > 12_000 ? 10_240...(low - 1) : 61_000...65_000
    }

    /// `nil` where another run has it.
    private static func claim(_ port: Int) -> Int32? {
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        // A name that begins with a zero byte is no file.
        let name = Array("\0contend/port/\(port)".utf8)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
        let size = MemoryLayout.offset(of: \sockaddr_un.sun_path) ?? 2
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.bind(descriptor, $0, socklen_t(size + name.count))
            }
        }
        guard result == 0 else {
            close(descriptor)
            return nil
        }
        return descriptor
    }

    private static func bind(_ port: Int) -> Int32? {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port)).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else {
            close(descriptor)
            return nil
        }
        return descriptor
    }
}
