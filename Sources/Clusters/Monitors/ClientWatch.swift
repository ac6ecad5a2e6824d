// What the clients' connections to a server do and whom they wait for, from look to look: records neutrally
// what an engine's session reads.

import Core
import DatabaseProxy
import Histories

/// A client's connection to the run's database, as one look shows it.
struct ClientConnection {
    enum Activity { case running, waitingForLock, idle, idleInTransaction }

    /// The server's number for it.
    var backend: Int
    var activity: Activity
    var serverPort: Int
    /// Of the client's end.
    var port: Int?
    var application = ""
    /// How long its transaction has been open, nanoseconds; `nil` without one.
    var age: Int64?
}

/// The clients of one database, followed over the looks of one session; used on one thread.
final class ClientWatch {
    /// From when on a pool whose connections all sit idle in transactions is told of.
    static let suspicionNanoseconds: Int64 = 500_000_000

    private let target: MonitorTarget
    private let proxy: WireProxy?
    /// Asks the server what these backends do.
    private let details: (Set<Int>) throws(ClusterError) -> [Int: BackendDetail]
    private var waits = WaitTracker()
    /// Replica of each backend that is known, or nothing for one that is nobody's.
    private var owners: [Int: Int?] = [:]
    private var suspected: Set<Int?> = []

    init(
        _ target: MonitorTarget, proxy: WireProxy?,
        details: @escaping (Set<Int>) throws(ClusterError) -> [Int: BackendDetail]
    ) {
        self.target = target
        self.proxy = proxy
        self.details = details
    }

    var backends: Set<Int> { Set(owners.keys) }

    /// Notes who waits for whom at this moment.
    func note(_ edges: [WaitEdge]) throws(ClusterError) {
        let time = target.now()
        let wanted = waits.sample(edges, at: time)
        if !wanted.isEmpty {
            let cycles = waits.note(try details(wanted), at: time)
            target.file.append(cycles.map(ObservationLine.cycle))
        }
        target.file.append(waits.takeFinished().map(ObservationLine.wait))
    }

    /// Notes what each pool's connections do; `edges` are those of the last look.
    func note(_ clients: [ClientConnection], _ edges: [WaitEdge]) throws(ClusterError) {
        let time = target.now()
        attribute(clients, at: time)
        var pools: [Int?: SessionSample.Pool] = [:]
        var members: [Int?: Set<Int>] = [:]
        var idle: [Int?: Set<Int>] = [:]
        for client in clients {
            let replica = owners[client.backend] ?? nil
            var pool = pools[replica] ?? SessionSample.Pool(replica: replica)
            members[replica, default: []].insert(client.backend)
            pool.connections += 1
            switch client.activity {
            case .running: pool.active += 1
            case .waitingForLock: pool.waiting += 1
            case .idle: break
            case .idleInTransaction:
                pool.idleInTransaction += 1
                idle[replica, default: []].insert(client.backend)
            }
            if let age = client.age { pool.openSince = max(pool.openSince ?? .min, time - age) }
            pools[replica] = pool
        }
        for (replica, idle) in idle where pools[replica]?.active == 0 {
            let blocked = WaitTracker.waiters(for: idle, in: edges).intersection(members[replica] ?? [])
            pools[replica]?.blocked = blocked.count
        }
        let sample = SessionSample(
            time: time, pools: pools.values.sorted { ($0.replica ?? .max) < ($1.replica ?? .max) })
        target.file.append([.sessions(sample)])
        try suspect(sample, members)
    }

    func finish() {
        waits.finish()
        target.file.append(waits.takeFinished().map(ObservationLine.wait))
    }

    /// Tells at once of a pool that nothing comes out of any more.
    private func suspect(_ sample: SessionSample, _ members: [Int?: Set<Int>]) throws(ClusterError) {
        // A held statement makes its transaction wait, and no service did that.
        if proxy?.isControlled == true { return }
        for pool in sample.pools {
            guard pool.isExhausted, let since = pool.openSince,
                sample.time - since >= Self.suspicionNanoseconds
            else {
                suspected.remove(pool.replica)
                continue
            }
            guard suspected.insert(pool.replica).inserted else { continue }
            let states = try details(members[pool.replica] ?? []).sorted { $0.key < $1.key }
            target.file.append([
                .pool(
                    HeldPool(
                        time: sample.time, replica: pool.replica, members: states.map { $0.value.state }))
            ])
            let name = pool.replica.map { "replica \($0)" } ?? "a client of the database"
            target.warn(
                "\(name) holds all its \(pool.connections) connections in transactions that do nothing: "
                    + "a pool deadlock is suspected")
        }
    }

    /// Looks for the owners of backends that are new; those that are gone are forgotten.
    private func attribute(_ clients: [ClientConnection], at time: Int64) {
        let present = Set(clients.map(\.backend))
        owners = owners.filter { present.contains($0.key) }
        let new = clients.filter { owners[$0.backend] == nil }
        guard !new.isEmpty else { return }
        let found = replicas(of: new)
        for client in new {
            owners[client.backend] = .some(found[client.backend])
            target.file.append([
                .backend(
                    BackendRecord(
                        time: time, backend: client.backend, replica: found[client.backend],
                        application: client.application))
            ])
        }
    }

    /// Replica by backend; a proxy knows those that it serves, and the others are found by their ports.
    private func replicas(of clients: [ClientConnection]) -> [Int: Int] {
        if let proxy {
            return Dictionary(uniqueKeysWithValues: proxy.backends.map { (Int($0.key), $0.value) })
        }
        let owners = BackendOwners(groups: target.groups())
        var replicas: [Int: Int] = [:]
        for (serverPort, clients) in Dictionary(grouping: clients, by: \.serverPort) {
            let found = owners.replicas(
                ofClientPorts: Set(clients.compactMap(\.port)), serverPort: serverPort)
            for client in clients { replicas[client.backend] = client.port.flatMap { found[$0] } }
        }
        return replicas
    }
}
