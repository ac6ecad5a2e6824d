// Free ports of 127.0.0.1 that no client connection can take by accident.

import Glibc

enum LoopbackPorts {
    /// Tries for one port before giving up.
    static let attemptLimit = 2_000

    /// `count` different ports that nobody listened on a moment ago.
    ///
    /// They lie below the kernel's ephemeral range: a replica that is killed and comes back must find its
    /// port free, and
    /// thousands of client connections draw theirs from that range.
    static func free(_ count: Int) throws(ClusterError) -> [Int] {
        let range = candidates(ephemeral: readSmallFile("/proc/sys/net/ipv4/ip_local_port_range"))
        var held: [Int32] = []
        defer { for descriptor in held { close(descriptor) } }
        var ports: [Int] = []
        var attempts = 0
        while ports.count < count {
            attempts += 1
            guard attempts <= attemptLimit * max(1, count) else {
                throw ClusterError(
                    .address, "no free port on 127.0.0.1 in \(range.lowerBound)…\(range.upperBound)")
            }
            let port = Int.random(in: range)
            guard !ports.contains(port), let descriptor = bind(port) else { continue }
            held.append(descriptor)
            ports.append(port)
        }
        return ports
    }

    /// The ports to draw from, given the text of ip_local_port_range.
    static func candidates(ephemeral text: String?) -> ClosedRange<Int> {
        let low = text?.split(whereSeparator: \.isWhitespace).first.flatMap { Int($0) } ?? 32_768
        return low > 12_000 ? 10_240...(low - 1) : 61_000...65_000
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
