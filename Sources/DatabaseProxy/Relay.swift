// What a proxy has on its thread: the listening sockets, the connections, and who decides about them.

import Core
import Glibc
import Histories

/// Accepts connections, and keeps them while they live.
final class Relay {
    let sockets: WatchedSockets
    let shared: ProxyState
    private let addresses: [SocketAddress]
    private var listeners: [Listener] = []
    private var lastNumber = -1
    /// Clients that wait for the server, by number.
    private var connecting: [Int: (client: CInt, connector: ServerConnector)] = [:]
    /// By number.
    private(set) var connections: [Int: ProxiedConnection] = [:]
    var control: StatementControl? {
        didSet { for connection in connections.values { connection.hold(control?.replicas ?? []) } }
    }

    init(_ sockets: WatchedSockets, _ shared: ProxyState, _ addresses: [SocketAddress]) {
        self.sockets = sockets
        self.shared = shared
        self.addresses = addresses
    }

    /// Accepts what comes on a listening socket.
    func listen(_ descriptor: CInt, forReplica replica: Int) {
        let listener = Listener(descriptor) { [unowned self] in accept($0, ofReplica: replica) }
        listener.watch(in: sockets)
        listeners.append(listener)
    }

    /// Connects to the server, then lets the replica speak; a replica whose server cannot be reached is hung
    /// up on.
    private func accept(_ client: CInt, ofReplica replica: Int) {
        lastNumber += 1
        let number = lastNumber
        let connector = ServerConnector(addresses, sockets) { [unowned self] server in
            connecting[number] = nil
            guard let server else {
                close(client)
                return
            }
            let connection = ProxiedConnection(
                RelaySocket(client, sockets), RelaySocket(server, sockets), replica: replica,
                number: number, relay: self)
            connections[number] = connection
            connection.begin()
        }
        connecting[number] = (client, connector)
        connector.connect()
    }

    /// Of a connection that is over.
    func forget(_ number: Int) {
        connections[number] = nil
        // What could not be accepted for want of descriptors can be now.
        for listener in listeners { listener.watch(in: sockets) }
    }

    func stop() {
        for listener in listeners { listener.close(in: sockets) }
        listeners = []
        for (client, connector) in connecting.values {
            connector.cancel()
            close(client)
        }
        connecting = [:]
        for connection in connections.values {
            connection.end()
            connection.close()
        }
    }

    /// The port of one replica.
    private final class Listener: SocketOwner {
        private let descriptor: CInt
        private let accept: (CInt) -> Void
        private var sockets: WatchedSockets?
        private var token: WatchedSockets.Token?

        init(_ descriptor: CInt, accept: @escaping (CInt) -> Void) {
            self.descriptor = descriptor
            self.accept = accept
        }

        func watch(in sockets: WatchedSockets) {
            guard token == nil else { return }
            self.sockets = sockets
            token = sockets.watch(descriptor, for: .reading, self)
        }

        func isReady(_: SocketEvents) {
            while let client = Sockets.accept(descriptor) { accept(client) }
            // It would be told again and again of a connection for which there is no descriptor.
            if errno == EMFILE || errno == ENFILE, let sockets { forget(in: sockets) }
        }

        private func forget(in sockets: WatchedSockets) {
            if let token { sockets.forget(token, descriptor) }
            token = nil
        }

        func close(in sockets: WatchedSockets) {
            forget(in: sockets)
            Glibc.close(descriptor)
        }
    }
}
