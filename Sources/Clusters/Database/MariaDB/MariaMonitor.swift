// Watches a MariaDB database while the load lasts, and again after its connection was lost; see
// docs/deadlocks.md.

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

    let database: MariaDatabase
    let target: MonitorTarget

    init(_ database: MariaDatabase, _ target: MonitorTarget) {
        self.database = database
        self.target = target
    }

    let asksServer = true

    /// The log goes on over the gap between two sessions, and the server's counts may cover it.
    func watch(until isOver: () -> Bool) {
        if database.server == nil { target.file.append([.notice(Self.logNotice)]) }
        let log = database.server.map { MariaLog($0.logFile, at: target.now()) }
        var isCounted = false
        target.watch(until: isOver) { isLost throws(ClusterError) in
            let session = try MariaSession(database, target, timeoutSeconds: isLost ? 2 : 10)
            if isLost { target.file.append([.begin(time: target.now())]) }
            isLost = false
            if !isCounted { try session.count() }
            isCounted = true
            while !isOver() {
                try session.look()
                database.state.withLock { $0.lastAnswer = target.now() }
                let next = target.now() + Self.lookNanoseconds
                while target.now() < next, !isOver() {
                    if let log { target.file.append(log.read(at: target.now()).map(ObservationLine.error)) }
                    usleep(UInt32(Self.logPauseMilliseconds * 1_000))
                }
            }
            try session.finish(log)
        }
    }

    /// Everything is recorded by then.
    func complete() -> [String] { [] }
}
