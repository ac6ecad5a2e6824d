// The error log of a MariaDB server, read while it grows, for InnoDB's reports of deadlocks: only they have
// the statements of all parties.

import CPlatform
import Core
import Glibc
import Histories

/// Reads what a server logs from one moment on; its lines tell whole seconds, so that a report has the time
/// at which it appeared.
final class MariaLog {
    /// Reports read; of the rest only the number is taken, which costs little.
    static let keptLimit = 200
    /// Of a report that has no end.
    private static let pendingLimit = 1 << 20
    private static let end = Array(MariaWords.reportEnd.utf8)

    private let descriptor: Int32
    private var offset: Int
    private var pending: [UInt8] = []
    private var piece = [UInt8](repeating: 0, count: 1 << 18)
    /// When the log was last seen without what came since.
    private var last: Int64
    private(set) var count = 0

    /// From the present end of the file.
    init(_ file: String, at time: Int64) {
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
            found += reports()
        }
        return found
    }

    private func reports() -> [ServerError] {
        var found: [ServerError] = []
        var start = 0
        // The number of the transaction is on the same line.
        while let sign = place(from: start), let line = pending[sign...].firstIndex(of: UInt8(ascii: "\n")) {
            count += 1
            if count <= Self.keptLimit {
                let report = String(decoding: pending[start..<line], as: UTF8.self)
                if let error = MariaWords.deadlock(in: report, at: last) { found.append(error) }
            }
            start = line + 1
        }
        pending.removeFirst(max(start, pending.count - Self.pendingLimit))
        return found
    }

    private func place(from start: Int) -> Int? {
        pending.withUnsafeBytes { bytes in
            Self.end.withUnsafeBytes { sign -> Int? in
                guard let base = bytes.baseAddress, let wanted = sign.baseAddress,
                    let found = contend_find(base + start, bytes.count - start, wanted, sign.count)
                else { return nil }
                return found - base
            }
        }
    }
}
