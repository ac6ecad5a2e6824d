// A database on a cluster of MariaDB servers: replica k uses server k, and begins again with the first when
// there are more replicas.

import Core
import Foundation
import MariaClient

/// The fresh database of one run.
struct GaleraDatabase: DatabaseEngine {
    let nodes: [MariaDatabase]

    init(_ nodes: [MariaDatabase]) { self.nodes = nodes }

    /// Commands and files that are of no replica in particular use the first server.
    func bindings(ofReplica index: Int?) -> [String: Value] {
        nodes[(index ?? 0) % nodes.count].bindings(ofReplica: nil)
    }

    var sensitive: [String] { nodes[0].sensitive }
    var processes: [SupervisorClient.Handle] { nodes.flatMap(\.processes) }
    var lastAnswer: Int64? { nodes.compactMap(\.lastAnswer).min() }

    private static let separator: Character = " "

    func identity() -> String? {
        let known = nodes.compactMap { $0.identity() }
        return known.count == nodes.count ? known.joined(separator: String(Self.separator)) : nil
    }

    func absence(since identity: String?) -> String? {
        let known = identity?.split(separator: Self.separator).map(String.init) ?? []
        for (number, node) in nodes.enumerated() {
            let absence = node.absence(since: known.indices.contains(number) ? known[number] : nil)
            if let sentence = absence ?? node.exclusion() { return "Galera node \(number): \(sentence)" }
        }
        return nil
    }

    /// A read that waits sees what was committed anywhere before it began.
    func spread() throws(ClusterError) {
        for node in nodes {
            let connection = try node.connect()
            defer { connection.close() }
            _ = try connection.rows("SET SESSION wsrep_sync_wait = 1")
            _ = try connection.rows("SELECT COUNT(*) FROM mysql.db")
        }
    }

    func monitor(_ target: MonitorTarget) -> any DatabaseMonitor { MariaMonitor(nodes, target) }

    /// KILL to all servers, one right after the other.
    func crash() async throws(ClusterError) {
        guard !processes.isEmpty else { throw noProcess }
        for node in nodes where !node.processes.isEmpty { try await node.crash() }
    }

    /// Each finds out what it had committed; then all form the cluster that was, and who has missed changes
    /// gets them from the others.
    func restart() async throws(ClusterError) {
        guard processes.isEmpty else { throw noProcess }
        let servers = nodes.compactMap { node in node.server.map { (server: $0, address: node.address) } }
        var positions: [[String: String]] = []
        for (server, address) in servers {
            positions.append(["wsrep_start_position": try await server.committedPosition(address)])
        }
        let processes = try await GaleraCluster.launch(servers, once: positions)
        for (node, process) in zip(nodes, processes) { node.state.withLock { $0.process = process } }
    }
}

extension MariaDatabase {
    /// A sentence of a server that is there and not a member of its cluster; blocking.
    fileprivate func exclusion() -> String? {
        guard let connection = try? connect(timeoutSeconds: 2) else { return nil }
        defer { connection.close() }
        let status = connection.replicationStatus()
        guard let isReady = status["wsrep_ready"], isReady != "ON" else { return nil }
        return "it has left the cluster (\(status["wsrep_cluster_status"] ?? "unknown"))"
    }
}

extension MariaServer {
    /// Up to where a server that is down had committed, as it says itself.
    fileprivate func committedPosition(_ address: MariaAddress) async throws(ClusterError) -> String {
        let log = own.logs + "/recovery.log"
        let arguments = command(
            port: address.port, once: ["wsrep_recover": "ON", "log_error": log, "init_file": ""])
        try await own.context.runToEnd(
            try own.store.user.command(arguments), name: "\(role.name)'s recovery",
            environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"], directory: own.data,
            log: own.output, within: .seconds(60), code: .database)
        let text = FileManager.default.contents(atPath: log).map { String(decoding: $0, as: UTF8.self) }
        guard let match = text?.firstMatch(of: /Recovered position: ([0-9a-f-]+:-?\d+)/) else {
            throw ClusterError(.database, "\(role.name) does not say what it had committed")
        }
        return String(match.1)
    }
}
