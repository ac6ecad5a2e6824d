// One HTTP/1.1 request over a connection of its own.

public import NIOCore
public import NIOHTTP1
import NIOPosix

public enum SingleRequest {
    public typealias Answer = (head: HTTPResponseHead, body: ByteBuffer)

    /// The whole answer, whose body has at most so many bytes.
    ///
    /// The head is sent as it is; its connection closes after the answer.
    public static func send(
        _ head: HTTPRequestHead, _ body: ByteBuffer, to address: Address, bodyLimitBytes: Int,
        on eventLoop: any EventLoop
    ) -> EventLoopFuture<Answer> {
        let promise = eventLoop.makePromise(of: Answer.self)
        Connector.open(address, on: eventLoop, within: .seconds(10)) { _ in }.whenComplete { result in
            do {
                let channel = try result.get()
                channel.closeFuture.whenComplete { _ in promise.fail(ChannelError.eof) }
                try channel.pipeline.syncOperations.addHTTPClientHandlers()
                try channel.pipeline.syncOperations.addHandler(AnswerCollector(promise, bodyLimitBytes))
                channel.write(HTTPClientRequestPart.head(head), promise: nil)
                channel.write(HTTPClientRequestPart.body(.byteBuffer(body)), promise: nil)
                channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
            } catch {
                promise.fail(error)
            }
        }
        return promise.futureResult.flatMapErrorThrowing { throw TransportError.of($0, address) }
    }

    /// The status that a request without a body is answered with; `nil` where no request is to be sent and
    /// the server accepts connections.
    ///
    /// The connection and the answer may take so many milliseconds each.
    public static func status(
        of request: (method: String, target: String)?, at address: Address, withinMilliseconds limit: Int64
    ) async throws(TransportError) -> Int? {
        let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
        let promise = eventLoop.makePromise(of: Int?.self)
        let limit = TimeAmount.milliseconds(limit)
        Connector.open(address, on: eventLoop, within: limit) { channel in
            guard request != nil else { return }
            try channel.pipeline.syncOperations.addHandler(StatusReader(promise))
        }
        .whenComplete { result in
            switch result {
            case .success(let channel): ask(request, of: address, over: channel, promise, within: limit)
            case .failure(let error): promise.fail(error)
            }
        }
        do { return try await promise.futureResult.get() } catch { throw TransportError.of(error, address) }
    }

    private static func ask(
        _ request: (method: String, target: String)?, of address: Address, over channel: any Channel,
        _ promise: EventLoopPromise<Int?>, within limit: TimeAmount
    ) {
        guard let request else {
            promise.succeed(nil)
            channel.close(promise: nil)
            return
        }
        let silence = TransportError(.silent, "no HTTP answer to \(request.target)")
        let timeout = channel.eventLoop.scheduleTask(in: limit) { promise.fail(silence) }
        promise.futureResult.whenComplete { _ in
            timeout.cancel()
            channel.close(promise: nil)
        }
        let text =
            "\(request.method) \(request.target) HTTP/1.1\r\nHost: \(address.authority)\r\nAccept: */*\r\n"
            + "Connection: close\r\n\r\n"
        channel.writeAndFlush(ByteBuffer(string: text), promise: nil)
        channel.closeFuture.whenComplete { _ in promise.fail(silence) }
    }
}

/// Waits for the whole answer.
private final class AnswerCollector: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart

    private let promise: EventLoopPromise<SingleRequest.Answer>
    private let bodyLimitBytes: Int
    private var head: HTTPResponseHead?
    private var body = ByteBuffer()

    init(_ promise: EventLoopPromise<SingleRequest.Answer>, _ bodyLimitBytes: Int) {
        self.promise = promise
        self.bodyLimitBytes = bodyLimitBytes
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        // What comes before the answer, such as 100.
        case .head(let head) where (100..<200).contains(head.status.code): break
        case .head(let head): self.head = head
        case .body(var part):
            body.writeBuffer(&part)
            if body.readableBytes > bodyLimitBytes { context.close(promise: nil) }
        case .end:
            guard let head else { return }
            promise.succeed((head, body))
            context.close(promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        promise.fail(error)
        context.close(promise: nil)
    }
}

/// Waits for the first line of the answer; what follows may be nothing that a parser takes.
private final class StatusReader: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private static let lineLimitBytes = 4_096

    private let promise: EventLoopPromise<Int?>
    private var received = ByteBuffer()

    init(_ promise: EventLoopPromise<Int?>) { self.promise = promise }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var part = unwrapInboundIn(data)
        received.writeBuffer(&part)
        let bytes = received.readableBytesView
        guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")) else {
            if bytes.count > Self.lineLimitBytes { context.close(promise: nil) }
            return
        }
        let line = String(decoding: bytes[..<end].prefix { $0 != UInt8(ascii: "\r") }, as: UTF8.self)
        let words = line.split(separator: " ")
        guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]) else {
            return context.close(promise: nil)
        }
        promise.succeed(status)
    }

    /// A server may refuse TLS after we have agreed to it, as for want of our certificate.
    ///
    /// All else that breaks the connection is no answer.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if TransportSecurity.error(error, of: "") != nil { promise.fail(error) }
        context.close(promise: nil)
    }
}
