// The error log of a MariaDB server, read while it grows, for InnoDB's reports of deadlocks: only they have
// the statements of all parties.

import CPlatform
import Core
import Glibc
import Histories

/// Reads what a server logs from one moment on; its lines tell whole seconds, so that a report has the time
/// at which it appeared.
final class MariaLog {
    /// Reports read whole; of the others only the victim is taken, which costs little.
    static let readLimit = 200
    /// Deadlocks recorded; the rest is counted.
    static let keptLimit = 10_000
    /// Of a report that has no end.
    private static let pendingLimit = 1 << 20
    private static let end = Array(MariaWords.reportEnd.utf8)
    private static let thread = Array("MariaDB thread id ".utf8)

    /// Among the servers of its cluster.
    private let node: Int
    private let descriptor: Int32
    private var offset: Int
    private var pending: [UInt8] = []
    private var piece = [UInt8](repeating: 0, count: 1 << 18)
    /// When the log was last seen without what came since.
    private var last: Int64
    private(set) var count = 0

    /// From the present end of the file.
    init(_ file: String, of node: Int = 0, at time: Int64) {
        self.node = node
        descriptor = open(file, O_RDONLY | O_CLOEXEC)
        offset = descriptor < 0 ? 0 : Int(lseek(descriptor, 0, SEEK_END))
        last = time
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// The deadlocks that were reported since the last look.
    func read(at time: Int64) -> [ServerError] {
        defer { last = time }
        var found: [ServerError] = []
        while case let bytes = pread(descriptor, &piece, piece.count, offset), bytes > 0 {
            offset += bytes
            pending += piece[..<bytes]
            found += reports().map { $0.naming { MariaNode.backend($0, of: node) } }
        }
        return found
    }

    private func reports() -> [ServerError] {
        var found: [ServerError] = []
        var start = 0
        // The number of the transaction is on the same line.
        while let sign = place(of: Self.end, from: start),
            let line = pending[sign...].firstIndex(of: UInt8(ascii: "\n"))
        {
            count += 1
            if count <= Self.readLimit {
                let report = String(decoding: pending[start..<line], as: UTF8.self)
                if let error = MariaWords.deadlock(in: report, at: last) { found.append(error) }
            } else if count <= Self.keptLimit, let backend = victim(from: start, named: sign + Self.end.count)
            {
                found.append(MariaWords.deadlock(of: backend, at: last))
            }
            start = line + 1
        }
        pending.removeFirst(max(start, pending.count - Self.pendingLimit))
        return found
    }

    /// The connection of the transaction whose number stands at `place`, in the report from `start` on.
    private func victim(from start: Int, named place: Int) -> Int? {
        guard let number = number(at: place),
            let title = self.place(of: Array("*** (\(number)) TRANSACTION:".utf8), from: start),
            let thread = self.place(of: Self.thread, from: title)
        else { return nil }
        return self.number(at: thread + Self.thread.count)
    }

    private func number(at place: Int) -> Int? {
        let digits = pending[place...].prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        return Int(String(decoding: digits, as: UTF8.self))
    }

    private func place(of sign: [UInt8], from start: Int) -> Int? {
        pending.withUnsafeBytes { bytes in
            sign.withUnsafeBytes { sign -> Int? in
                guard let base = bytes.baseAddress, let wanted = sign.baseAddress,
                    let found = contend_find(base + start, bytes.count - start, wanted, sign.count)
                else { return nil }
                return found - base
            }
        }
    }
}
