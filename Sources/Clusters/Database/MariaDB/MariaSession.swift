// One connection of MariaDB's monitor: the counters before and after, who waits for whom, and what the
// connections do.

import Core
import Glibc
import Histories
import MariaClient

/// One connection with what it has seen so far; used on one thread.
final class MariaSession {
    private let database: MariaDatabase
    private let target: MonitorTarget
    private let connection: MariaConnection
    private let clients: ClientWatch
    /// Of each connection its transaction and when that was first seen: the server tells whole seconds.
    private var transactions: [Int: (name: String, seen: Int64)] = [:]
    /// Deadlocks of the whole server.
    private var deadlocks: Int
    /// That number when the counters of the begin were recorded.
    private var first: Int?

    init(
        _ database: MariaDatabase, _ target: MonitorTarget, timeoutSeconds: UInt32
    ) throws(ClusterError) {
        self.database = database
        self.target = target
        let connection = try database.connect(timeoutSeconds: timeoutSeconds)
        self.connection = connection
        clients = ClientWatch(target, proxy: nil, serverPort: database.address.port) {
            backends throws(ClusterError) in try Self.details(of: backends, connection)
        }
        deadlocks = try Self.deadlocks(connection)
    }

    /// Connections to the run's database; contend's own are in none.
    private var ours: String { "p.DB = \(connection.literal(database.address.database))" }

    // MARK: Counters

    private static func deadlocks(_ connection: MariaConnection) throws(ClusterError) -> Int {
        let rows = try connection.rows("SHOW GLOBAL STATUS LIKE 'Innodb_deadlocks'")
        return rows.first?.last.flatMap { $0 }.flatMap { Int($0) } ?? 0
    }

    /// Records the server's counts, where they are of this run alone.
    func count() throws(ClusterError) {
        guard database.server != nil else { return }
        let rows = try connection.rows(
            """
            SHOW GLOBAL STATUS WHERE Variable_name IN
                ('Innodb_deadlocks', 'Com_commit', 'Com_rollback', 'Connections')
            """)
        let numbers = Dictionary(
            rows.compactMap { row in row[0].map { ($0, row[1].flatMap { Int($0) } ?? 0) } }
        ) { $1 }
        let ownSessions = database.state.withLock { $0.ownSessions }
        deadlocks = numbers["Innodb_deadlocks"] ?? 0
        first = first ?? deadlocks
        target.file.append([
            .counters(
                DatabaseCounters(
                    time: target.now(), deadlocks: deadlocks, commits: numbers["Com_commit"] ?? 0,
                    rollbacks: numbers["Com_rollback"] ?? 0, conflicts: 0,
                    sessions: numbers["Connections"].map { max(0, $0 - ownSessions) },
                    epoch: try connection.epoch()))
        ])
    }

    // MARK: Looks

    func look() throws(ClusterError) {
        let found = try connections()
        let edges = try waits()
        try clients.note(found, edges)
        try clients.note(edges)
        if database.server == nil { try lookForDeadlock() }
    }

    private func connections() throws(ClusterError) -> [ClientConnection] {
        let rows = try connection.rows(
            """
            SELECT p.ID, p.COMMAND, p.HOST, t.trx_state, CONCAT(t.trx_id, ' ', t.trx_started)
            FROM INFORMATION_SCHEMA.PROCESSLIST p
            LEFT JOIN INFORMATION_SCHEMA.INNODB_TRX t ON t.trx_mysql_thread_id = p.ID
            WHERE \(ours)
            """)
        let time = target.now()
        var seen: [Int: (name: String, seen: Int64)] = [:]
        let found = rows.compactMap { row -> ClientConnection? in
            guard row.count == 5, let backend = row[0].flatMap({ Int($0) }) else { return nil }
            let activity: ClientConnection.Activity =
                if row[3] == "LOCK WAIT" {
                    .waitingForLock
                } else if row[1] != "Sleep" {
                    .running
                } else {
                    row[4] == nil ? .idle : .idleInTransaction
                }
            if let name = row[4] {
                let known = transactions[backend].flatMap { $0.name == name ? $0.seen : nil }
                seen[backend] = (name, known ?? time)
            }
            return ClientConnection(
                backend: backend, activity: activity,
                port: row[2]?.split(separator: ":").last.flatMap { Int($0) },
                age: seen[backend].map { time - $0.seen })
        }
        transactions = seen
        return found
    }

    private func waits() throws(ClusterError) -> [WaitEdge] {
        let rows = try connection.rows(
            """
            SELECT r.trx_mysql_thread_id, b.trx_mysql_thread_id, l.lock_page, l.lock_rec, l.lock_table,
                r.trx_wait_started
            FROM INFORMATION_SCHEMA.INNODB_LOCK_WAITS w
            JOIN INFORMATION_SCHEMA.INNODB_TRX r ON r.trx_id = w.requesting_trx_id
            JOIN INFORMATION_SCHEMA.INNODB_TRX b ON b.trx_id = w.blocking_trx_id
            JOIN INFORMATION_SCHEMA.INNODB_LOCKS l ON l.lock_id = w.requested_lock_id
            """)
        let backends = clients.backends
        var edges: [Int: WaitEdge] = [:]
        for row in rows {
            guard row.count == 6, let waiter = row[0].flatMap({ Int($0) }), backends.contains(waiter),
                let holder = row[1].flatMap({ Int($0) })
            else { continue }
            let table = (row[4] ?? "").split(separator: ".").last.map { $0.filter { $0 != "`" } } ?? ""
            let lock = row[3].map { "row (\(row[2] ?? ""),\($0)) of \(table)" } ?? "table of \(table)"
            let edge = WaitEdge(waiter: waiter, holders: [holder], lock: lock, since: row[5] ?? "")
            edges[waiter, default: edge].holders = Set((edges[waiter]?.holders ?? []) + [holder]).sorted()
        }
        return edges.values.sorted { $0.waiter < $1.waiter }
    }

    private static func details(
        of backends: Set<Int>, _ connection: MariaConnection
    ) throws(ClusterError) -> [Int: BackendDetail] {
        guard !backends.isEmpty else { return [:] }
        let rows = try connection.rows(
            """
            SELECT p.ID, p.COMMAND, p.INFO, t.trx_id
            FROM INFORMATION_SCHEMA.PROCESSLIST p
            LEFT JOIN INFORMATION_SCHEMA.INNODB_TRX t ON t.trx_mysql_thread_id = p.ID
            WHERE p.ID IN (\(backends.sorted().map(String.init).joined(separator: ",")))
            """)
        var details: [Int: BackendDetail] = [:]
        for row in rows {
            guard row.count == 4, let backend = row[0].flatMap({ Int($0) }) else { continue }
            let isIdle = row[1] == "Sleep" && row[3] != nil
            // Of a transaction that does nothing, the server does not say what it did last.
            details[backend] = BackendDetail(
                state: BackendState(
                    backend: backend, state: isIdle ? "idle in transaction" : row[1] ?? "",
                    statement: row[2] ?? "", isIdleInTransaction: isIdle))
        }
        return details
    }

    /// On a server that others use as well: its last deadlock, if that is one of the run's database.
    private func lookForDeadlock() throws(ClusterError) {
        let now = try Self.deadlocks(connection)
        guard now != deadlocks else { return }
        deadlocks = now
        let status = try connection.rows("SHOW ENGINE INNODB STATUS").first?.last.flatMap { $0 } ?? ""
        guard let begin = status.firstRange(of: "LATEST DETECTED DEADLOCK") else { return }
        let report = String(status[begin.upperBound...].prefix(1 << 20))
        guard report.contains("table `\(database.address.database)`."),
            let error = MariaWords.deadlock(in: report, at: target.now())
        else { return }
        target.file.append([.error(error)])
    }

    // MARK: The end

    /// Reads the log until it has as many deadlocks as the server counted, and the counters.
    func finish(_ log: MariaLog?) throws(ClusterError) {
        clients.finish()
        guard let log else { return }
        try count()
        let start = target.now()
        while true {
            target.file.append(log.read(at: target.now()).map(ObservationLine.error))
            if log.count >= deadlocks - (first ?? 0) { break }
            guard target.now() - start < MariaMonitor.logLimitNanoseconds else {
                target.file.append([
                    .notice("the server's log has \(log.count) of its deadlocks: others cannot be explained")
                ])
                break
            }
            usleep(20_000)
        }
        if log.count > MariaLog.readLimit {
            target.file.append([
                .notice(
                    "the server logged \(log.count) deadlocks; of the first \(MariaLog.readLimit) the statements are kept"
                )
            ])
        }
    }
}
