// A listener that passes HTTP requests on to one service, and keeps what was asked and answered.

public import Core
import Glibc
import Histories
import NIOCore
import NIOHTTP1
import NIOPosix
public import Transport

/// Stands between somebody who uses a service and the service.
///
/// Each request is taken whole, sent on over a connection of its own, and its answer is given back whole:
/// what streams without end, and what is no HTTP/1.1, does not pass.
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
        let archive = Locked(HTTPArchive(origin: service.origin))
        self.archive = archive
        do {
            listener = try ServerBootstrap(group: group)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                // Who has said all may still listen.
                .childChannelOption(.allowRemoteHalfClosure, value: true)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                        try channel.pipeline.syncOperations.addHandler(
                            ForwardingHandler(to: service, tell: tell) { exchange in
                                archive.withLock { $0.add(exchange) }
                            })
                    }
                }
                .bind(host: "127.0.0.1", port: port).wait()
        } catch {
            try? group.syncShutdownGracefully()
            throw TrafficError(
                .connection,
                "port \(port) of 127.0.0.1 cannot be listened on: "
                    + ((error as? IOError).map { systemMessage($0.errnoCode) } ?? "\(error)"))
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
    private let tell: (String) -> Void
    private let record: (RecordedExchange) -> Void
    private var request: HTTPRequestHead?
    private var body = ByteBuffer()
    /// Requests that wait for their answer.
    private var open = 0
    private var hasEnded = false

    init(
        to service: Address, tell: @escaping (String) -> Void, record: @escaping (RecordedExchange) -> Void
    ) {
        self.service = service
        self.tell = tell
        self.record = record
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            request = head
            body.clear()
            if head.headers.first(name: "expect")?.lowercased() == "100-continue" {
                context.writeAndFlush(
                    wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .continue))),
                    promise: nil)
            }
        case .body(var part):
            if body.readableBytes <= RecordingProxy.bodyLimitBytes { body.writeBuffer(&part) }
        case .end:
            guard let request else { return }
            open += 1
            guard body.readableBytes <= RecordingProxy.bodyLimitBytes else {
                return refuse(request, .payloadTooLarge, "contend records bodies of 16 MiB at most", context)
            }
            forward(request, context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed? = event as? ChannelEvent {
            hasEnded = true
            if open == 0 { context.close(promise: nil) }
        }
        context.fireUserInboundEventTriggered(event)
    }

    private func forward(_ request: HTTPRequestHead, _ context: ChannelHandlerContext) {
        let sent = body
        let began = Self.unixNanoseconds
        let bound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
        SingleRequest.send(
            request.passedOn(to: service), sent, to: service, bodyLimitBytes: RecordingProxy.bodyLimitBytes,
            on: context.eventLoop
        )
        .whenComplete { result in
            let (handler, context) = bound.value
            switch result {
            case .success(let (answer, received)):
                handler.tell("\(request.method) \(request.uri) \(answer.status.code)")
                handler.record(
                    RecordedExchange(
                        request: request, sent: sent, answer: answer, received: received,
                        unixNanoseconds: began, tookNanoseconds: Self.unixNanoseconds - began))
                handler.write(
                    answer.passedBack(length: received.readableBytes, from: handler.service), received,
                    to: request, context)
            case .failure(let error):
                handler.tell("\(request.method) \(request.uri) was not answered: \(error)")
                handler.refuse(
                    request, .badGateway, "the service did not answer: \(error)",
                    context)
            }
        }
    }

    private static var unixNanoseconds: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    private func refuse(
        _ request: HTTPRequestHead, _ status: HTTPResponseStatus, _ reason: String,
        _ context: ChannelHandlerContext
    ) {
        let text = ByteBuffer(string: reason + "\n")
        write(
            HTTPResponseHead(
                version: .http1_1, status: status, headers: ["content-length": "\(text.readableBytes)"]),
            text, to: request, context)
    }

    private func write(
        _ head: HTTPResponseHead, _ body: ByteBuffer, to request: HTTPRequestHead,
        _ context: ChannelHandlerContext
    ) {
        open -= 1
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if request.method != .HEAD { context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil) }
        // The end of one answer lets the next request in, so all is decided before.
        let isLast = !request.isKeepAlive || (hasEnded && open == 0)
        let written = context.eventLoop.makePromise(of: Void.self)
        if isLast {
            let channel = context.channel
            written.futureResult.whenComplete { _ in channel.close(promise: nil) }
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: written)
    }
}

extension HTTPRequestHead {
    /// To the service itself, whose answer is to be readable and to end with the connection.
    fileprivate func passedOn(to service: Address) -> HTTPRequestHead {
        var head = self
        for name in ["connection", "keep-alive", "te", "upgrade", "expect", "accept-encoding"] {
            head.headers.remove(name: name)
        }
        head.headers.replaceOrAdd(name: "host", value: service.authority)
        head.headers.add(name: "connection", value: "close")
        return head
    }
}

extension HTTPResponseHead {
    /// A redirection to the service stays with the listener.
    fileprivate func passedBack(length: Int, from service: Address) -> HTTPResponseHead {
        var head = self
        for name in ["connection", "keep-alive", "transfer-encoding"] { head.headers.remove(name: name) }
        if let location = head.headers.first(name: "location"), location.hasPrefix(service.origin + "/") {
            head.headers.replaceOrAdd(
                name: "location", value: String(location.dropFirst(service.origin.count)))
        }
        let hasLength = head.headers.contains(name: "content-length")
        let isWithoutBody = [204, 304].contains(status.code)
        if !hasLength, !isWithoutBody { head.headers.add(name: "content-length", value: "\(length)") }
        head.version = .http1_1
        return head
    }
}
