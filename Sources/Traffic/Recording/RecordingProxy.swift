// A listener that passes HTTP requests on to one service, and keeps what was asked and answered.

public import Core
import Glibc
import Histories
import NIOCore
import NIOHTTP1
import NIOPosix

/// Stands between somebody who uses a service and the service.
///
/// Each request is taken whole, sent on over a connection of its own, and its answer is given back whole: what
/// streams without end, and what is no HTTP/1.1, does not pass.
public final class RecordingProxy: Sendable {
    /// Bodies beyond this are refused (413 to the client, 502 for the service).
    static let bodyLimitBytes = 16 << 20

    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let listener: any Channel
    private let archive: Locked<HTTPArchive>

    /// Listens on a loopback port (0: a free one); `tell` hears of each exchange, on the proxy's thread.
    public init(
        port: Int, service: Address, tell: @escaping @Sendable (String) -> Void
    ) throws(TrafficError) {
        let archive = Locked(HTTPArchive(origin: "http://\(service.host):\(service.port)"))
        self.archive = archive
        do {
            listener = try ServerBootstrap(group: group)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                        try channel.pipeline.syncOperations.addHandler(
                            ForwardingHandler(to: service) { exchange in
                                archive.withLock { $0.add(exchange) }
                                tell(
                                    "\(exchange.request.method) \(exchange.request.uri) \(exchange.answer.status.code)"
                                )
                            })
                    }
                }
                .bind(host: "127.0.0.1", port: port).wait()
        } catch {
            try? group.syncShutdownGracefully()
            throw TrafficError(.connection, "port \(port) of 127.0.0.1 cannot be listened on: \(error)")
        }
    }

    public var port: Int { listener.localAddress?.port ?? 0 }

    /// How many exchanges were recorded so far.
    public var count: Int { archive.withLock { $0.count } }

    /// Stops, and gives what was recorded as an HTTP Archive.
    public func stop() -> Value {
        try? group.syncShutdownGracefully()
        return archive.withLock { $0.document }
    }
}

/// A request and the answer to it, both whole.
struct RecordedExchange {
    var request: HTTPRequestHead
    var sent: ByteBuffer
    var answer: HTTPResponseHead
    var received: ByteBuffer
    /// When the request was whole, since 1970, and how long its answer took.
    var unixNanoseconds: Int64
    var tookNanoseconds: Int64
}

/// One connection of somebody who uses the service.
private final class ForwardingHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let service: Address
    private let record: (RecordedExchange) -> Void
    private var request: HTTPRequestHead?
    private var body = ByteBuffer()

    init(to service: Address, record: @escaping (RecordedExchange) -> Void) {
        self.service = service
        self.record = record
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            request = head
            body.clear()
        case .body(var part):
            if body.readableBytes <= RecordingProxy.bodyLimitBytes { body.writeBuffer(&part) }
        case .end:
            guard let request else { return }
            guard body.readableBytes <= RecordingProxy.bodyLimitBytes else {
                return refuse(.payloadTooLarge, "contend records bodies of 16 MiB at most", context)
            }
            forward(request, context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func forward(_ request: HTTPRequestHead, _ context: ChannelHandlerContext) {
        let sent = body
        let began = Self.unixNanoseconds
        let bound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
        AnswerCollector.send(request.passedOn(to: service), sent, to: service, on: context.eventLoop)
            .whenComplete { result in
                let (handler, context) = bound.value
                switch result {
                case .success(let (answer, received)):
                    handler.record(
                        RecordedExchange(
                            request: request, sent: sent, answer: answer, received: received,
                            unixNanoseconds: began, tookNanoseconds: Self.unixNanoseconds - began))
                    handler.write(answer.passedBack(length: received.readableBytes), received, context)
                case .failure(let error):
                    handler.refuse(.badGateway, "the service did not answer: \(error)", context)
                }
            }
    }

    private static var unixNanoseconds: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    private func refuse(
        _ status: HTTPResponseStatus, _ reason: String, _ context: ChannelHandlerContext
    ) {
        let text = ByteBuffer(string: reason + "\n")
        write(
            HTTPResponseHead(
                version: .http1_1, status: status, headers: ["content-length": "\(text.readableBytes)"]),
            text, context)
    }

    private func write(_ head: HTTPResponseHead, _ body: ByteBuffer, _ context: ChannelHandlerContext) {
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if request?.method != .HEAD { context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil) }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        if request?.isKeepAlive == false { context.close(promise: nil) }
    }
}

/// One request to the service over a connection of its own, and its whole answer.
private final class AnswerCollector: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias Answer = (HTTPResponseHead, ByteBuffer)

    private let promise: EventLoopPromise<Answer>
    private var head: HTTPResponseHead?
    private var body = ByteBuffer()

    private init(_ promise: EventLoopPromise<Answer>) { self.promise = promise }

    static func send(
        _ head: HTTPRequestHead, _ body: ByteBuffer, to service: Address, on eventLoop: any EventLoop
    ) -> EventLoopFuture<Answer> {
        let promise = eventLoop.makePromise(of: Answer.self)
        ClientBootstrap(group: eventLoop)
            .connectTimeout(.seconds(10))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    try channel.pipeline.syncOperations.addHandler(AnswerCollector(promise))
                }
            }
            .connect(host: service.host, port: service.port)
            .whenComplete { result in
                switch result {
                case .success(let channel):
                    channel.write(HTTPClientRequestPart.head(head), promise: nil)
                    channel.write(HTTPClientRequestPart.body(.byteBuffer(body)), promise: nil)
                    channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
                case .failure(let error): promise.fail(error)
                }
            }
        return promise.futureResult
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        // What comes before the answer, such as 100.
        case .head(let head) where (100..<200).contains(head.status.code): break
        case .head(let head): self.head = head
        case .body(var part):
            body.writeBuffer(&part)
            if body.readableBytes > RecordingProxy.bodyLimitBytes { context.close(promise: nil) }
        case .end:
            guard let head else { return }
            promise.succeed((head, body))
            context.close(promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) { promise.fail(ChannelError.eof) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        promise.fail(error)
        context.close(promise: nil)
    }
}

extension HTTPRequestHead {
    /// To the service itself, whose answer is to be readable and to end with the connection.
    fileprivate func passedOn(to service: Address) -> HTTPRequestHead {
        var head = self
        for name in ["connection", "keep-alive", "te", "upgrade", "expect", "accept-encoding"] {
            head.headers.remove(name: name)
        }
        head.headers.replaceOrAdd(name: "host", value: "\(service.host):\(service.port)")
        head.headers.add(name: "connection", value: "close")
        return head
    }
}

extension HTTPResponseHead {
    fileprivate func passedBack(length: Int) -> HTTPResponseHead {
        var head = self
        for name in ["connection", "keep-alive", "transfer-encoding"] { head.headers.remove(name: name) }
        let hasLength = head.headers.contains(name: "content-length")
        let isWithoutBody = [204, 304].contains(status.code)
        if !hasLength, !isWithoutBody { head.headers.add(name: "content-length", value: "\(length)") }
        head.version = .http1_1
        return head
    }
}
