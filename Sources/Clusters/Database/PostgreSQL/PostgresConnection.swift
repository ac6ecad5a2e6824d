// libpq, blocking: connect, run one statement, quote. For set-up and clean-up, never for load.

import CLibpq
import Glibc

/// One connection to a PostgreSQL server.
///
/// Blocking: call it on a thread of its own (`onOwnThread`).
final class PostgresConnection {
    private var handle: OpaquePointer?

    /// Says what to install where the library is missing; before anything else of it is called.
    static func requireLibrary() throws(ClusterError) {
        guard contend_has_libpq() == 1 else {
            throw ClusterError(
                .database,
                "PostgreSQL's client library libpq is not installed: apt-get install libpq5 (Debian's name)")
        }
    }

    /// `conninfo` is a URL or libpq's `name=value` form.
    init(_ conninfo: String, connectTimeoutSeconds: Int = 10) throws(ClusterError) {
        let names = ["dbname", "connect_timeout", "application_name"]
        let values = [conninfo, String(connectTimeoutSeconds), "contend"]
        handle = withCStrings(names) { names in
            withCStrings(values) { values in PQconnectdbParams(names, values, 1) }
        }
        guard PQstatus(handle) == CONNECTION_OK else {
            let message = lastMessage
            close()
            throw ClusterError(.database, "PostgreSQL cannot be reached: \(message)")
        }
        // Notices ("database does not exist, skipping") are nobody's business here.
        PQsetNoticeProcessor(handle, { _, _ in }, nil)
    }

    /// Whether a server is there and takes connections; `PQPING_REJECT`: it starts or stops.
    static func ping(_ conninfo: String) -> PGPing {
        let names = ["dbname", "connect_timeout"]
        return withCStrings(names) { names in
            withCStrings([conninfo, "2"]) { values in PQpingParams(names, values, 1) }
        } ?? PQPING_NO_ATTEMPT
    }

    deinit { close() }

    func close() {
        if let handle { PQfinish(handle) }
        handle = nil
    }

    /// The server's process behind this connection.
    var backend: Int32 { PQbackendPID(handle) }

    var serverVersion: Int { Int(PQserverVersion(handle)) }

    /// Runs one statement; rows of text, `nil` for NULL.
    @discardableResult
    func run(_ statement: String) throws(ClusterError) -> [[String?]] {
        let result = PQexec(handle, statement)
        defer { PQclear(result) }
        switch PQresultStatus(result) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK:
            return (0..<PQntuples(result)).map { row in
                (0..<PQnfields(result)).map { column in
                    guard PQgetisnull(result, row, column) == 0, let text = PQgetvalue(result, row, column)
                    else { return nil }
                    return String(cString: text)
                }
            }
        default:
            throw ClusterError(.database, "\(statement.prefix(60)): \(lastMessage)")
        }
    }

    /// Creates a database and writes down who owns it.
    func createDatabase(_ name: String, owner: String?) throws(ClusterError) {
        try run("CREATE DATABASE \(Self.identifier(name))")
        guard let owner else { return }
        try run("COMMENT ON DATABASE \(Self.identifier(name)) IS \(Self.literal(owner))")
    }

    /// Drops a database whoever is connected to it; one that does not exist is fine.
    func dropDatabase(_ name: String) throws(ClusterError) {
        if serverVersion >= 130_000 {
            try run("DROP DATABASE IF EXISTS \(Self.identifier(name)) WITH (FORCE)")
            return
        }
        let target = Self.literal(name)
        try run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = \(target)")
        try run("DROP DATABASE IF EXISTS \(Self.identifier(name))")
    }

    /// Connects, and drops a database within a limit.
    static func drop(_ name: String, of server: String) throws(ClusterError) {
        let connection = try PostgresConnection(server, connectTimeoutSeconds: 5)
        defer { connection.close() }
        try connection.run("SET statement_timeout = '20s'")
        try connection.dropDatabase(name)
    }

    static func identifier(_ name: String) -> String {
        "\"" + name.replacing("\"", with: "\"\"") + "\""
    }

    /// A literal under standard_conforming_strings, which is the default since 9.1.
    static func literal(_ text: String) -> String { "'" + text.replacing("'", with: "''") + "'" }

    private var lastMessage: String {
        guard let text = PQerrorMessage(handle) else { return "out of memory" }
        return String(cString: text).split(separator: "\n").joined(separator: " ")
    }
}

/// A NULL-terminated array of C strings for the length of the call.
private func withCStrings<Result>(
    _ texts: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Result?
) -> Result? {
    let copies = texts.map { strdup($0) }
    defer { for copy in copies { free(copy) } }
    return (copies.map { UnsafePointer($0) } + [nil]).withUnsafeBufferPointer {
        $0.baseAddress.flatMap(body)
    }
}
