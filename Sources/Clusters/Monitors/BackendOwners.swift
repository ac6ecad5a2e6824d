// Whose a connection to the database is: the client's port leads to a socket, the socket to a process, the
// process to its replica.

import Foundation
import Glibc

/// Finds the replica at the other end of a TCP connection on this machine, from /proc.
struct BackendOwners {
    /// Index of each replica to its process group.
    let groups: [Int: Int32]

    /// Replica by client port, for those of `ports` that lead to one.
    func replicas(ofClientPorts ports: Set<Int>, serverPort: Int) -> [Int: Int] {
        guard !ports.isEmpty else { return [:] }
        var portOfSocket: [Substring: Int] = [:]
        for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
            for line in Self.lines(of: table) {
                guard let socket = Self.socket(in: line), ports.contains(socket.local),
                    socket.remote == serverPort
                else { continue }
                portOfSocket[socket.inode] = socket.local
            }
        }
        var owners: [Int: Int] = [:]
        let processes = ProcessTable.scan().entries.values
        for (replica, group) in groups {
            for process in processes where process.group == group {
                for inode in Self.sockets(of: process.pid) {
                    if let port = portOfSocket[inode] { owners[port] = replica }
                }
            }
        }
        return owners
    }

    /// Ports and inode of a line of proc(5)'s net/tcp.
    static func socket(in line: Substring) -> (local: Int, remote: Int, inode: Substring)? {
        let fields = line.split(separator: " ", omittingEmptySubsequences: true)
        guard fields.count > 9, let local = port(fields[1]), let remote = port(fields[2]) else { return nil }
        return (local, remote, fields[9])
    }

    private static func port(_ address: Substring) -> Int? {
        address.lastIndex(of: ":").flatMap { Int(address[address.index(after: $0)...], radix: 16) }
    }

    /// Read to its end piece by piece: the kernel says of such a file that it is empty.
    private static func lines(of path: String) -> [Substring] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        var text: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(descriptor, &piece, piece.count)
            guard count > 0 else { return String(decoding: text, as: UTF8.self).split(separator: "\n") }
            text += piece[..<count]
        }
    }

    private static func sockets(of pid: Int32) -> [Substring] {
        let folder = "/proc/\(pid)/fd"
        let files = FileManager.default
        return ((try? files.contentsOfDirectory(atPath: folder)) ?? []).compactMap { name in
            guard let target = try? files.destinationOfSymbolicLink(atPath: "\(folder)/\(name)"),
                target.hasPrefix("socket:["), target.hasSuffix("]")
            else { return nil }
            return target.dropFirst(8).dropLast()
        }
    }
}
