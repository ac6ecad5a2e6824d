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
    public init?(in text: String) {
        for match in text.matches(of: /00-([0-9a-f]{16})([0-9a-f]{16})-([0-9a-f]{16})-[0-9a-f]{2}/) {
            let (_, seed, operation, request) = match.output
            guard let seed = UInt64(seed, radix: 16), let operation = Int(operation, radix: 16),
                let request = Int(request, radix: 16), operation > 0, request > 0
            else { continue }
            self.init(seed: seed, operation: operation - 1, request: request - 1)
            return
        }
        return nil
    }

    private static func append(_ number: UInt64, to bytes: inout [UInt8]) {
        for shift in stride(from: UInt64(60), through: 0, by: -4) {
            let digit = UInt8(truncatingIfNeeded: number >> shift) & 15
            bytes.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
    }
}
