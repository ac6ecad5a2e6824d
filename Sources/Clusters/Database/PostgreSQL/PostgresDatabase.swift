// A database on a PostgreSQL server, whoever started that.

import CLibpq
import Core
import DatabaseProxy
import Glibc
import Scenarios

/// The fresh database of one run.
struct PostgresDatabase: DatabaseEngine {
    let address: PostgresAddress
    let sensitive: [String]
    /// The server, where contend started it.
    let server: PostgresServer?
    private(set) var proxy: WireProxy?
    /// What changes while the run lasts.
    let state = Locked(State())

    struct State {
        var process: SupervisorClient.Handle?
        var monitorProcess: Int32?
        var lastAnswer: Int64?
        /// Connections that contend has made for itself, which the server counts like all others.
        var ownSessions = 0
    }

    /// So often a server is asked that does not answer, with a pause between.
    static let askLimit = 4
    static let askPauseMilliseconds: Int64 = 400

    init(_ address: PostgresAddress, sensitive: [String], server: PostgresServer? = nil) {
        self.address = address
        self.sensitive = sensitive
        self.server = server
    }

    func bindings(ofReplica index: Int?) -> [String: Value] {
        let address =
            index.flatMap { index in proxy.map { self.address.behind(port: $0.ports[index]) } } ?? address
        return [
            "database.url": .string(address.url), "database.host": .string(address.host),
            "database.port": .int(address.port), "database.user": .string(address.user),
            "database.name": .string(address.database),
        ]
    }

    var processes: [SupervisorClient.Handle] { state.withLock { $0.process.map { [$0] } ?? [] } }
    var monitorProcess: Int32? { state.withLock { $0.monitorProcess } }
    var lastAnswer: Int64? { state.withLock { $0.lastAnswer } }

    /// A connection of contend's own.
    func connect(timeoutSeconds: Int = 10) throws(ClusterError) -> PostgresConnection {
        let connection = try PostgresConnection(address.url, connectTimeoutSeconds: timeoutSeconds)
        state.withLock { $0.ownSessions += 1 }
        return connection
    }

    /// When the server started, in its own words.
    func identity() -> String? {
        guard let connection = try? connect(timeoutSeconds: 2) else { return nil }
        defer { connection.close() }
        return (try? connection.run("SELECT pg_postmaster_start_time()::text"))?.first?.first ?? nil
    }

    func absence(since identity: String?) -> String? {
        for attempt in 1...Self.askLimit {
            switch PostgresConnection.ping(address.url) {
            case PQPING_OK:
                guard let identity, let now = self.identity(), now != identity else { return nil }
                return "the database server was started anew during the load, at \(now)"
            case PQPING_NO_ATTEMPT: return nil
            // Refused, or it is starting or stopping.
            default: if attempt < Self.askLimit { usleep(UInt32(Self.askPauseMilliseconds * 1_000)) }
            }
        }
        return "the database server cannot be reached any more"
    }

    func behindProxy(_ context: RunContext) async throws(ClusterError) -> PostgresDatabase {
        var database = self
        do {
            let socket = server?.socket(port: address.port).map(ProxiedServer.socket)
            database.proxy = try await WireProxy.start(
                replicas: context.scenario.target.replicaCount, server: try socket ?? address.forProxy(),
                isControlled: context.options.controlsStatements
            ) { replica, sentence in
                context.onEvent(.warning("replica \(replica) and the database: \(sentence)"))
            }
        } catch let error as ClusterError {
            throw error
        } catch {
            throw ClusterError(.database, "\(error)")
        }
        return database
    }

    func lockProbe() throws(ClusterError) -> any LockProbe { try PostgresLockProbe(self) }

    func footprints() throws(ClusterError) -> any FootprintReader {
        let connection = try connect()
        defer { connection.close() }
        return PostgresFootprints(try PostgresParser.load(), try PostgresCatalogue(connection))
    }

    func monitor(_ target: MonitorTarget) -> any DatabaseMonitor { PostgresMonitor(self, target) }

    /// The immediate shutdown: no checkpoint, and nobody is told; KILL would leave a shared memory segment.
    func crash() async throws(ClusterError) {
        // From now on its end is ours.
        let process = state.withLock { state in
            defer { state.process = nil }
            return state.process
        }
        guard let server, let process else { throw noProcess }
        let quit = StopStep(signal: Signal.quit, graceMilliseconds: PostgresServer.quitGraceMilliseconds)
        try await server.supervisor.stop(process, steps: [quit])
    }

    func restart() async throws(ClusterError) {
        guard let server, processes.isEmpty else { throw noProcess }
        let process = try await server.launch(port: address.port, user: address.user, isLast: true)
        state.withLock { $0.process = process }
    }
}
