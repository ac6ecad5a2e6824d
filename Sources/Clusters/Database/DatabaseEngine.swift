// What a cluster asks of its database, whichever it is; each engine has a folder of its own beside this file.

public import Core
public import DatabaseProxy
import Scenarios

/// The database of one run, from the moment when it is ready for use.
///
/// How it ends is data that it gives the supervisor before it makes anything: the tier and the stop steps of
/// its process, and what is to be cleaned up in which order once every process has ended.
protocol DatabaseEngine: Sendable {
    /// What one replica is told of it; `nil` for commands and files that are of no replica in particular.
    func bindings(ofReplica index: Int?) -> [String: Value]
    /// Not to be seen in logs.
    var sensitive: [String] { get }
    /// The first process of each server that contend started and has not taken down.
    var processes: [SupervisorClient.Handle] { get }
    /// The process below it that serves the monitor's own connection, while there is one.
    var monitorProcess: Int32? { get }
    /// What its files hold together; `nil` without any.
    var fileBytes: Int? { get }
    /// What stands between the replicas and it, where statements are recorded.
    var proxy: WireProxy? { get }
    /// When it last answered its monitor, nanoseconds since the run's origin.
    var lastAnswer: Int64? { get }
    /// Tells one start of a server from the next, if it answers; blocking.
    func identity() -> String?
    /// A sentence if it is not there any more, or is another one than `identity` said; blocking.
    func absence(since identity: String?) -> String?
    /// Returns when whoever connects sees what has been committed; blocking.
    func spread() throws(ClusterError)
    func monitor(_ target: MonitorTarget) -> any DatabaseMonitor
    /// The same database, which each replica reaches through a port of its own from now on.
    func behindProxy(_ context: RunContext) async throws(ClusterError) -> Self
    /// Looks at locks, on a connection of its own; blocking.
    func lockProbe() throws(ClusterError) -> any LockProbe
    /// Tells what statements touch, by the tables that it has now; blocking.
    func footprints() throws(ClusterError) -> any FootprintReader
    /// Ends its processes at once; what was committed is kept.
    func crash() async throws(ClusterError)
    /// Starts it again on the same data and at the same address; returns when it is ready for use.
    func restart() async throws(ClusterError)
}

/// Of a database without a process.
extension DatabaseEngine {
    var sensitive: [String] { [] }
    var processes: [SupervisorClient.Handle] { [] }
    var monitorProcess: Int32? { nil }
    var fileBytes: Int? { nil }
    var lastAnswer: Int64? { nil }
    var proxy: WireProxy? { nil }
    func identity() -> String? { nil }
    func spread() throws(ClusterError) {}
    func behindProxy(_ context: RunContext) async throws(ClusterError) -> Self {
        throw ClusterError(.database, "the statements of this database cannot be recorded: leave out --sql")
    }
    func lockProbe() throws(ClusterError) -> any LockProbe {
        throw ClusterError(.database, "the locks of this database cannot be seen")
    }
    func footprints() throws(ClusterError) -> any FootprintReader {
        throw ClusterError(.database, "the statements of this database cannot be read")
    }
    func crash() async throws(ClusterError) { throw noProcess }
    func restart() async throws(ClusterError) { throw noProcess }

    var noProcess: ClusterError {
        ClusterError(.fault, "contend started no database server, so no fault can hit it")
    }
}

/// Tells what a statement touches, where that is certain.
public protocol FootprintReader: Sendable {
    func footprint(of statement: PendingStatement) -> Footprint?
}

/// Tells who waits for whom; its calls are blocking, and come from one thread at a time.
public protocol LockProbe: AnyObject {
    /// Who waits for a lock at this moment.
    func waits() throws(ClusterError) -> LockWaits
    func close()
}

/// Who waits for a lock, and whether that has no end.
public struct LockWaits: Sendable, Hashable {
    /// For each replica that waits, the replicas that hold what it waits for; `nil` is somebody else.
    public var holders: [Int: Set<Int?>] = [:]
    /// Replicas whose connections wait for each other in a circle, in its order; empty where there is none.
    public var circle: [Int] = []

    /// - Parameter waits: for each connection that waits, those that it waits for.
    init(_ waits: [Int32: Set<Int32>], owners: [Int32: Int]) {
        for (waiter, blockers) in waits {
            guard let replica = owners[waiter] else { continue }
            holders[replica, default: []].formUnion(blockers.map { owners[$0] })
        }
        circle = Self.circle(in: waits).compactMap { owners[$0] }
        // Two connections of one replica are no two requests.
        if Set(circle).count < 2 { circle = [] }
    }

    private static func circle(in waits: [Int32: Set<Int32>]) -> [Int32] {
        for start in waits.keys.sorted() {
            var path = [start]
            while let next = waits[path[path.count - 1]]?.min() {
                if next == start { return path }
                guard !path.contains(next) else { break }
                path.append(next)
            }
        }
        return []
    }
}

/// Of a run that declares none: what its service uses is its own affair.
struct NoDatabase: DatabaseEngine {
    func bindings(ofReplica index: Int?) -> [String: Value] { [:] }
    func absence(since identity: String?) -> String? { nil }
    func monitor(_ target: MonitorTarget) -> any DatabaseMonitor { ReplicaLogs(target) }
}
