// A PostgreSQL server of the run's own: private data folder, free loopback port, settings, readiness, a fresh
// database.

import CLibpq
import Core
import Foundation
import Glibc

/// Starts one private server.
///
/// Its supervisor stops it, copies its log into the run directory and deletes its data.
struct PostgresServer: Sendable {
    let context: RunContext
    let settings: [String: String]
    let token: String
    private let store: PostgresStore

    /// Settings that contend chooses itself.
    static let reserved: Set<String> = [
        "port", "listen_addresses", "unix_socket_directories", "data_directory", "log_directory",
        "log_filename",
        "external_pid_file", "hba_file",
    ]
    static let jsonLogVersion = 15
    static let readinessLimit = Duration.seconds(60)
    static let quitGraceMilliseconds: Int64 = 5_000
    /// Starts with another port when somebody else was faster.
    static let attemptLimit = 5

    /// Finds the programs and the store; nothing is started.
    init(context: RunContext, settings: [String: String]) throws(ClusterError) {
        context.onEvent(.starting("PostgreSQL"))
        try PostgresConnection.requireLibrary()
        self.context = context
        self.settings = settings
        token = Self.token()
        if let name = settings.keys.sorted().first(where: { Self.reserved.contains($0.lowercased()) }) {
            throw ClusterError(.database, "the PostgreSQL setting \(name) is contend's own: remove it")
        }
        let programs = try PostgresPrograms.find(context.options)
        store = try PostgresStore(user: ServerUser.current(), programs: programs)
    }

    private var folder: String { store.servers + "/" + token }
    private var data: String { folder + "/data" }
    private var output: String { folder + "/log/startup.log" }

    /// The Unix socket that the proxy connects to, which costs less than TCP; `nil` where its path is longer
    /// than `sun_path`.
    func socket(port: Int) -> String? {
        let path = "\(folder)/.s.PGSQL.\(port)"
        return path.utf8.count < MemoryLayout.size(ofValue: sockaddr_un().sun_path) ? path : nil
    }

    /// The server's log in JSON; `nil` where it is in a form that is not read.
    private(set) var logFile: String?

    func start() async throws(ClusterError) -> PostgresDatabase {
        for sentence in store.sweep() { context.onEvent(.warning(sentence)) }
        let evidence = context.options.runDirectory + "/database"
        try RunContext.makeDirectory(evidence)
        // Before anything exists: whenever contend is killed, the supervisor knows what to delete.
        try await context.supervisor.register(.collect(from: folder + "/log", into: evidence))
        try await context.supervisor.register(.remove(path: folder))
        try store.makeServerOwned(folder)
        if let pid = context.supervisor.supervisorPid, let owner = RunOwner(pids: [pid, getpid()]) {
            try RunContext.write(owner.text, to: folder + "/owner")
        }
        try store.makeServerOwned(folder + "/log")
        let template = try await store.template(context, token: token)
        let user = try store.superuser(of: template)
        try store.makeServerOwned(data)
        try await context.runToEnd(
            ["/bin/cp", "-a", "--reflink=auto", template + "/.", data], name: "copying PostgreSQL's template",
            environment: [:], directory: "/", log: evidence + "/initdb.log", within: .seconds(60),
            code: .database)
        let version = store.majorVersion(of: template)
        let configuration = readWholeFile(data + "/postgresql.conf")
        for attempt in 1...Self.attemptLimit {
            let port = try context.ports.reserve(1)[0]
            try RunContext.write(
                configuration + "\n" + configurationText(port: port, majorVersion: version),
                to: data + "/postgresql.conf")
            let process = try await launch(port: port, user: user, isLast: attempt == Self.attemptLimit)
            guard let process else { continue }
            var server = self
            if version >= Self.jsonLogVersion { server.logFile = folder + "/log/postgresql.json" }
            let database = try await server.createDatabase(port: port, user: user)
            database.state.withLock { $0.process = process }
            return database
        }
        throw ClusterError(.database, "PostgreSQL found no free port in \(Self.attemptLimit) tries")
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
        values["unix_socket_directories"] = socket(port: port) == nil ? "" : folder
        values["log_directory"] = folder + "/log"
        values["log_filename"] = "postgresql.log"
        return values.sorted { $0.key < $1.key }
            .map { "\($0.key) = '\($0.value.replacing("'", with: "''"))'\n" }.joined()
    }

    /// Its first process, once it serves; `nil` when the port was taken meanwhile and another is to be tried.
    func launch(
        port: Int, user: String, isLast: Bool
    ) async throws(ClusterError) -> SupervisorClient.Handle? {
        let handle = try await context.supervisor.start(
            SupervisedProcess(
                key: context.supervisor.reserveKey(), name: "PostgreSQL",
                arguments: store.user.command([store.programs.postgres, "-D", data]),
                environment: ["PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"], directory: data,
                output: output, tier: StartTier.database.rawValue,
                stop: [
                    // INT is the fast shutdown; QUIT the immediate one. KILL would leave a shared memory
                    // segment.
                    StopStep(signal: Signal.interrupt, graceMilliseconds: 10_000),
                    StopStep(signal: Signal.quit, graceMilliseconds: Self.quitGraceMilliseconds),
                ]))
        let deadline = monotonicMilliseconds() + Self.readinessLimit.milliseconds
        let conninfo = "host=127.0.0.1 port=\(port) user=\(user) dbname=postgres connect_timeout=2"
        while true {
            if let end = context.supervisor.end(of: handle) {
                let lines = context.lastLines(of: output) + serverLog()
                if !isLast, lines.contains(where: { $0.contains("Address already in use") }) { return nil }
                let tail = lines.suffix(LogTail.lineLimit).map { "    " + $0 }.joined(separator: "\n")
                throw ClusterError(.database, "PostgreSQL \(end) before it was ready:\n\(tail)")
            }
            // A stranger's server on this port would not know the random user.
            let isOurs = try await onOwnThread {
                guard PQping(conninfo) == PQPING_OK, let connection = try? PostgresConnection(conninfo) else {
                    return false
                }
                connection.close()
                return true
            }
            if isOurs { return handle }
            if Task.isCancelled { throw ClusterError(.database, "interrupted while PostgreSQL was starting") }
            guard monotonicMilliseconds() < deadline else {
                throw context.error(
                    .database, "PostgreSQL was not ready within \(Self.readinessLimit)", log: output)
            }
            await rest(milliseconds: 10)
        }
    }

    private func serverLog() -> [String] {
        ["postgresql.json", "postgresql.csv", "postgresql.log"].flatMap {
            context.lastLines(of: folder + "/log/" + $0)
        }
    }

    private func createDatabase(port: Int, user: String) async throws(ClusterError) -> PostgresDatabase {
        let name = "contend_" + token
        try await onOwnThread { () throws(ClusterError) in
            let connection = try PostgresConnection(
                "host=127.0.0.1 port=\(port) user=\(user) dbname=postgres")
            defer { connection.close() }
            try connection.createDatabase(name, owner: nil)
        }
        let address = PostgresAddress(host: "127.0.0.1", port: port, user: user, database: name)
        return PostgresDatabase(address, sensitive: [user], server: self)
    }

    /// Twelve letters and digits that no other run has.
    static func token() -> String {
        let letters = Array("abcdefghijklmnopqrstuvwxyz0123456789")
        return String((0..<12).map { _ in letters.randomElement() ?? "x" })
    }

    private func readWholeFile(_ path: String) -> String {
        (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    }
}
