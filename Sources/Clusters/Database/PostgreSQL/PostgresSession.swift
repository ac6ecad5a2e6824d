// One connection of PostgreSQL's monitor: the counters before and after, who waits for whom, what the
// connections do, and in the end the server's log.

import Core
import DatabaseProxy
import Glibc
import Histories

/// One connection with what it has seen so far; used on one thread.
final class PostgresSession {
    /// What the sessions of one load have in common.
    struct Run {
        /// In the marks that stand in the log.
        let token: String
        /// Whether nobody watches at the moment.
        var isLost = false
        /// Whether the counters of the begin are recorded.
        var isCounted = false
        /// When the log's first mark was made.
        var begun: Int64?

        init(token: String) { self.token = token }

        func mark(_ name: String) -> String { ServerLog.markPrefix + token + " " + name }
    }

    private let database: PostgresDatabase
    private let target: MonitorTarget
    private let connection: PostgresConnection
    private let clients: ClientWatch
    private let log: ServerLog?
    private var run: Run

    init(_ monitor: PostgresMonitor, _ run: inout Run) throws(ClusterError) {
        database = monitor.database
        target = monitor.target
        log = monitor.log
        self.run = run
        let connection = try database.connect(timeoutSeconds: run.isLost ? 2 : 10)
        self.connection = connection
        clients = ClientWatch(target, proxy: database.proxy) {
            backends throws(ClusterError) in try Self.details(of: backends, connection)
        }
        let backend = connection.backend
        database.state.withLock { $0.monitorProcess = backend }
        let since = connection.serverVersion >= 140_000 ? "waitstart::text" : "''"
        try connection.run(
            """
            PREPARE contend_waits (int[]) AS
            SELECT pid, array_to_string(pg_blocking_pids(pid), ','), locktype, relation::regclass::text,
                \(since)
            FROM pg_locks WHERE NOT granted AND pid = ANY($1)
            """)
        try connection.run(
            """
            PREPARE contend_sessions AS
            SELECT pid, state, wait_event_type, client_port, application_name,
                (extract(epoch FROM clock_timestamp() - xact_start) * 1e9)::bigint
            FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
                AND application_name <> 'contend'
            """)
        try connection.run(
            """
            PREPARE contend_details (int[]) AS
            SELECT a.pid, a.state, a.query,
                (SELECT format('tuple (%s,%s) of %s', l.page, l.tuple, l.relation::regclass)
                FROM pg_locks l WHERE l.pid = a.pid AND l.locktype = 'tuple' LIMIT 1)
            FROM pg_stat_activity a WHERE a.pid = ANY($1)
            """)
        let counters = try counters()
        if run.isLost { target.file.append([.begin(time: target.now())]) }
        run.isLost = false
        if !run.isCounted { target.file.append([.counters(counters)]) }
        run.isCounted = true
        if log != nil, run.begun == nil {
            let now = target.now()
            try mark("begin")
            run.begun = now
        }
        self.run = run
    }

    private func mark(_ name: String) throws(ClusterError) {
        try connection.run("DO $$ BEGIN RAISE LOG '\(run.mark(name))'; END $$")
    }

    private func counters() throws(ClusterError) -> DatabaseCounters {
        let sessions = connection.serverVersion >= 140_000 ? "sessions" : "NULL"
        let row =
            try connection.run(
                """
                SELECT deadlocks, xact_commit, xact_rollback, conflicts, \(sessions),
                    concat(pg_postmaster_start_time(), ' ', stats_reset, ' ') || (
                        SELECT backend_start FROM pg_stat_activity WHERE backend_type = 'checkpointer')
                FROM pg_stat_database WHERE datname = current_database()
                """
            ).first ?? []
        // Counts are lost when the server is started anew, and when it recovers from the end of a backend,
        // which its checkpointer does not survive; who may not see that one knows no epoch.
        let numbers = row.map { $0.flatMap { Int($0) } } + [nil, nil, nil, nil, nil]
        let ownSessions = database.state.withLock { $0.ownSessions }
        return DatabaseCounters(
            time: target.now(), deadlocks: numbers[0] ?? 0, commits: numbers[1] ?? 0,
            rollbacks: numbers[2] ?? 0, conflicts: numbers[3] ?? 0,
            sessions: numbers[4].map { max(0, $0 - ownSessions) },
            epoch: row.last ?? nil)
    }

    // MARK: Samples

    /// Who waits for whom at this moment.
    func lookAtLocks() throws(ClusterError) -> [WaitEdge] {
        guard !clients.backends.isEmpty else { return [] }
        let rows = try connection.run("EXECUTE contend_waits('\(Self.array(clients.backends))')")
        let edges = rows.compactMap { row -> WaitEdge? in
            guard row.count == 5, let waiter = row[0].flatMap({ Int($0) }) else { return nil }
            let holders = (row[1] ?? "").split(separator: ",").compactMap { Int($0) }
            // A holder of 0 is a prepared transaction, which has no backend.
            let lock = [row[2], row[3].map { "of \($0)" }].compactMap { $0 }.joined(separator: " ")
            return WaitEdge(
                waiter: waiter, holders: Array(Set(holders)).sorted(), lock: lock, since: row[4] ?? "")
        }
        try clients.note(edges)
        return edges
    }

    private static func details(
        of backends: Set<Int>, _ connection: PostgresConnection
    ) throws(ClusterError) -> [Int: BackendDetail] {
        var details: [Int: BackendDetail] = [:]
        for row in try connection.run("EXECUTE contend_details('\(Self.array(backends))')") {
            guard row.count == 4, let backend = row[0].flatMap({ Int($0) }) else { continue }
            details[backend] = BackendDetail(
                state: BackendState(
                    backend: backend, state: row[1] ?? "", statement: row[2] ?? "",
                    isIdleInTransaction: PostgresWords.isIdleInTransaction(row[1] ?? "")), row: row[3])
        }
        return details
    }

    /// What each pool's connections do; `waits` are those of the last look.
    func lookAtSessions(_ waits: [WaitEdge]) throws(ClusterError) {
        let rows = try connection.run("EXECUTE contend_sessions")
        let found = rows.compactMap { row -> ClientConnection? in
            guard row.count == 6, let backend = row[0].flatMap({ Int($0) }) else { return nil }
            let activity: ClientConnection.Activity =
                if PostgresWords.isIdleInTransaction(row[1] ?? "") {
                    .idleInTransaction
                } else if row[1] == "active" {
                    row[2] == "Lock" ? .waitingForLock : .running
                } else {
                    .idle
                }
            return ClientConnection(
                backend: backend, activity: activity, serverPort: database.address.port,
                port: row[3].flatMap { Int($0) }, application: row[4] ?? "",
                age: row[5].flatMap { Int64($0) })
        }
        try clients.note(found, waits)
    }

    private static func array(_ backends: some Collection<Int>) -> String {
        "{" + backends.sorted().map(String.init).joined(separator: ",") + "}"
    }

    // MARK: The end

    /// Reads the log up to now and the counters until they agree with it.
    func finish() throws(ClusterError) {
        clients.finish()
        let content = try readLog()
        if var content {
            try nameRelations(in: &content.errors)
            target.file.append(content.errors.map(ObservationLine.error))
            for (code, count) in content.counts.sorted(by: { $0.key < $1.key })
            where count > ServerLog.keptLimit {
                target.file.append([
                    .notice("the server logged \(count) failures \(code); \(ServerLog.keptLimit) are kept")
                ])
            }
        }
        let start = target.now()
        var last = try counters()
        while last.deadlocks < content?.deadlocks ?? 0,
            target.now() - start < PostgresMonitor.counterLimitNanoseconds
        {
            usleep(50_000)
            last = try counters()
        }
        target.file.append([.counters(last)])
    }

    /// `relation 16386 of database 16384` as `relation images`.
    private func nameRelations(in errors: inout [ServerError]) throws(ClusterError) {
        guard errors.contains(where: { $0.parties.contains { $0.resource.contains("relation ") } })
        else { return }
        let rows = try connection.run("SELECT oid, relname FROM pg_class WHERE relkind IN ('r', 'p', 'i')")
        let names = Dictionary(rows.compactMap { row in row[0].flatMap { oid in row[1].map { (oid, $0) } } })
        {
            first, _ in first
        }
        for index in errors.indices {
            for party in errors[index].parties.indices {
                errors[index].parties[party].resource.replace(/relation (\d+) of database \d+/) { match in
                    names[String(match.1)].map { "relation \($0)" } ?? String(match.0)
                }
            }
        }
    }

    private func readLog() throws(ClusterError) -> ServerLog.Content? {
        guard let log, let begun = run.begun else { return nil }
        try mark("end")
        let start = target.now()
        while true {
            let content = log.read(from: run.mark("begin"), begun: begun, to: run.mark("end"))
            if content.hasEnd { return content }
            guard !content.isCut, target.now() - start < PostgresMonitor.logLimitNanoseconds else {
                target.file.append([
                    .notice("the end of the server's log \(log.file) was not found: failures may be missing")
                ])
                return content
            }
            usleep(20_000)
        }
    }
}
