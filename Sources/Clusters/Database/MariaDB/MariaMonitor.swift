// Watches a database of MariaDB, on one server or on a cluster of them, while the load lasts, and again after
// its connection was lost; see docs/deadlocks.md.

import Core
import Glibc
import Histories

/// The monitor of one run's database.
struct MariaMonitor: DatabaseMonitor {
    /// Between two looks at connections and waits: InnoDB shows the same picture for 100 ms.
    static let lookNanoseconds: Int64 = 110_000_000
    /// Between two looks at the log, whose reports have the time of a look.
    static let logPauseMilliseconds = 5
    static let logLimitNanoseconds: Int64 = 2_000_000_000

    private static let logNotice =
        "the log of this server cannot be read, and it counts the deadlocks of all databases together: "
        + "of those of this run each is known that was the last one when the monitor looked"

    /// One, or those of a cluster.
    let databases: [MariaDatabase]
    let target: MonitorTarget

    init(_ databases: [MariaDatabase], _ target: MonitorTarget) {
        self.databases = databases
        self.target = target
    }

    let asksServer = true

    /// The log goes on over the gap between two sessions, and the server's counts may cover it.
    func watch(until isOver: () -> Bool) {
        let servers = databases.map(\.server)
        if servers.contains(where: { $0 == nil }) { target.file.append([.notice(Self.logNotice)]) }
        let logs = servers.enumerated().compactMap { number, server in
            server.map { MariaLog($0.logFile, of: number, at: target.now()) }
        }
        var isCounted = false
        target.watch(until: isOver) { isLost throws(ClusterError) in
            let session = try MariaSession(databases, target, timeoutSeconds: isLost ? 2 : 10)
            if isLost { target.file.append([.begin(time: target.now())]) }
            isLost = false
            if !isCounted { try session.count() }
            isCounted = true
            while !isOver() {
                try session.look()
                for database in databases { database.state.withLock { $0.lastAnswer = target.now() } }
                let next = target.now() + Self.lookNanoseconds
                while target.now() < next, !isOver() {
                    for log in logs {
                        target.file.append(log.read(at: target.now()).map(ObservationLine.error))
                    }
                    usleep(UInt32(Self.logPauseMilliseconds * 1_000))
                }
            }
            try session.finish(logs)
        }
    }

    /// Everything is recorded by then.
    func complete() -> [String] { [] }
}
