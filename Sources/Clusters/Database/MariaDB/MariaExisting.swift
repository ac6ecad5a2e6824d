// A MariaDB server that already runs: a fresh database is made on it, and dropped at the end whoever ends
// the run.

import Core
import MariaClient
import Scenarios

struct MariaExisting: Sendable {
    let url: String
    let context: RunContext

    init(url: Template, context: RunContext) throws(ClusterError) {
        context.onEvent(.starting("a database on the MariaDB server given by its URL"))
        try MariaPrograms.requireLibrary()
        self.url = try context.text(url, in: context.bindings)
        self.context = context
    }

    func start() async throws(ClusterError) -> MariaDatabase {
        let address = try Self.parse(url)
        try context.requireLoopback([address.host])
        let secrets = [address.user, address.password].compactMap { $0 }.filter { !$0.isEmpty }
        let name = try await context.makeDatabase(
            .mariadb, on: url, hiding: secrets,
            sweep: { () throws(ClusterError) in
                let connection = try MariaConnection.contends(address)
                defer { connection.close() }
                try Self.requireProcess(connection)
                return try Self.sweep(connection)
            },
            make: { name, owner throws(ClusterError) in
                let connection = try MariaConnection.contends(address)
                defer { connection.close() }
                try connection.createDatabase(name, owner: owner)
            })
        var fresh = address
        fresh.database = name
        return MariaDatabase(fresh, sensitive: secrets)
    }

    /// Without the URL itself, which may hold a password.
    private static func parse(_ url: String) throws(ClusterError) -> MariaAddress {
        guard let address = MariaAddress(url) else {
            throw ClusterError(
                .database,
                "the database URL is not one of MariaDB: expected mysql://user:password@host:port/name")
        }
        return address
    }

    /// Without this right the monitor sees nothing, and not even that.
    private static func requireProcess(_ connection: MariaConnection) throws(ClusterError) {
        do throws(MariaError) {
            try connection.run("SELECT COUNT(*) FROM INFORMATION_SCHEMA.INNODB_TRX")
        } catch {
            throw ClusterError(
                .database,
                "MariaDB does not show its transactions and locks to the user of the database URL, who needs "
                    + "the right PROCESS (GRANT PROCESS ON *.* TO …): \(error.message) (\(error.code))")
        }
    }

    /// Drops `contend_*` databases that a run of this machine made and can no longer drop; a sentence for
    /// each.
    static func sweep(_ connection: MariaConnection) throws(ClusterError) -> [String] {
        let rows = try connection.rows(
            """
            SELECT SCHEMA_NAME, SCHEMA_COMMENT FROM INFORMATION_SCHEMA.SCHEMATA
            WHERE SCHEMA_NAME LIKE 'contend\\_%' ORDER BY SCHEMA_NAME
            """)
        return try RunContext.sweep(rows, drop: connection.dropDatabase)
    }

    /// Connects, and drops a database within a limit.
    static func drop(_ name: String, of server: String) throws(ClusterError) {
        let connection = try MariaConnection.contends(try parse(server), timeoutSeconds: 5)
        defer { connection.close() }
        _ = try connection.rows("SET lock_wait_timeout = 20")
        try connection.dropDatabase(name)
    }
}

extension MariaConnection {
    /// Creates a database and writes down who owns it.
    func createDatabase(_ name: String, owner: String) throws(ClusterError) {
        _ = try rows("CREATE DATABASE \(Self.identifier(name)) COMMENT = \(literal(owner))")
    }

    /// Drops a database, and ends who is connected to it; one that does not exist is fine.
    func dropDatabase(_ name: String) throws(ClusterError) {
        let busy = try rows("SELECT ID FROM INFORMATION_SCHEMA.PROCESSLIST WHERE DB = \(literal(name))")
        // One that is gone meanwhile cannot be ended.
        for row in busy { if let id = row[0] { _ = try? rows("KILL CONNECTION \(id)") } }
        _ = try rows("DROP DATABASE IF EXISTS \(Self.identifier(name))")
    }
}
