// The proxy between the replicas and the database: a listening port for each replica, so that it is known
// whose a statement is.

import Core
public import Histories

/// Passes bytes on in both directions, and tells of the statements in them.
///
/// All connections live on one thread. Where nobody observes, bytes are followed and nothing is told.
public final class WireProxy: Sendable {
    /// Where replica i finds the database, on the loopback interface.
    public let ports: [Int]
    private let loop: SocketLoop<Relay>
    private let shared: ProxyState

    private init(ports: [Int], loop: SocketLoop<Relay>, shared: ProxyState) {
        self.ports = ports
        self.loop = loop
        self.shared = shared
    }

    /// Opens a port for each replica; the server is connected to when a replica connects.
    ///
    /// One that `isControlled` can hold statements, and sends them one at a time.
    /// `onProblem` gets a sentence about a connection that was ended because it could not be followed.
    public static func start(
        replicas: Int, server: ProxiedServer, isControlled: Bool = false,
        onProblem: @escaping @Sendable (_ replica: Int, String) -> Void
    ) async throws(ProxyError) -> WireProxy {
        let addresses = try SocketAddress.all(of: server)
        let shared = ProxyState(isControlled: isControlled, onProblem: onProblem)
        let loop = try SocketLoop { Relay($0, shared, addresses) }
        var ports: [Int] = []
        do throws(ProxyError) {
            for replica in 0..<replicas {
                let (listener, port) = try Sockets.listen()
                ports.append(port)
                loop.perform { $0.listen(listener, forReplica: replica) }
            }
        } catch {
            await loop.end { $0.stop() }
            throw error
        }
        return WireProxy(ports: ports, loop: loop, shared: shared)
    }

    /// From now on `record` gets each statement when it has ended; statements that are under way by then are
    /// left out.
    ///
    /// It is called on the proxy's thread. `now` gives nanoseconds since the run's origin.
    public func observe(
        now: @escaping @Sendable () -> Int64, record: @escaping @Sendable (StatementRecord) -> Void
    ) {
        shared.observer.withLock { $0 = StatementObserver(now: now, record: record) }
    }

    /// Nothing is told any more once this has returned.
    public func stopObserving() async {
        shared.observer.withLock { $0 = nil }
        // What the loop is at has the observer still.
        await loop.finish { _ in }
    }

    /// The replica of each of the server's processes that serve one now.
    public var backends: [Int32: Int] { shared.backends.withLock { $0 } }

    // MARK: Control

    /// Whether it can hold statements.
    public var isControlled: Bool { shared.isControlled }

    /// From now on each statement of these replicas that is worth a decision waits until it is released;
    /// `tell` hears of it on the proxy's thread.
    public func hold(
        _ replicas: Set<Int>, tell: @escaping @Sendable (ControlEvent) -> Void
    ) async {
        await loop.finish { $0.control = StatementControl(replicas: replicas, tell: tell) }
    }

    /// Nothing waits any more.
    public func stopHolding() async { await loop.finish { $0.control = nil } }

    /// What waits on a connection goes on.
    public func release(connection number: Int) {
        loop.perform { $0.connections[number]?.release() }
    }

    /// Closes the ports and every connection.
    public func stop() async { await loop.end { $0.stop() } }
}

/// Where the database's server listens.
public enum ProxiedServer: Sendable, Hashable {
    case port(host: String, Int)
    /// The path of a Unix socket.
    case socket(String)
}

struct StatementObserver: Sendable {
    var now: @Sendable () -> Int64
    var record: @Sendable (StatementRecord) -> Void
}

/// Whose statements wait, and who hears of it.
struct StatementControl: Sendable {
    var replicas: Set<Int>
    var tell: @Sendable (ControlEvent) -> Void
}

/// What is known of one proxy on other threads too.
struct ProxyState: Sendable {
    let isControlled: Bool
    let onProblem: @Sendable (Int, String) -> Void
    let observer = Locked<StatementObserver?>(nil)
    /// Replica by process of the server.
    let backends = Locked<[Int32: Int]>([:])
}
