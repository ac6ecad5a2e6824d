// A PostgreSQL server of the run's own: private data folder, free loopback port, settings, readiness, a fresh
// database.

import CLibpq
import Core
import Foundation
import Glibc

/// Starts one private server.
struct PostgresServer: Sendable {
    let settings: [String: String]
    private let own: PrivateServer
    private let programs: PostgresPrograms

    /// Settings that contend chooses itself.
    static let reserved: Set<String> = [
        "port", "listen_addresses", "unix_socket_directories", "data_directory", "log_directory",
        "log_filename",
        "external_pid_file", "hba_file",
    ]
    static let jsonLogVersion = 15
    static let quitGraceMilliseconds: Int64 = 5_000

    /// Finds the programs and the store; nothing is started.
    init(context: RunContext, settings: [String: String]) throws(ClusterError) {
        context.onEvent(.starting("PostgreSQL"))
        try PostgresConnection.requireLibrary()
        self.settings = settings
        if let name = settings.keys.sorted().first(where: { Self.reserved.contains($0.lowercased()) }) {
            throw ClusterError(.database, "the PostgreSQL setting \(name) is contend's own: remove it")
        }
        programs = try PostgresPrograms.find(context.options)
        own = PrivateServer(
            context: context, name: "PostgreSQL", store: try ServerStore(user: PostgresPrograms.user()))
    }

    var supervisor: SupervisorClient { own.context.supervisor }

    /// The Unix socket that the proxy connects to, which costs less than TCP; `nil` where its path is longer
    /// than `sun_path`.
    func socket(port: Int) -> String? {
        let path = "\(own.folder)/.s.PGSQL.\(port)"
        return path.utf8.count < MemoryLayout.size(ofValue: sockaddr_un().sun_path) ? path : nil
    }

    /// The server's log in JSON; `nil` where it is in a form that is not read.
    private(set) var logFile: String?

    func start() async throws(ClusterError) -> PostgresDatabase {
        let template = try await own.prepare(programs.template)
        let user = try own.store.superuser(of: template)
        // 15 of 15.18.
        let version = Int(readSmallFile(template + "/PG_VERSION")?.prefix { $0.isNumber } ?? "") ?? 0
        let configuration = readWholeFile(own.data + "/postgresql.conf")
        let (port, process) = try await own.startSomewhere { port, isLast throws(ClusterError) in
            try RunContext.write(
                configuration + "\n" + configurationText(port: port, majorVersion: version),
                to: own.data + "/postgresql.conf")
            return try await launch(port: port, user: user, isLast: isLast)
        }
        var server = self
        if version >= Self.jsonLogVersion { server.logFile = own.logs + "/postgresql.json" }
        let database = try await server.createDatabase(port: port, user: user)
        database.state.withLock { $0.process = process }
        return database
    }

    /// The lines that end postgresql.conf: ours, the scenario's over them, and what nobody may change.
    func configurationText(port: Int, majorVersion: Int) -> String {
        let isJSON = majorVersion >= Self.jsonLogVersion
        var values = [
            "fsync": "off", "full_page_writes": "off", "max_connections": "300", "logging_collector": "on",
            "log_destination": isJSON ? "jsonlog" : "csvlog", "log_rotation_age": "0",
            "log_rotation_size": "0",
            "log_lock_waits": "on", "deadlock_timeout": "200ms",
        ]
        values.merge(settings) { $1 }
        values["port"] = String(port)
        values["listen_addresses"] = "127.0.0.1"
        values["unix_socket_directories"] = socket(port: port) == nil ? "" : own.folder
        values["log_directory"] = own.logs
        values["log_filename"] = "postgresql.log"
        return values.sorted { $0.key < $1.key }
            .map { "\($0.key) = '\($0.value.replacing("'", with: "''"))'\n" }.joined()
    }

    /// Its first process, once it serves; `nil` when the port was taken meanwhile and another is to be tried.
    func launch(
        port: Int, user: String, isLast: Bool
    ) async throws(ClusterError) -> SupervisorClient.Handle? {
        let conninfo = "host=127.0.0.1 port=\(port) user=\(user) dbname=postgres connect_timeout=2"
        return try await own.launch(
            [programs.postgres, "-D", own.data],
            stop: [
                // INT is the fast shutdown; QUIT the immediate one. KILL would leave a shared memory segment.
                StopStep(signal: Signal.interrupt, graceMilliseconds: 10_000),
                StopStep(signal: Signal.quit, graceMilliseconds: Self.quitGraceMilliseconds),
            ], log: ["postgresql.json", "postgresql.csv", "postgresql.log"], isLast: isLast
        ) {
            // A stranger's server on this port would not know the random user.
            guard PQping(conninfo) == PQPING_OK, let connection = try? PostgresConnection(conninfo) else {
                return false
            }
            connection.close()
            return true
        }
    }

    private func createDatabase(port: Int, user: String) async throws(ClusterError) -> PostgresDatabase {
        let name = "contend_" + own.token
        try await onOwnThread { () throws(ClusterError) in
            let connection = try PostgresConnection(
                "host=127.0.0.1 port=\(port) user=\(user) dbname=postgres")
            defer { connection.close() }
            try connection.createDatabase(name, owner: nil)
        }
        let address = PostgresAddress(host: "127.0.0.1", port: port, user: user, database: name)
        return PostgresDatabase(address, sensitive: [user], server: self)
    }

    private func readWholeFile(_ path: String) -> String {
        (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    }
}
