// Cuts a stream of bytes into the messages of PostgreSQL's protocol, version 3.

public import NIOCore

/// One message as it was sent: its type byte (none before a session has begun), its length, its content.
public struct Frame: Sendable, Hashable {
    /// The type byte; `nil` for the untyped messages with which a session begins.
    public var kind: UInt8?
    /// All of it, as sent.
    public var bytes: ByteBuffer
    /// What follows the length; empty if the reader was told to skip the content of this kind.
    public var content: ByteBuffer

    init(kind: UInt8?, bytes: ByteBuffer, content: ByteBuffer) {
        self.kind = kind
        self.bytes = bytes
        self.content = content
    }
}

/// One direction of one connection.
///
/// A length is checked before its content is waited for, with the limits of the server itself (`pqcomm.c`,
/// `postmaster.c`), so that a foreign client cannot make the proxy wait for, or hold, what no server would
/// take.
public struct FrameReader: Sendable {
    /// The largest message, bytes; the server's `PQ_LARGE_MESSAGE_LIMIT`.
    static let contentLimitBytes = 0x3fff_ffff
    /// The largest untyped message, bytes; the server's `MAX_STARTUP_PACKET_LENGTH`.
    static let startupLimitBytes = 10_000

    private var buffer = ByteBuffer()
    /// Bytes of a skipped content that are still to come.
    private var toSkip = 0

    public init() {}

    /// What has not been read as a message.
    public var unread: ByteBuffer { buffer }

    public mutating func feed(_ bytes: ByteBuffer) {
        if buffer.readableBytes == 0 {
            buffer = bytes
        } else {
            var bytes = bytes
            buffer.discardReadBytes()
            buffer.writeBuffer(&bytes)
        }
        dropSkipped()
    }

    /// The next untyped message, once all of it is there.
    public mutating func nextUntyped() throws(WireError) -> Frame? {
        guard let length = buffer.getInteger(at: buffer.readerIndex, as: UInt32.self) else { return nil }
        guard (8...UInt32(Self.startupLimitBytes)).contains(length) else {
            throw WireError(
                .length,
                "a connection began with a message of \(length) bytes, which PostgreSQL does not have")
        }
        guard let bytes = buffer.readSlice(length: Int(length)) else { return nil }
        return Frame(kind: nil, bytes: bytes, content: Self.tail(of: bytes, after: 4))
    }

    /// The next message, once all of it is there; of a kind whose content is skipped, once it has begun.
    public mutating func next(skipping isSkipped: (UInt8) -> Bool = { _ in false }) throws(WireError)
        -> Frame?
    {
        guard toSkip == 0, let kind = buffer.getInteger(at: buffer.readerIndex, as: UInt8.self),
            let length = buffer.getInteger(at: buffer.readerIndex + 1, as: UInt32.self)
        else { return nil }
        guard (4...UInt32(Self.contentLimitBytes)).contains(length) else {
            throw WireError(
                .length,
                "a message of type \(Self.name(of: kind)) claims \(length) bytes, which none can have"
            )
        }
        if isSkipped(kind) {
            let header = buffer.readSlice(length: 5) ?? ByteBuffer()
            toSkip = Int(length) - 4
            dropSkipped()
            return Frame(kind: kind, bytes: header, content: ByteBuffer())
        }
        guard let bytes = buffer.readSlice(length: Int(length) + 1) else { return nil }
        return Frame(kind: kind, bytes: bytes, content: Self.tail(of: bytes, after: 5))
    }

    private mutating func dropSkipped() {
        let count = min(toSkip, buffer.readableBytes)
        buffer.moveReaderIndex(forwardBy: count)
        toSkip -= count
    }

    private static func tail(of bytes: ByteBuffer, after count: Int) -> ByteBuffer {
        var tail = bytes
        tail.moveReaderIndex(forwardBy: count)
        return tail
    }

    private static func name(of kind: UInt8) -> String {
        (0x21...0x7e).contains(kind) ? "'\(Character(UnicodeScalar(kind)))'" : "\(kind)"
    }
}
