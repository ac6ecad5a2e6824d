// What the monitor reads of one server of MariaDB: its counts, who waits for whom, and what the connections
// do.

import Core
import Histories
import MariaClient

/// One server with what has been seen of it so far; used on one thread.
final class MariaNode {
    /// Servers number their connections alike.
    ///
    /// In records, those of each further one begin this much higher.
    private static let span = 1_000_000_000

    let database: MariaDatabase
    /// Among the servers of its cluster.
    let number: Int
    private let target: MonitorTarget
    private let connection: MariaConnection
    /// Of each connection its transaction and when that was first seen: the server tells whole seconds.
    private var transactions: [Int: (name: String, seen: Int64)] = [:]
    /// Deadlocks of the whole server.
    private var deadlocks: Int

    init(
        _ database: MariaDatabase, number: Int, _ target: MonitorTarget, timeoutSeconds: UInt32
    ) throws(ClusterError) {
        self.database = database
        self.number = number
        self.target = target
        connection = try database.connect(timeoutSeconds: timeoutSeconds)
        deadlocks = try Self.deadlocks(connection)
    }

    private func backend(_ text: String?) -> Int? {
        text.flatMap { Int($0) }.map { Self.backend($0, of: number) }
    }

    /// How a connection of a server is called in records.
    static func backend(_ connection: Int, of node: Int) -> Int { connection + node * span }

    private static func node(of backend: Int) -> Int { backend / span }

    /// Connections to the run's database; contend's own are in none.
    private var ours: String { "p.DB = \(connection.literal(database.address.database))" }

    private static func deadlocks(_ connection: MariaConnection) throws(ClusterError) -> Int {
        let rows = try connection.rows("SHOW GLOBAL STATUS LIKE 'Innodb_deadlocks'")
        return rows.first?.last.flatMap { $0 }.flatMap { Int($0) } ?? 0
    }

    /// The server's counts, where they are of this run alone.
    func counters() throws(ClusterError) -> DatabaseCounters? {
        guard database.server != nil else { return nil }
        let rows = try connection.rows(
            """
            SHOW GLOBAL STATUS WHERE Variable_name IN
                ('Innodb_deadlocks', 'Com_commit', 'Com_rollback', 'Connections', 'wsrep_cluster_size',
                'wsrep_local_cert_failures', 'wsrep_local_bf_aborts', 'wsrep_flow_control_paused_ns',
                'wsrep_flow_control_sent')
            """)
        let numbers = Dictionary(
            rows.compactMap { row in row[0].map { ($0, row[1].flatMap { Int($0) } ?? 0) } }
        ) { $1 }
        let ownSessions = database.state.withLock { $0.ownSessions }
        var counters = DatabaseCounters(
            time: target.now(), deadlocks: numbers["Innodb_deadlocks"] ?? 0,
            commits: numbers["Com_commit"] ?? 0, rollbacks: numbers["Com_rollback"] ?? 0, conflicts: 0,
            sessions: numbers["Connections"].map { max(0, $0 - ownSessions) }, epoch: try connection.epoch())
        if numbers["wsrep_cluster_size"] ?? 0 > 0 {
            counters.members = [
                MemberCounters(
                    member: number, certificationFailures: numbers["wsrep_local_cert_failures"] ?? 0,
                    aborts: numbers["wsrep_local_bf_aborts"] ?? 0,
                    pausedNanoseconds: numbers["wsrep_flow_control_paused_ns"] ?? 0,
                    pauses: numbers["wsrep_flow_control_sent"] ?? 0)
            ]
        }
        return counters
    }

    func connections() throws(ClusterError) -> [ClientConnection] {
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
            guard row.count == 5, let backend = backend(row[0]) else { return nil }
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
                backend: backend, activity: activity, serverPort: database.address.port,
                port: row[2]?.split(separator: ":").last.flatMap { Int($0) },
                age: seen[backend].map { time - $0.seen })
        }
        transactions = seen
        return found
    }

    func waits(of backends: Set<Int>) throws(ClusterError) -> [WaitEdge] {
        let rows = try connection.rows(
            """
            SELECT r.trx_mysql_thread_id, b.trx_mysql_thread_id, l.lock_page, l.lock_rec, l.lock_table,
                r.trx_wait_started
            FROM INFORMATION_SCHEMA.INNODB_LOCK_WAITS w
            JOIN INFORMATION_SCHEMA.INNODB_TRX r ON r.trx_id = w.requesting_trx_id
            JOIN INFORMATION_SCHEMA.INNODB_TRX b ON b.trx_id = w.blocking_trx_id
            JOIN INFORMATION_SCHEMA.INNODB_LOCKS l ON l.lock_id = w.requested_lock_id
            """)
        var edges: [Int: WaitEdge] = [:]
        for row in rows {
            guard row.count == 6, let waiter = backend(row[0]), backends.contains(waiter),
                let holder = backend(row[1])
            else { continue }
            let table = (row[4] ?? "").split(separator: ".").last.map { $0.filter { $0 != "`" } } ?? ""
            let lock = row[3].map { "row (\(row[2] ?? ""),\($0)) of \(table)" } ?? "table of \(table)"
            let edge = WaitEdge(waiter: waiter, holders: [holder], lock: lock, since: row[5] ?? "")
            edges[waiter, default: edge].holders = Set((edges[waiter]?.holders ?? []) + [holder]).sorted()
        }
        return edges.values.sorted { $0.waiter < $1.waiter }
    }

    func details(of backends: Set<Int>) throws(ClusterError) -> [Int: BackendDetail] {
        let own = backends.filter { Self.node(of: $0) == number }.map { $0 % Self.span }
        guard !own.isEmpty else { return [:] }
        let rows = try connection.rows(
            """
            SELECT p.ID, p.COMMAND, p.INFO, t.trx_id
            FROM INFORMATION_SCHEMA.PROCESSLIST p
            LEFT JOIN INFORMATION_SCHEMA.INNODB_TRX t ON t.trx_mysql_thread_id = p.ID
            WHERE p.ID IN (\(own.sorted().map(String.init).joined(separator: ",")))
            """)
        var details: [Int: BackendDetail] = [:]
        for row in rows {
            guard row.count == 4, let backend = backend(row[0]) else { continue }
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
    func lastDeadlock() throws(ClusterError) -> ServerError? {
        let now = try Self.deadlocks(connection)
        guard now != deadlocks else { return nil }
        deadlocks = now
        let status = try connection.rows("SHOW ENGINE INNODB STATUS").first?.last.flatMap { $0 } ?? ""
        guard let begin = status.firstRange(of: "LATEST DETECTED DEADLOCK") else { return nil }
        let report = String(status[begin.upperBound...].prefix(1 << 20))
        guard report.contains("table `\(database.address.database)`.") else { return nil }
        return MariaWords.deadlock(in: report, at: target.now())
    }
}
