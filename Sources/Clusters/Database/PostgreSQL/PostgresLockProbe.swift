// Asks PostgreSQL which replicas wait for a lock, and whose.

import Core
import DatabaseProxy

/// One connection of its own; used on one thread at a time.
final class PostgresLockProbe: LockProbe {
    private let connection: PostgresConnection
    private let proxy: WireProxy

    init(_ database: PostgresDatabase) throws(ClusterError) {
        guard let proxy = database.proxy else {
            throw ClusterError(.database, "only what a proxy stands before can be asked for its locks")
        }
        self.proxy = proxy
        connection = try database.connect()
        try connection.run(
            """
            PREPARE contend_blocked (int[]) AS
            SELECT pid, array_to_string(pg_blocking_pids(pid), ',')
            FROM unnest($1) AS pid WHERE cardinality(pg_blocking_pids(pid)) > 0
            """)
    }

    func waits() throws(ClusterError) -> LockWaits {
        let backends = proxy.backends
        guard !backends.isEmpty else { return LockWaits([:], owners: [:]) }
        let list = backends.keys.map(String.init).joined(separator: ",")
        var waits: [Int32: Set<Int32>] = [:]
        for row in try connection.run("EXECUTE contend_blocked('{\(list)}')") {
            guard row.count == 2, let waiter = row[0].flatMap({ Int32($0) }) else { continue }
            waits[waiter] = Set((row[1] ?? "").split(separator: ",").compactMap { Int32($0) })
        }
        return LockWaits(waits, owners: backends)
    }

    func close() { connection.close() }
}
