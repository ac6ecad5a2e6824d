// A database on a MariaDB server, whoever started that.

import Core
import Glibc
import MariaClient

/// The fresh database of one run.
struct MariaDatabase: DatabaseEngine {
    let address: MariaAddress
    let sensitive: [String]
    /// The server, where contend started it.
    let server: MariaServer?
    /// What changes while the run lasts.
    let state = Locked(State())

    struct State {
        var process: SupervisorClient.Handle?
        var lastAnswer: Int64?
        /// Connections that contend has made for itself, which the server counts like all others.
        var ownSessions = 0
    }

    /// So often a server is asked that does not answer, with a pause between.
    static let askLimit = 4
    static let askPauseMilliseconds: Int64 = 400

    init(_ address: MariaAddress, sensitive: [String], server: MariaServer? = nil) {
        self.address = address
        self.sensitive = sensitive
        self.server = server
    }

    func bindings(ofReplica index: Int?) -> [String: Value] {
        [
            "database.url": .string(address.url), "database.host": .string(address.host),
            "database.port": .int(address.port), "database.user": .string(address.user),
            "database.name": .string(address.database),
        ]
    }

    var processes: [SupervisorClient.Handle] { state.withLock { $0.process.map { [$0] } ?? [] } }
    var lastAnswer: Int64? { state.withLock { $0.lastAnswer } }

    /// A connection of contend's own, in no database, which tells it from those of clients; blocking.
    func connect(timeoutSeconds: UInt32 = 10) throws(ClusterError) -> MariaConnection {
        var address = address
        address.database = ""
        let connection = try MariaConnection.contends(address, timeoutSeconds: timeoutSeconds)
        state.withLock { $0.ownSessions += 1 }
        return connection
    }

    func identity() -> String? {
        guard let connection = try? connect(timeoutSeconds: 2) else { return nil }
        defer { connection.close() }
        return try? connection.epoch()
    }

    func absence(since identity: String?) -> String? {
        for attempt in 1...Self.askLimit {
            do throws(ClusterError) {
                let connection = try connect(timeoutSeconds: 2)
                defer { connection.close() }
                guard let identity, let now = try? connection.epoch(), now != identity else { return nil }
                return "the database server was started anew during the load"
            } catch {
                if attempt < Self.askLimit { usleep(UInt32(Self.askPauseMilliseconds * 1_000)) }
            }
        }
        return "the database server cannot be reached any more"
    }

    func monitor(_ target: MonitorTarget) -> any DatabaseMonitor { MariaMonitor([self], target) }

    /// KILL: nothing is written down and nobody is told.
    func crash() async throws(ClusterError) {
        // From now on its end is ours.
        let process = state.withLock { state in
            defer { state.process = nil }
            return state.process
        }
        guard let server, let process else { throw noProcess }
        try await server.supervisor.stop(process, steps: [])
    }

    func restart() async throws(ClusterError) {
        guard let server, processes.isEmpty else { throw noProcess }
        let process = try await server.launch(address, isLast: true)
        state.withLock { $0.process = process }
    }
}

extension MariaAddress {
    var url: String {
        let account = user.percentEncoded + (password.map { ":" + $0.percentEncoded } ?? "")
        let host = host.contains(":") ? "[\(host)]" : host
        return "mysql://\(account.isEmpty ? "" : account + "@")\(host):\(port)/\(database.percentEncoded)"
    }
}

extension MariaConnection {
    /// A connection of contend's own, with an error that says what happened.
    static func contends(
        _ address: MariaAddress, timeoutSeconds: UInt32 = 10
    ) throws(ClusterError) -> MariaConnection {
        do throws(MariaError) {
            return try MariaConnection(address, name: "contend", timeoutSeconds: timeoutSeconds)
        } catch {
            throw ClusterError(.database, "MariaDB cannot be reached: \(error.message) (\(error.code))")
        }
    }

    /// The rows of one statement.
    func rows(_ statement: String) throws(ClusterError) -> [[String?]] {
        do throws(MariaError) {
            return try run(statement).rows
        } catch {
            throw ClusterError(.database, "\(statement.prefix(60)): \(error.message) (\(error.code))")
        }
    }

    /// When the server started, in seconds of its clock: both numbers are of the same moment.
    func epoch() throws(ClusterError) -> String {
        let row = try rows(
            """
            SELECT UNIX_TIMESTAMP() - CAST(VARIABLE_VALUE AS INT)
            FROM INFORMATION_SCHEMA.GLOBAL_STATUS WHERE VARIABLE_NAME = 'UPTIME'
            """
        ).first
        return row?.first.flatMap { $0 } ?? ""
    }
}
