// A value that was bound to a statement.

public import NIOCore

/// A parameter as the client sent it.
public enum WireParameter: Sendable, Hashable {
    case null
    case text(String)
    case binary(ByteBuffer)

    /// A length of four bytes, -1 for null, and as many bytes; `nil` if they are not there.
    init?(_ content: inout ByteBuffer, isBinary: Bool) {
        guard let length = content.readInteger(as: Int32.self) else { return nil }
        guard length >= 0 else {
            self = .null
            return
        }
        guard let bytes = content.readSlice(length: Int(length)) else { return nil }
        self = isBinary ? .binary(bytes) : .text(String(buffer: bytes))
    }

    /// As PostgreSQL would write it as text; `nil` for null.
    ///
    /// `type` is the type's number in `pg_type`, 0 if nobody said it. Binary values of types that are not
    /// known here are written as `bytea` is: `\x` and hexadecimal digits.
    public func text(type: UInt32) -> String? {
        switch self {
        case .null: nil
        case .text(let text): text
        case .binary(let bytes): Self.text(of: bytes, type: type)
        }
    }

    private static func text(of bytes: ByteBuffer, type: UInt32) -> String {
        var rest = bytes
        let count = bytes.readableBytes
        switch (type, count) {
        case (16, 1): return rest.readInteger(as: UInt8.self) == 0 ? "false" : "true"
        case (21, 2): if let number = rest.readInteger(as: Int16.self) { return "\(number)" }
        case (23, 4): if let number = rest.readInteger(as: Int32.self) { return "\(number)" }
        case (26, 4): if let number = rest.readInteger(as: UInt32.self) { return "\(number)" }
        case (20, 8): if let number = rest.readInteger(as: Int64.self) { return "\(number)" }
        case (700, 4):
            if let bits = rest.readInteger(as: UInt32.self) { return "\(Float(bitPattern: bits))" }
        case (701, 8):
            if let bits = rest.readInteger(as: UInt64.self) { return "\(Double(bitPattern: bits))" }
        case (19, _), (25, _), (114, _), (1042, _), (1043, _): return String(buffer: bytes)
        // jsonb is text behind one byte that says its version.
        case (3802, 1...):
            return String(buffer: bytes.getSlice(at: bytes.readerIndex + 1, length: count - 1) ?? bytes)
        case (2950, 16):
            let digits = hexadecimal(bytes)
            let cuts = [0, 8, 12, 16, 20, 32]
            return zip(cuts, cuts.dropFirst()).map { start, end in
                String(digits.dropFirst(start).prefix(end - start))
            }.joined(separator: "-")
        default: break
        }
        return "\\x" + hexadecimal(bytes)
    }

    private static func hexadecimal(_ bytes: ByteBuffer) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: bytes.readableBytesView.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] },
            as: UTF8.self)
    }
}
