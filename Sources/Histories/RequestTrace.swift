// Which request of which operation, as the `traceparent` header says it: services and their SQL comments hand
// it on, so that what a database logs can be told from what others did.

/// The identifiers of one request in the form of W3C Trace Context, level 1.
public struct RequestTrace: Sendable, Hashable {
    /// Of the run.
    public var seed: UInt64
    /// `OperationRecord.id`.
    public var operation: Int
    /// Position in the operation's requests, from 0.
    public var request: Int

    public init(seed: UInt64, operation: Int, request: Int) {
        self.seed = seed
        self.operation = operation
        self.request = request
    }

    /// Bytes of `identifiers`.
    public static let identifiersLength = 49

    /// `TRACE-PARENT`: 32 and 16 hexadecimal digits, neither all zero.
    ///
    /// The trace is the seed and the operation, its parent the request; both count from 1.
    public var identifiers: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.identifiersLength)
        Self.append(seed, to: &bytes)
        Self.append(UInt64(operation) &+ 1, to: &bytes)
        bytes.append(UInt8(ascii: "-"))
        Self.append(UInt64(request) &+ 1, to: &bytes)
        return bytes
    }

    /// The first `traceparent` in a text, such as a statement with an sqlcommenter comment, that this run
    /// may have sent.
    ///
    /// Read byte by byte: logs are asked line by line, and nearly no line has one.
    public init?(in text: some StringProtocol) {
        var text = String(text)
        let found = text.withUTF8 { bytes in Self.first(in: bytes) }
        guard let found else { return nil }
        self = found
    }

    /// `00-`, 32 digits, `-`, 16 digits, `-`, 2 digits.
    private static let textLength = 55

    private static func first(in bytes: UnsafeBufferPointer<UInt8>) -> RequestTrace? {
        guard bytes.count >= textLength else { return nil }
        let dash = UInt8(ascii: "-")
        for start in 0...(bytes.count - textLength) where bytes[start + 2] == dash {
            guard bytes[start] == UInt8(ascii: "0"), bytes[start + 1] == UInt8(ascii: "0"),
                bytes[start + 35] == dash, bytes[start + 52] == dash,
                let seed = number(bytes[(start + 3)..<(start + 19)]),
                let operation = number(bytes[(start + 19)..<(start + 35)]).flatMap(Int.init(exactly:)),
                let request = number(bytes[(start + 36)..<(start + 52)]).flatMap(Int.init(exactly:)),
                number(bytes[(start + 53)..<(start + 55)]) != nil, operation > 0, request > 0
            else { continue }
            return RequestTrace(seed: seed, operation: operation - 1, request: request - 1)
        }
        return nil
    }

    /// Small hexadecimal digits alone, as the form asks.
    private static func number(_ digits: Slice<UnsafeBufferPointer<UInt8>>) -> UInt64? {
        var number: UInt64 = 0
        for byte in digits {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                number = number << 4 | UInt64(byte - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"):
                number = number << 4 | UInt64(byte - UInt8(ascii: "a") + 10)
            default: return nil
            }
        }
        return number
    }

    private static func append(_ number: UInt64, to bytes: inout [UInt8]) {
        for shift in stride(from: UInt64(60), through: 0, by: -4) {
            let digit = UInt8(truncatingIfNeeded: number >> shift) & 15
            bytes.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
    }
}
