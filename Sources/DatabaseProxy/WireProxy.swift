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
    /// `onProblem` gets a sentence about a connection that was ended because it could not be followed.
    public static func start(
        replicas: Int, server: ProxiedServer,
        onProblem: @escaping @Sendable (_ replica: Int, String) -> Void
    ) async throws(ProxyError) -> WireProxy {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let shared = ProxyState(server: server, onProblem: onProblem)
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

/// What the connections of one proxy share.
final class ProxyState: Sendable {
    let server: ProxiedServer
    let onProblem: @Sendable (Int, String) -> Void
    let observer = Locked<StatementObserver?>(nil)
    let backends = Locked<[Int32: Int]>([:])

    init(server: ProxiedServer, onProblem: @escaping @Sendable (Int, String) -> Void) {
        self.server = server
        self.onProblem = onProblem
    }
}
