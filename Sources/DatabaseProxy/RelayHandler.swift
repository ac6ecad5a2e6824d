// The channel handler of either side of a proxied connection.

import NIOCore

/// Hands on what comes, and reads no more than the other side takes.
final class RelayHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    enum Side: Hashable { case client, server }

    private let connection: ProxiedConnection
    private let side: Side

    init(_ connection: ProxiedConnection, _ side: Side) {
        self.connection = connection
        self.side = side
    }

    func channelActive(context: ChannelHandlerContext) { context.read() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        connection.read(unwrapInboundIn(data), from: side)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if connection.mayRead(side) { context.read() }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { connection.becameWritable(side) }
    }

    func channelInactive(context: ChannelHandlerContext) { connection.end() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { connection.end() }
}
