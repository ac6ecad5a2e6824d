// A PostgreSQL server that already runs: a fresh database is made on it, and dropped at the end whoever ends
// the run.

import CLibpq
import Core
import Scenarios

struct ExistingServer: Sendable {
    let url: String
    let context: RunContext

    init(url: Template, context: RunContext) throws(ClusterError) {
        context.onEvent(.starting("a database on the PostgreSQL server given by its URL"))
        try PostgresConnection.requireLibrary()
        self.url = try context.text(url, in: context.bindings)
        self.context = context
    }

    func start() async throws(ClusterError) -> PostgresDatabase {
        let address = try parse()
        try checkIsLocal(address)
        let url = url
        let name = try await context.makeDatabase(
            .postgresql, on: url, hiding: address.secrets,
            sweep: { () throws(ClusterError) in
                let connection = try PostgresConnection(url)
                defer { connection.close() }
                return try Self.sweep(connection)
            },
            make: { name, owner throws(ClusterError) in
                let connection = try PostgresConnection(url)
                defer { connection.close() }
                try connection.createDatabase(name, owner: owner)
            })
        var fresh = address
        fresh.database = name
        return PostgresDatabase(fresh, sensitive: address.secrets)
    }

    /// Drops `contend_*` databases that a run of this machine made and can no longer drop; a sentence for
    /// each.
    static func sweep(_ connection: PostgresConnection) throws(ClusterError) -> [String] {
        let rows = try connection.run(
            """
            SELECT datname, shobj_description(oid, 'pg_database') FROM pg_database
            WHERE datname LIKE 'contend\\_%' ORDER BY datname
            """)
        return try RunContext.sweep(rows, drop: connection.dropDatabase)
    }

    /// The parts of the URL, as libpq itself reads them.
    func parse() throws(ClusterError) -> PostgresAddress {
        var complaint: UnsafeMutablePointer<CChar>?
        guard let options = PQconninfoParse(url, &complaint) else {
            // libpq's own message may quote the URL.
            if let complaint { PQfreemem(complaint) }
            throw ClusterError(
                .database,
                "the database URL is not one that libpq understands; expected "
                    + "postgresql://user@host:port/name"
            )
        }
        defer { PQconninfoFree(options) }
        var values: [String: String] = [:]
        var next = options
        while let keyword = next.pointee.keyword {
            if let value = next.pointee.val { values[String(cString: keyword)] = String(cString: value) }
            next += 1
        }
        let environment = context.options.environment
        let host = values.removeValue(forKey: "host") ?? environment["PGHOST"] ?? ""
        let port = values.removeValue(forKey: "port") ?? environment["PGPORT"] ?? "5432"
        let user = values.removeValue(forKey: "user") ?? environment["PGUSER"] ?? environment["USER"] ?? ""
        guard let number = Int(port) else {
            throw ClusterError(.database, "the database URL must name one host and one port")
        }
        return PostgresAddress(
            host: host, port: number, user: user, password: values.removeValue(forKey: "password"),
            database: values.removeValue(forKey: "dbname") ?? "", options: values)
    }

    /// Unix sockets and loopback; anything else only when the user allowed it.
    func checkIsLocal(_ address: PostgresAddress) throws(ClusterError) {
        guard !context.options.allowRemote else { return }
        let named = [address.host, address.options["hostaddr"]].compactMap { $0 }.filter { !$0.isEmpty }
        // libpq takes these from the environment, and either may name another host.
        let redirection = ["PGHOSTADDR", "PGSERVICE"].first { context.options.environment[$0] != nil }
        if let redirection {
            throw ClusterError(
                .address,
                "\(redirection) is set and may lead to another machine: unset it, or give --allow-remote")
        }
        try context.requireLoopback(
            (address.options["service"].map { ["of service \($0)"] } ?? [])
                + named.filter { !$0.hasPrefix("/") })
    }
}

extension PostgresAddress {
    fileprivate var secrets: [String] { [user, password].compactMap { $0 } }
}
