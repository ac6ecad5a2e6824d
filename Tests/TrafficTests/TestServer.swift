// An HTTP server whose every answer a test decides, down to the bytes and the reset.

import Glibc
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import NIOPosix
import Traffic
import Transport

/// One request as it came in.
struct SeenRequest: Sendable {
    var method: String
    var target: String
    var headers: HTTPHeaders
    var body: String
    /// Which connection of the server it came on, from 0.
    var connection: Int
    /// How many requests came before it on any connection.
    var number: Int

    var path: String { String(target.prefix { $0 != "?" }) }
}

enum Reply: Sendable {
    /// Exactly these bytes.
    case raw(String)
    /// Exactly these bytes, then the connection is closed.
    case rawThenClose(String)
    /// The connection is closed without a byte.
    case reset
    /// Nothing, for ever.
    case silence
    /// Decided later, by whoever holds the promise.
    case later(EventLoopFuture<Reply>)

    static func status(_ status: Int, _ body: String = "", headers: [String] = []) -> Reply {
        let lines = ["HTTP/1.1 \(status) x", "content-length: \(body.utf8.count)"] + headers
        return .raw(lines.joined(separator: "\r\n") + "\r\n\r\n" + body)
    }

    static func json(_ body: String, status: Int = 200) -> Reply {
        .status(status, body, headers: ["content-type: application/json"])
    }
}

/// A server on a free loopback port that answers as `respond` says.
final class TestServer: Sendable {
    static let group = MultiThreadedEventLoopGroup.singleton

    let channel: any Channel
    let address: Address
    private let seen = NIOLockedValueBox<[SeenRequest]>([])
    private let connections = NIOLockedValueBox(0)
    private let open = NIOLockedValueBox<[any Channel]>([])

    private init(_ make: (TestServer.Wiring) async throws -> any Channel) async throws {
        channel = try await make(Wiring(seen: seen, connections: connections, open: open))
        address = Address(host: "127.0.0.1", port: channel.localAddress?.port ?? 0)
    }

    struct Wiring: Sendable {
        let seen: NIOLockedValueBox<[SeenRequest]>
        let connections: NIOLockedValueBox<Int>
        let open: NIOLockedValueBox<[any Channel]>
    }

    /// - Parameter secure: Adds what encrypts a connection.
    static func start(
        secure: (@Sendable (any Channel) throws -> Void)? = nil,
        _ respond: @escaping @Sendable (SeenRequest) -> Reply
    ) async throws -> TestServer {
        try await TestServer { wiring in
            try await ServerBootstrap(group: group)
                .serverChannelOption(.backlog, value: 1024)
                .childChannelInitializer { channel in
                    wiring.open.withLockedValue { $0.append(channel) }
                    let connection = wiring.connections.withLockedValue { count in
                        count += 1
                        return count - 1
                    }
                    return channel.eventLoop.makeCompletedFuture {
                        try secure?(channel)
                        try channel.pipeline.syncOperations.addHandlers([
                            ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes)),
                            Responder(connection: connection, seen: wiring.seen, respond: respond),
                        ])
                    }
                }
                .bind(host: "127.0.0.1", port: 0).get()
        }
    }

    /// Copied under the lock: when shared storage is given back, the thread sanitizer does not see it.
    var requests: [SeenRequest] { seen.withLockedValue { $0.map(\.self) } }

    var connectionCount: Int { connections.withLockedValue { $0 } }

    func stop() async {
        try? await channel.close()
        for channel in open.withLockedValue({ $0 }) { try? await channel.close() }
    }
}

private final class Responder: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = ByteBuffer

    private let connection: Int
    private let seen: NIOLockedValueBox<[SeenRequest]>
    private let respond: @Sendable (SeenRequest) -> Reply
    private var head: HTTPRequestHead?
    private var body = ""

    init(
        connection: Int, seen: NIOLockedValueBox<[SeenRequest]>,
        respond: @escaping @Sendable (SeenRequest) -> Reply
    ) {
        self.connection = connection
        self.seen = seen
        self.respond = respond
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body = ""
        case .body(let part): body += String(buffer: part)
        case .end:
            guard let head else { return }
            let request = seen.withLockedValue { seen in
                let request = SeenRequest(
                    method: head.method.rawValue, target: head.uri, headers: head.headers, body: body,
                    connection: connection, number: seen.count)
                seen.append(request)
                return request
            }
            perform(respond(request), context: context)
        }
    }

    private func perform(_ reply: Reply, context: ChannelHandlerContext) {
        switch reply {
        case .raw(let text): context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
        case .rawThenClose(let text):
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
            context.close(promise: nil)
        case .reset: context.close(promise: nil)
        case .silence: break
        case .later(let future):
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            future.hop(to: context.eventLoop).whenSuccess { reply in
                let (responder, context) = bound.value
                responder.perform(reply, context: context)
            }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

/// A port that is taken but on which nobody listens: it refuses connections, and nobody else can get it.
final class DeafPort {
    let address: Address
    private let descriptor: Int32

    init() throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size) == 0 ? getsockname(descriptor, $0, &size) : -1
            }
        }
        guard status == 0 else { throw IOError(errnoCode: errno, reason: "no free port") }
        self.descriptor = descriptor
        address = Address(host: "127.0.0.1", port: Int(in_port_t(bigEndian: name.sin_port)))
    }

    deinit { close(descriptor) }
}
