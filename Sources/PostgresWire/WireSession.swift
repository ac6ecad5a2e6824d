// One connection between a client and the server, with a proxy between them that lets everything pass.

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

    public init() {}

    /// Bytes of the client, which came in this order.
    public mutating func sent(_ bytes: ByteBuffer) -> Reaction {
        var reaction = Reaction()
        do throws(WireError) {
            if phase == .starting {
                client.feed(bytes)
                try start(&reaction)
            } else {
                reaction.toServer = [bytes]
                if phase == .open { client.feed(bytes) }
            }
            guard phase == .open else { return reaction }
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
        var reaction = Reaction(toClient: [bytes])
        guard phase == .open else { return reaction }
        server.feed(bytes)
        do throws(WireError) {
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
            }
            reaction.toServer.append(frame.bytes)
        }
        // What came behind it in the same bytes.
        if phase != .starting, client.unread.readableBytes > 0 { reaction.toServer.append(client.unread) }
    }
}
