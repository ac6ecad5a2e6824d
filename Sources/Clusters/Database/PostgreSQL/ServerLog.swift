// PostgreSQL's JSON log: which transactions failed, and for a deadlock the statements of both parties, which
// only the log has.

import Core
import Foundation
import Glibc
import Histories

/// Reads what a server logged from one moment on.
struct ServerLog: Sendable {
    let file: String
    let database: String
    private let offset: Int

    /// Entries kept of each code; the rest is counted.
    static let keptLimit = 10_000
    /// Bytes looked at; the log is read as a stream, a megabyte at once.
    static let byteLimit = 4 << 30

    /// From the present end of the file.
    init(file: String, database: String) {
        self.file = file
        self.database = database
        var details = stat()
        offset = stat(file, &details) == 0 ? Int(details.st_size) : 0
    }

    /// What was found between two marks that the monitor itself had the server log.
    struct Content {
        var errors: [ServerError] = []
        /// Of each SQLSTATE, also of those that are not kept.
        var counts: [String: Int] = [:]
        var hasEnd = false
        var isCut = false

        var deadlocks: Int { counts["40P01"] ?? 0 }
    }

    /// Errors with these codes; times are set by the mark `begin`, logged at run time `begun`.
    ///
    /// The load may be faster than the monitor: errors before the mark have times before `begun`. Without the
    /// mark, the first error counts as logged then. A stamp further away than any run lasts is not kept.
    func read(from begin: String, begun: Int64, to end: String) -> Content {
        var content = Content()
        var origin: Int64?
        let lines = LogLines(file, from: offset, limitBytes: Self.byteLimit, holding: Entry.interesting)
        let isWhole = lines.forEach { line in
            guard let entry = Entry(line) else { return }
            if entry.message == begin { origin = entry.nanoseconds - begun }
            if entry.message == end { content.hasEnd = true }
            guard entry.database == database, let code = entry.code else { return }
            content.counts[code, default: 0] += 1
            guard content.counts[code] ?? 0 <= Self.keptLimit else { return }
            content.errors.append(
                ServerError(
                    time: entry.nanoseconds, backend: entry.backend, code: code,
                    detail: entry.detail, context: entry.context, statement: entry.statement))
        }
        content.isCut = !isWhole
        guard let origin = origin ?? content.errors.first.map({ $0.time - begun }) else { return content }
        content.errors = content.errors.compactMap { error in
            var error = error
            error.time -= origin
            return HistoryFormat.isMoment(error.time) ? error : nil
        }
        return content
    }

    /// A line of interest: a failed transaction or a mark.
    private struct Entry {
        var nanoseconds: Int64
        var backend: Int
        var database: String?
        var code: String?
        var message: String
        var detail: String?
        var context: String?
        var statement: String?

        static let codes = ["40P01", "40001"]
        static let interesting = codes + [ServerLog.markPrefix]

        init?(_ line: some Collection<UInt8>) {
            guard let value = try? JSON.parse(line), case .object(let members) = value,
                let stamp = members["timestamp"]?.text.flatMap(ServerLog.nanoseconds),
                case .int(let backend)? = members["pid"]
            else { return nil }
            nanoseconds = stamp
            self.backend = backend
            database = members["dbname"]?.text
            code = members["state_code"]?.text.flatMap { Self.codes.contains($0) ? $0 : nil }
            message = members["message"]?.text ?? ""
            detail = members["detail"]?.text
            context = members["context"]?.text
            statement = members["statement"]?.text
        }
    }

    static let markPrefix = "contend mark "

    /// Of `2026-11-24 12:20:00.123 UTC` on the calendar, whatever the zone: only differences are used.
    static func nanoseconds(_ stamp: String) -> Int64? {
        let numbers = stamp.split { !$0.isNumber }.prefix(7).compactMap { Int64($0) }
        // What no calendar has is no stamp; later than 2261, nanoseconds cannot be counted in 64 bits.
        let limits: [ClosedRange<Int64>] = [1970...2261, 1...12, 1...31, 0...24, 0...60, 0...61, 0...999]
        guard numbers.count == limits.count, zip(limits, numbers).allSatisfy({ $0.contains($1) }) else {
            return nil
        }
        let date = CivilDate(year: Int(numbers[0]), month: Int(numbers[1]), day: Int(numbers[2]))
        let days = Int64(date.daysSince1970)
        let seconds = ((days * 24 + numbers[3]) * 60 + numbers[4]) * 60 + numbers[5]
        return seconds * 1_000_000_000 + numbers[6] * 1_000_000
    }
}
