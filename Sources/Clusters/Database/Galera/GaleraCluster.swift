// A cluster of MariaDB servers of the run's own: each with a folder, data and ports of its own, all of them
// members of one cluster from the start.

import Core
import MariaClient

/// Starts one private cluster.
struct GaleraCluster: Sendable {
    let provider: String
    let name: String
    /// The number of the data's history.
    let state: String
    let members: [GaleraMember]
    /// Those of the library, each with a `;` behind it.
    let options: String
    private let settings: [String: String]
    private let context: RunContext

    /// A member is given up when it is silent for so long: on a busy machine it may only have waited for a
    /// processor.
    ///
    /// Each writes the changes of the last minutes into a file of this size.
    private static let usualOptions =
        "evs.suspect_timeout=PT30S;evs.inactive_timeout=PT60S;evs.install_timeout=PT60S;gcache.size=32M;"
    private static let optionsKey = "wsrep_provider_options"

    /// Finds the programs and draws the ports; nothing is started.
    init(context: RunContext, nodes: Int, settings: [String: String]) throws(ClusterError) {
        provider = try GaleraPrograms.find().provider
        self.context = context
        name = "contend_" + PrivateServer.token()
        state = "c0de0000-0000-11f1-9111-" + GaleraMember.hexadecimals(12)
        var members: [GaleraMember] = []
        for number in 0..<nodes { members.append(try GaleraMember(number, context.ports)) }
        self.members = members
        let given = settings[Self.optionsKey].map { $0 + ";" } ?? ""
        options = Self.usualOptions + given
        self.settings = settings.filter { $0.key != Self.optionsKey }
    }

    func start() async throws(ClusterError) -> GaleraDatabase {
        var servers: [(server: MariaServer, address: MariaAddress)] = []
        for member in members {
            let server = try MariaServer(context: context, settings: settings, as: role(of: member))
            var address = try await server.prepare(database: name)
            for (file, text) in member.beginning(of: self) {
                try server.own.store.writeServerOwned(text, to: server.own.data + "/" + file)
            }
            address.port = try context.ports.reserve(1)[0]
            servers.append((server, address))
        }
        let processes = try await Self.launch(servers)
        var nodes: [MariaDatabase] = []
        for ((server, address), process) in zip(servers, processes) {
            nodes.append(try server.started(address, process))
        }
        return GaleraDatabase(nodes)
    }

    private func role(of member: GaleraMember) -> MariaRole {
        let count = members.count
        return MariaRole(
            name: "Galera node \(member.number)", evidence: "database/node-\(member.number)",
            settings: member.settings(of: self),
            // Each does it by itself: the others begin with the same data.
            opening: "SET SESSION wsrep_on = OFF;"
        ) { connection in
            let status = connection.replicationStatus()
            return status["wsrep_local_state_comment"] == "Synced"
                && status["wsrep_cluster_size"] == String(count) && status["wsrep_ready"] == "ON"
        }
    }

    /// Starts all at once, since each waits for the others; their first processes, in order.
    ///
    /// The first failure ends the wait for the others.
    static func launch(
        _ servers: [(server: MariaServer, address: MariaAddress)],
        once settings: [[String: String]] = []
    ) async throws(ClusterError) -> [SupervisorClient.Handle] {
        typealias Launch = Result<SupervisorClient.Handle, ClusterError>
        let results = await withTaskGroup(of: (Int, Launch).self) { group in
            for (number, (server, address)) in servers.enumerated() {
                let once = settings.indices.contains(number) ? settings[number] : [:]
                group.addTask {
                    do throws(ClusterError) {
                        // The last try: the others know its ports.
                        guard let process = try await server.launch(address, isLast: true, once: once) else {
                            throw ClusterError(.database, "\(server.role.name) found no free port")
                        }
                        return (number, .success(process))
                    } catch {
                        return (number, .failure(error))
                    }
                }
            }
            var results: [(number: Int, launch: Launch)] = []
            for await (number, launch) in group {
                if case .failure = launch { group.cancelAll() }
                results.append((number, launch))
            }
            return results
        }
        // In the order in which they came: the first failure is the cause of the others.
        for (_, launch) in results { _ = try launch.get() }
        var processes: [SupervisorClient.Handle] = []
        for (_, launch) in results.sorted(by: { $0.number < $1.number }) {
            processes.append(try launch.get())
        }
        return processes
    }
}

extension MariaConnection {
    /// What the server says of itself as a member; empty where it does not answer.
    func replicationStatus() -> [String: String] {
        let rows = (try? run("SHOW GLOBAL STATUS LIKE 'wsrep\\_%'").rows) ?? []
        return Dictionary(
            rows.compactMap { row in
                guard row.count == 2, let name = row[0], let value = row[1] else { return nil }
                return (name, value)
            }
        ) { $1 }
    }
}
