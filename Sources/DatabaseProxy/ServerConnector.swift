// The way from a replica's connection to the server.

import Glibc

/// Connects to the server for one connection of a replica, at one address after the other.
final class ServerConnector: SocketOwner {
    private let sockets: WatchedSockets
    private var addresses: ArraySlice<SocketAddress>
    private let done: (CInt?) -> Void
    private var open: (descriptor: CInt, token: WatchedSockets.Token)?

    /// `done` gets the connected socket, or `nil` where no address has a server; on this thread.
    init(
        _ addresses: [SocketAddress], _ sockets: WatchedSockets, done: @escaping (CInt?) -> Void
    ) {
        self.addresses = addresses[...]
        self.sockets = sockets
        self.done = done
    }

    func connect() {
        while let address = addresses.popFirst() {
            guard let descriptor = Sockets.connect(to: address) else { continue }
            open = (descriptor, sockets.watch(descriptor, for: .writing, self))
            return
        }
        done(nil)
    }

    /// Ends without a word.
    func cancel() {
        if let descriptor = takeOpen() { close(descriptor) }
    }

    private func takeOpen() -> CInt? {
        guard let (descriptor, token) = open else { return nil }
        open = nil
        sockets.forget(token, descriptor)
        return descriptor
    }

    func isReady(_: SocketEvents) {
        guard let descriptor = takeOpen() else { return }
        if Sockets.isConnected(descriptor) {
            done(descriptor)
        } else {
            close(descriptor)
            connect()
        }
    }
}
