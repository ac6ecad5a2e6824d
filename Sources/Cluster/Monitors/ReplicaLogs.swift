// What the replicas' own logs say of SQLite's conflicts: the only place that shows those a service swallowed.

import Foundation
import Glibc
import History

/// The output of all replicas from one moment on.
struct ReplicaLogs: Sendable {
    private let files: [String]
    private let offsets: [Int]

    /// Bytes looked at of each; a log is read as a stream, a megabyte at once.
    static let byteLimit = 4 << 30

    init(runDirectory: String, replicas: Int) {
        files = (0..<replicas).map { "\(runDirectory)/replicas/\($0)/output.log" }
        offsets = files.map { file in
            var details = stat()
            return stat(file, &details) == 0 ? Int(details.st_size) : 0
        }
    }

    /// Conflicts, alike ones counted, as logged until `time`; and a sentence for each log that was not read
    /// to its end.
    func conflicts(
        at time: Int64, byteLimit: Int = ReplicaLogs.byteLimit
    ) -> (conflicts: [LoggedConflict], notices: [String]) {
        var found: [LoggedConflict] = []
        var notices: [String] = []
        for replica in files.indices {
            var counts: [Conflict: Int] = [:]
            let lines = LogLines(
                files[replica], from: offsets[replica], limitBytes: byteLimit, holding: Conflict.words)
            let isWhole = lines.forEach { line in
                if let conflict = Conflict(String(decoding: line, as: UTF8.self)) {
                    counts[conflict, default: 0] += 1
                }
            }
            if !isWhole {
                notices.append(
                    "the log of replica \(replica) is longer than \(byteLimit >> 20) MiB: conflicts behind that "
                        + "are not counted; let the service log less")
            }
            found += counts.sorted {
                ($0.key.code, $0.key.elapsed ?? -1) < ($1.key.code, $1.key.elapsed ?? -1)
            }
            .map {
                LoggedConflict(
                    time: time, replica: replica, code: $0.key.code, elapsedMilliseconds: $0.key.elapsed,
                    count: $0.value)
            }
        }
        return (found, notices)
    }

    private struct Conflict: Hashable {
        var code: Int
        var elapsed: Int?

        static let words = ["SQLite ", "SQLITE_BUSY", "database is locked"]

        /// `SQLite 517 after 3 ms`, as image-service writes it, or the names that drivers use.
        init?(_ line: String) {
            if let match = line.firstMatch(of: /SQLite (\d+) after (\d+) ms/), let code = Int(match.1),
                code & 0xff == 5
            {
                self.code = code
                elapsed = Int(match.2)
            } else if line.contains("SQLITE_BUSY_SNAPSHOT") {
                code = 517
            } else if line.contains("SQLITE_BUSY") || line.contains("database is locked") {
                code = 5
            } else {
                return nil
            }
        }
    }
}
