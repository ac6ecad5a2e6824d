// One session of MariaDB's monitor, with all servers of the database: the counters before and after, and the
// looks between.

import Core
import Glibc
import Histories
import MariaClient

/// A connection to each server with what has been seen so far; used on one thread.
final class MariaSession {
    private let target: MonitorTarget
    private let nodes: [MariaNode]
    private let clients: ClientWatch
    /// Deadlocks when the counters of the begin were recorded, and now.
    private var first: Int?
    private var deadlocks = 0

    init(
        _ databases: [MariaDatabase], _ target: MonitorTarget, timeoutSeconds: UInt32
    ) throws(ClusterError) {
        self.target = target
        var nodes: [MariaNode] = []
        for (number, database) in databases.enumerated() {
            nodes.append(
                try MariaNode(database, number: number, target, timeoutSeconds: timeoutSeconds))
        }
        self.nodes = nodes
        clients = ClientWatch(target, proxy: nil) { backends throws(ClusterError) in
            var details: [Int: BackendDetail] = [:]
            for node in nodes { details.merge(try node.details(of: backends)) { $1 } }
            return details
        }
    }

    /// Records the servers' counts, where they are of this run alone.
    func count() throws(ClusterError) {
        var sum: DatabaseCounters?
        for node in nodes {
            guard let counters = try node.counters() else { return }
            sum = sum?.adding(counters) ?? counters
        }
        guard let sum else { return }
        deadlocks = sum.deadlocks
        first = first ?? deadlocks
        target.file.append([.counters(sum)])
    }

    func look() throws(ClusterError) {
        var found: [ClientConnection] = []
        for node in nodes { found += try node.connections() }
        var edges: [WaitEdge] = []
        for node in nodes { edges += try node.waits(of: clients.backends) }
        try clients.note(found, edges)
        try clients.note(edges)
        for node in nodes where node.database.server == nil {
            if let error = try node.lastDeadlock() { target.file.append([.error(error)]) }
        }
    }

    /// Reads the logs until they have as many deadlocks as the servers counted, and the counters.
    func finish(_ logs: [MariaLog]) throws(ClusterError) {
        clients.finish()
        guard !logs.isEmpty else { return }
        try count()
        let start = target.now()
        var logged: Int { logs.reduce(0) { $0 + $1.count } }
        while true {
            for log in logs { target.file.append(log.read(at: target.now()).map(ObservationLine.error)) }
            if logged >= deadlocks - (first ?? 0) { break }
            guard target.now() - start < MariaMonitor.logLimitNanoseconds else {
                target.file.append([
                    .notice("the server's log has \(logged) of its deadlocks: others cannot be explained")
                ])
                break
            }
            usleep(20_000)
        }
        if logs.contains(where: { $0.count > MariaLog.readLimit }) {
            target.file.append([
                .notice(
                    "the server logged \(logged) deadlocks; of the first \(MariaLog.readLimit) the statements are kept"
                )
            ])
        }
    }
}
