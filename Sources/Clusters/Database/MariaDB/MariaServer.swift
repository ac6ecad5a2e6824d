// A MariaDB server of the run's own: private data folder, free loopback port, settings, a user and a
// database that it makes as it starts.

import Core
import Foundation
import MariaClient

/// Starts one private server.
struct MariaServer: Sendable {
    let settings: [String: String]
    let role: MariaRole
    let own: PrivateServer
    private let programs: MariaPrograms

    /// Settings that contend chooses itself; the server takes `-` for `_` in names.
    static let reserved: Set<String> = [
        "port", "bind_address", "socket", "datadir", "pid_file", "log_error", "init_file", "user",
        "skip_networking", "defaults_file", "basedir", "tmpdir",
    ]
    /// Waits for InnoDB to write down what it holds; KILL follows, which loses nothing that is kept.
    private static let stop = [StopStep(signal: Signal.terminate, graceMilliseconds: 10_000)]
    static let logName = "mariadb.log"
    /// Small, since each run copies it.
    static let redoLog = "--innodb-log-file-size=32M"

    /// Finds the programs and the store; nothing is started.
    init(
        context: RunContext, settings: [String: String], as role: MariaRole = MariaRole()
    ) throws(ClusterError) {
        context.onEvent(.starting(role.name))
        try MariaPrograms.requireLibrary()
        self.settings = Dictionary(settings.map { (Self.plain($0), $1) }) { $1 }
        self.role = role
        let reserved = settings.keys.sorted().first {
            Self.reserved.contains(Self.plain($0)) || role.settings[Self.plain($0)] != nil
        }
        if let reserved {
            throw ClusterError(.database, "the MariaDB setting \(reserved) is contend's own: remove it")
        }
        programs = try MariaPrograms.find(path: context.options.environment["PATH"] ?? "")
        own = PrivateServer(
            context: context, name: role.name, store: try ServerStore(user: MariaPrograms.user()),
            evidence: role.evidence)
    }

    /// A setting's name as this file writes it.
    private static func plain(_ name: String) -> String { name.lowercased().replacing("-", with: "_") }

    var supervisor: SupervisorClient { own.context.supervisor }
    var logFile: String { own.logs + "/" + Self.logName }
    private var script: String { own.folder + "/init.sql" }
    private var temporary: String { own.folder + "/tmp" }

    func start() async throws(ClusterError) -> MariaDatabase {
        var address = try await prepare(database: "contend_" + own.token)
        let (port, process) = try await own.startSomewhere { port, isLast throws(ClusterError) in
            address.port = port
            return try await launch(address, isLast: isLast)
        }
        address.port = port
        return try started(address, process)
    }

    /// Makes its folder and data; its address but for the port.
    func prepare(database name: String) async throws(ClusterError) -> MariaAddress {
        let user = try own.store.superuser(of: try await own.prepare(programs.template))
        // Its own: as it starts, a server deletes the temporary tables that it finds, whosever they are.
        try own.store.makeServerOwned(temporary)
        // Read before the server takes connections; after a crash, once more.
        try RunContext.write(
            """
            \(role.opening)
            DELETE FROM mysql.global_priv WHERE User IN ('root', '');
            FLUSH PRIVILEGES;
            CREATE USER IF NOT EXISTS '\(user)'@'%';
            GRANT ALL ON *.* TO '\(user)'@'%' WITH GRANT OPTION;
            CREATE DATABASE IF NOT EXISTS \(name);

            """, to: script)
        return MariaAddress(host: "127.0.0.1", port: 0, user: user, database: name)
    }

    /// The database on a server that serves.
    func started(
        _ address: MariaAddress, _ process: SupervisorClient.Handle
    ) throws(ClusterError) -> MariaDatabase {
        try requireSettings()
        let database = MariaDatabase(address, sensitive: [address.user], server: self)
        database.state.withLock { $0.process = process }
        return database
    }

    /// The server warns of a value that it does not understand, and takes another one.
    private func requireSettings() throws(ClusterError) {
        let files = [own.output, logFile].map { FileManager.default.contents(atPath: $0) ?? Data() }
        for line in files.flatMap({ String(decoding: $0, as: UTF8.self).split(separator: "\n") }) {
            if let warning = line.firstMatch(of: /\[Warning\] (option '.*)/) {
                throw ClusterError(.database, "MariaDB does not take a setting as it is: \(warning.1)")
            }
        }
    }

    /// Its first process, once it serves; `nil` when the port was taken meanwhile and another is to be tried.
    func launch(
        _ address: MariaAddress, isLast: Bool, once settings: [String: String] = [:]
    ) async throws(ClusterError) -> SupervisorClient.Handle? {
        try await own.launch(
            command(port: address.port, once: settings), stop: Self.stop, log: [Self.logName],
            isLast: isLast
        ) { [role] in
            // A stranger's server on this port would not know the random user.
            guard let connection = try? MariaConnection(address, name: "contend", timeoutSeconds: 2) else {
                return false
            }
            defer { connection.close() }
            return role.isReady(connection)
        }
    }

    /// Ours, the scenario's over them, what nobody may change, and what holds for one start.
    func command(port: Int, once: [String: String] = [:]) -> [String] {
        // A commit survives the server's end, not the machine's.
        var values = [
            "innodb_flush_log_at_trx_commit": "2", "innodb_print_all_deadlocks": "ON",
            "max_connections": "300",
            "innodb_buffer_pool_size": "64M", "skip_name_resolve": "ON", "character_set_server": "utf8mb4",
            "collation_server": "utf8mb4_general_ci",
        ]
        values.merge(settings) { $1 }
        values.merge([
            "port": String(port), "bind_address": "127.0.0.1", "datadir": own.data,
            "socket": own.folder + "/socket", "pid_file": own.data + "/" + ServerStore.pidFile,
            "log_error": logFile, "init_file": script, "tmpdir": temporary,
        ]) { $1 }
        values.merge(role.settings) { $1 }
        values.merge(once) { $1 }
        return [programs.server, "--no-defaults", Self.redoLog]
            + values.sorted { $0.key < $1.key }.map { "--\($0.key)=\($0.value)" }
    }
}
