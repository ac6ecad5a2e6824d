// The proxy between the replicas and the database: a listening port for each replica, so that it is known
// whose a statement is.

import Core
public import Histories
import NIOCore
import NIOPosix

/// Passes bytes on in both directions, and tells of the statements in them.
///
/// All connections live on one event loop. Where nobody observes, bytes are followed and nothing is told.
public final class WireProxy: Sendable {
    /// Where replica i finds the database, on the loopback interface.
    public let ports: [Int]
    private let group: MultiThreadedEventLoopGroup
    private let listeners: [any Channel]
    private let shared: ProxyState

    private init(
        ports: [Int], group: MultiThreadedEventLoopGroup, listeners: [any Channel], shared: ProxyState
    ) {
        self.ports = ports
        self.group = group
        self.listeners = listeners
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
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let shared = ProxyState(
            server: server, isControlled: isControlled, on: group.next(), onProblem: onProblem)
        var listeners: [any Channel] = []
        do {
            for replica in 0..<replicas {
                listeners.append(
                    try await ServerBootstrap(group: group)
                        .serverChannelOption(.backlog, value: 1024)
                        .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                        .childChannelOption(.autoRead, value: false)
                        .childChannelInitializer { ProxiedConnection.accept($0, ofReplica: replica, shared) }
                        .bind(host: "127.0.0.1", port: 0).get())
            }
            let ports = listeners.compactMap { $0.localAddress?.port }
            return WireProxy(ports: ports, group: group, listeners: listeners, shared: shared)
        } catch {
            for listener in listeners { try? await listener.close() }
            try? await group.shutdownGracefully()
            throw ProxyError(.listening, "no port could be opened for the database proxy: \(error)")
        }
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
        try? await group.next().submit {}.get()
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
        try? await onLoop { shared in
            shared.control = StatementControl(replicas: replicas, tell: tell)
            for connection in shared.connections.value.values { connection.hold(replicas) }
        }
    }

    /// Nothing waits any more.
    public func stopHolding() async {
        try? await onLoop { shared in
            shared.control = nil
            for connection in shared.connections.value.values { connection.hold([]) }
        }
    }

    /// What waits on a connection goes on.
    public func release(connection number: Int) {
        let shared = shared
        group.next().execute { shared.connections.value[number]?.release() }
    }

    private func onLoop(_ body: @escaping @Sendable (ProxyState) -> Void) async throws {
        let shared = shared
        try await group.next().submit { body(shared) }.get()
    }

    /// Closes the ports and every connection.
    public func stop() async {
        for listener in listeners { try? await listener.close() }
        try? await group.shutdownGracefully()
    }
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

/// What the connections of one proxy share.
final class ProxyState: Sendable {
    let server: ProxiedServer
    let isControlled: Bool
    let onProblem: @Sendable (Int, String) -> Void
    let observer = Locked<StatementObserver?>(nil)
    let backends = Locked<[Int32: Int]>([:])
    private let connectionCount = Locked(0)
    /// By number; used on the event loop alone.
    let connections: NIOLoopBoundBox<[Int: ProxiedConnection]>
    private let controlBox: NIOLoopBoundBox<StatementControl?>

    /// Of a new connection.
    func takeNumber() -> Int {
        connectionCount.withLock { count in
            defer { count += 1 }
            return count
        }
    }

    /// Used on the event loop alone.
    var control: StatementControl? {
        get { controlBox.value }
        set { controlBox.value = newValue }
    }

    init(
        server: ProxiedServer, isControlled: Bool, on eventLoop: any EventLoop,
        onProblem: @escaping @Sendable (Int, String) -> Void
    ) {
        self.server = server
        self.isControlled = isControlled
        self.onProblem = onProblem
        connections = .makeBoxSendingValue([:], eventLoop: eventLoop)
        controlBox = .makeBoxSendingValue(nil, eventLoop: eventLoop)
    }
}
