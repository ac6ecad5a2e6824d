// One connection: TCP, and TLS where it is asked for.

public import NIOCore
import NIOPosix
import NIOTLS

public enum Connector {
    /// A channel on which bytes can be sent: TLS, if any, has been agreed on.
    ///
    /// - Parameters:
    ///   - socket: The address's host and port, if they are known already.
    ///   - limit: The longest that TCP, and then TLS, may take.
    ///   - initialize: Adds the handlers of what is spoken over the connection.
    public static func open(
        _ address: Address, at socket: SocketAddress? = nil, on eventLoop: any EventLoop,
        within limit: TimeAmount, initialize: @escaping @Sendable (any Channel) throws -> Void
    ) -> EventLoopFuture<any Channel> {
        let bootstrap = ClientBootstrap(group: eventLoop)
            .connectTimeout(limit)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let security = address.security {
                        try channel.pipeline.syncOperations.addHandlers([
                            security.handler(for: address), HandshakeWaiter(on: channel.eventLoop),
                        ])
                    }
                    try initialize(channel)
                }
            }
        let opened =
            socket.map { bootstrap.connect(to: $0) }
            ?? bootstrap.connect(host: address.host, port: address.port)
        return address.security == nil
            ? opened : opened.flatMap { agreed(on: $0, to: address, within: limit) }
    }

    private static func agreed(
        on channel: any Channel, to address: Address, within limit: TimeAmount
    ) -> EventLoopFuture<any Channel> {
        let promise: EventLoopPromise<Void>
        do {
            promise = try channel.pipeline.syncOperations.handler(type: HandshakeWaiter.self).promise
        } catch {
            return channel.eventLoop.makeFailedFuture(ChannelError.eof)
        }
        let timeout = channel.eventLoop.scheduleTask(in: limit) {
            promise.fail(
                TransportError(
                    .silent, "\(address.host):\(address.port) did not answer the TLS handshake in time"))
        }
        return promise.futureResult.always { _ in timeout.cancel() }
            .map { channel }
            .flatMapErrorThrowing { error in
                channel.close(promise: nil)
                throw error
            }
    }
}

/// Waits until TLS has been agreed on.
private final class HandshakeWaiter: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    let promise: EventLoopPromise<Void>

    init(on eventLoop: any EventLoop) { promise = eventLoop.makePromise() }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent { promise.succeed() }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        promise.fail(error)
        context.fireErrorCaught(error)
    }

    /// The end of a channel removes its handlers; a promise that is kept stays so.
    func handlerRemoved(context: ChannelHandlerContext) { promise.fail(ChannelError.eof) }
}
