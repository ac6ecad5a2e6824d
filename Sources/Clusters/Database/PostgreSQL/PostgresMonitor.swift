// Watches a PostgreSQL database while the load lasts, and again after its connection was lost; see
// docs/deadlocks.md.

import Core
import Glibc
import Histories

/// The monitor of one run's database.
struct PostgresMonitor: DatabaseMonitor {
    /// Between two looks at the locks.
    static let lockIntervalMilliseconds = 20
    /// Between two looks at the connections, in looks at the locks.
    static let sessionEvery = 5
    /// PostgreSQL hands in an idle connection's counts after ten seconds.
    static let counterLimitNanoseconds: Int64 = 11_000_000_000
    static let logLimitNanoseconds: Int64 = 2_000_000_000
    private static let logNotice =
        "the log of this server cannot be read: deadlocks are counted and seen live, "
        + "but not all of them can be explained"

    let database: PostgresDatabase
    let target: MonitorTarget
    /// The server's log, where it can be read.
    let log: ServerLog?

    init(_ database: PostgresDatabase, _ target: MonitorTarget) {
        self.database = database
        self.target = target
        log = database.server?.logFile.map { ServerLog(file: $0, database: database.address.database) }
    }

    let asksServer = true

    /// The time between a loss and the next session is told as a gap; the log and the server's counts may
    /// cover it.
    func watch(until isOver: () -> Bool) {
        if log == nil { target.file.append([.notice(Self.logNotice)]) }
        var run = PostgresSession.Run(token: PrivateServer.token())
        target.watch(until: isOver) { isLost throws(ClusterError) in
            run.isLost = isLost
            defer { isLost = run.isLost }
            try watch(until: isOver, &run)
        }
    }

    private func watch(
        until isOver: () -> Bool, _ run: inout PostgresSession.Run
    ) throws(ClusterError) {
        let session = try PostgresSession(self, &run)
        noteAnswer()
        var look = 0
        while !isOver() {
            let waits = try session.lookAtLocks()
            if look % Self.sessionEvery == 0 { try session.lookAtSessions(waits) }
            look += 1
            noteAnswer()
            usleep(UInt32(Self.lockIntervalMilliseconds * 1_000))
        }
        try session.finish()
    }

    private func noteAnswer() { database.state.withLock { $0.lastAnswer = target.now() } }

    /// Everything is recorded by then.
    func complete() -> [String] { [] }
}
