// One connection between a client and the server, with a proxy between them that lets everything pass, or
// holds statements back.

public import NIOCore

/// A connection that is watched: bytes in, bytes and events out.
///
/// `starting` can become `open` (a start-up message was passed on) or `cancelling` (the connection asks to
/// cancel another one's statement, and ends). It opens nothing and reads no clock.
public struct WireSession: Sendable {
    /// What is to be written, and what was learned.
    public struct Reaction: Sendable, Hashable {
        public var toServer: [ByteBuffer] = []
        public var toClient: [ByteBuffer] = []
        public var events: [WireEvent] = []
        /// What waits for `release` from now on.
        public var held: HeldStatement?
        /// Why the session cannot go on: nothing more is written, and both connections end.
        public var problem: WireError?
    }

    private enum Phase: Hashable { case starting, open, cancelling }

    private static let cancelCode: UInt32 = 80_877_102
    private static let encryptionCodes: Set<UInt32> = [80_877_103, 80_877_104]
    /// The first byte of a TLS handshake, which some clients send without asking.
    private static let handshake: UInt8 = 0x16

    private var phase = Phase.starting
    private var client = FrameReader()
    private var server = FrameReader()
    private var conversation = Conversation()
    /// Between the conversation, which the client has, and the server.
    private var gate: StatementGate?

    /// A session that `isControlled` sends statements one at a time, and can hold them.
    public init(isControlled: Bool = false) { gate = isControlled ? StatementGate() : nil }

    /// Bytes of the client, which came in this order.
    public mutating func sent(_ bytes: ByteBuffer) -> Reaction {
        var reaction = Reaction()
        do throws(WireError) {
            if phase == .starting {
                client.feed(bytes)
                try start(&reaction)
            } else {
                if phase == .open { client.feed(bytes) }
                if phase != .open || gate == nil { reaction.toServer = [bytes] }
            }
            guard phase == .open else { return reaction }
            guard gate == nil else {
                try sendThroughGate(&reaction)
                return reaction
            }
            while let frame = try client.next(skipping: FrontendMessage.skipsContent) {
                if let event = try conversation.sent(try FrontendMessage(frame)) {
                    reaction.events.append(event)
                }
            }
        } catch {
            reaction.problem = error
        }
        return reaction
    }

    /// Bytes of the server, which came in this order.
    public mutating func received(_ bytes: ByteBuffer) -> Reaction {
        var reaction = Reaction()
        if phase != .open || gate == nil { reaction.toClient = [bytes] }
        guard phase == .open else { return reaction }
        server.feed(bytes)
        do throws(WireError) {
            guard gate == nil else {
                try receiveThroughGate(&reaction)
                return reaction
            }
            while let frame = try server.next(skipping: BackendMessage.skipsContent) {
                reaction.events += try conversation.received(try BackendMessage(frame))
            }
        } catch {
            reaction.problem = error
        }
        return reaction
    }

    /// One of the two connections has ended.
    public mutating func ended() -> [WireEvent] { conversation.ended() }

    // MARK: Control

    /// From now on statements that are worth a decision wait for `release`, or wait no more.
    public mutating func hold(_ holds: Bool) -> Reaction { react(to: gate?.hold(holds)) }

    /// What is held goes on to the server.
    public mutating func release() -> Reaction { react(to: gate?.release()) }

    private mutating func react(to output: StatementGate.Output?) -> Reaction {
        var reaction = Reaction()
        do throws(WireError) {
            if let output { try take(output, &reaction) }
        } catch {
            reaction.problem = error
        }
        return reaction
    }

    private mutating func sendThroughGate(_ reaction: inout Reaction) throws(WireError) {
        while let frame = try client.next() {
            let message = try FrontendMessage(frame)
            var began: Statement?
            if let event = try conversation.sent(message) {
                reaction.events.append(event)
                if case .began(let statement) = event { began = statement }
            }
            if case .bind(let portal, _, _) = message { began = conversation.statement(of: portal) }
            if let output = gate?.sent(frame, message, began: began) { try take(output, &reaction) }
        }
    }

    private mutating func receiveThroughGate(_ reaction: inout Reaction) throws(WireError) {
        while let frame = try server.next() {
            if let output = gate?.received(frame, try BackendMessage(frame)) { try take(output, &reaction) }
        }
    }

    /// What the gate lets through to the client is what the conversation hears of the server.
    private mutating func take(
        _ output: StatementGate.Output, _ reaction: inout Reaction
    ) throws(WireError) {
        reaction.toServer += output.toServer
        for frame in output.toClient {
            reaction.toClient.append(frame.bytes)
            reaction.events += try conversation.received(try BackendMessage(frame))
        }
        if let held = output.held { reaction.held = held }
    }

    /// Up to the start-up message: encryption is refused, which clients understand and go on without it.
    private mutating func start(_ reaction: inout Reaction) throws(WireError) {
        if client.unread.readableBytesView.first == Self.handshake {
            throw WireError(
                .startup,
                "a client began with TLS, which contend's proxy does not speak: set sslmode=disable in the "
                    + "service's database URL")
        }
        while phase == .starting, let frame = try client.nextUntyped() {
            let code = frame.content.getInteger(at: frame.content.readerIndex, as: UInt32.self) ?? 0
            if Self.encryptionCodes.contains(code) {
                reaction.toClient.append(ByteBuffer(integer: UInt8(ascii: "N")))
                continue
            }
            if code == Self.cancelCode {
                phase = .cancelling
                reaction.events.append(.cancel)
            } else {
                guard code >> 16 == 3 else {
                    throw WireError(
                        .startup,
                        "a client asked for version \(code >> 16) of PostgreSQL's protocol; 3 is spoken")
                }
                phase = .open
                // A level that the driver sets for all of the session's transactions.
                let option = Array("transaction_isolation".utf8)
                if frame.bytes.readableBytesView.firstRange(of: option) != nil { gate?.assumeSingleView() }
            }
            reaction.toServer.append(frame.bytes)
        }
        // What came behind it in the same bytes.
        if phase == .cancelling || phase == .open && gate == nil, client.unread.readableBytes > 0 {
            reaction.toServer.append(client.unread)
        }
    }
}
