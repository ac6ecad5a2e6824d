// What the replicas' own logs say of SQLite's conflicts: the only place that shows those a service swallowed.

import Glibc
import Histories

/// The output of all replicas from one moment on.
struct ReplicaLogs: DatabaseMonitor {
    let asksServer = false
    private let target: MonitorTarget
    private let files: [String]
    private let offsets: [Int]

    /// Bytes looked at of each; a log is read as a stream, a megabyte at once.
    static let byteLimit = 4 << 30

    init(_ target: MonitorTarget) {
        self.target = target
        files = (0..<target.replicas).map { "\(target.runDirectory)/replicas/\($0)/output.log" }
        offsets = files.map { file in
            var details = stat()
            return stat(file, &details) == 0 ? Int(details.st_size) : 0
        }
    }

    /// Logs are read when all is over.
    func watch(until isOver: () -> Bool) {}

    func complete() -> [String] {
        let read = conflicts(at: target.now())
        target.file.append(read.conflicts.map(ObservationLine.conflict))
        return read.notices
    }

    /// Conflicts, alike ones counted, as logged until `time`; and a sentence for each log that was not read
    /// to its end.
    func conflicts(
        at time: Int64, byteLimit: Int = ReplicaLogs.byteLimit
    ) -> (conflicts: [LoggedConflict], notices: [String]) {
        var found: [LoggedConflict] = []
        var notices: [String] = []
        for replica in files.indices {
            var counts: [LoggedConflict: Int] = [:]
            let lines = LogLines(
                files[replica], from: offsets[replica], limitBytes: byteLimit, holding: SQLiteWords.signs)
            let isWhole = lines.forEach { line in
                let text = String(decoding: line, as: UTF8.self)
                if let conflict = SQLiteWords.conflict(in: text, of: replica, at: time) {
                    counts[conflict, default: 0] += 1
                }
            }
            if !isWhole {
                notices.append(
                    "the log of replica \(replica) is longer than \(byteLimit >> 20) MiB: conflicts behind that "
                        + "are not counted; let the service log less")
            }
            found += counts.map { conflict, count in
                var conflict = conflict
                conflict.count = count
                return conflict
            }.sorted {
                ($0.code, $0.elapsedMilliseconds ?? -1) < ($1.code, $1.elapsedMilliseconds ?? -1)
            }
        }
        return (found, notices)
    }
}
