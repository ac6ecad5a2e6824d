// Histories that other projects recorded: JSON lines of Jepsen-like events, Jepsen's own EDN, and its old
// logs.

/// Reads foreign histories.
public enum ForeignHistory {
    /// The operations of a history, in order of invocation.
    ///
    /// Three forms are told apart by what the file holds:
    /// - JSON lines, `{"index","process","type":"invoke|ok|fail|info","f","value","key","time"}`;
    /// - Jepsen's `history.edn`: `{:type :invoke, :f :read, :value nil, :process 0, …}`, map after map or as
    ///   one vector, tagged or not;
    /// - logs with lines `INFO  jepsen.util - 0⇥:invoke⇥:read⇥nil`; other lines are passed over.
    ///
    /// Events of processes that are no number (`:nemesis`) are left out. With `independent`, values are
    /// `[key value]`, as Jepsen's `independent` makes them. An operation that never ends has outcome
    /// unknown.
    ///
    /// Errors: malformed text, an event that misses a member, an end without an invocation, a process that
    /// begins an operation while an earlier one of its own is open (also one of unknown outcome, after which
    /// a process never goes on), and a file without any operation; each with its line.
    public static func operations(
        _ file: String, independent: Bool = false
    ) throws(HistoryError) -> [ForeignOperation] {
        let reader = try LineReader(file, calls: SystemCalls())
        var pairing = ForeignPairing(file: file, isIndependent: independent)
        while let line = try reader.next() {
            guard let first = line.first(where: { !isSpace($0) }) else { continue }
            switch first {
            case UInt8(ascii: "{") where EDNScanner.isMap(line):
                try readEDN(line, reader, into: &pairing)
            case UInt8(ascii: "{"):
                try readLines(from: line, reader, into: &pairing) { text throws(JSONError) in
                    try ForeignEvent(json: text)
                }
            case UInt8(ascii: "["), UInt8(ascii: "("), UInt8(ascii: "#"), UInt8(ascii: ";"):
                try readEDN(line, reader, into: &pairing)
            default:
                try readLines(from: line, reader, into: &pairing) { text throws(JSONError) in
                    try ForeignEvent(log: text)
                }
            }
        }
        return try pairing.end()
    }

    static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

    private static func readLines(
        from first: UnsafeBufferPointer<UInt8>, _ reader: LineReader, into pairing: inout ForeignPairing,
        as event: (UnsafeBufferPointer<UInt8>) throws(JSONError) -> ForeignEvent?
    ) throws(HistoryError) {
        var line: UnsafeBufferPointer<UInt8>? = first
        while let text = line {
            do throws(JSONError) {
                if let event = try event(text) { try pairing.addChecked(event, line: reader.lineNumber) }
            } catch {
                throw malformed(reader.file, reader.lineNumber, error)
            }
            try pairing.check()
            line = try reader.next()
        }
    }

    /// EDN knows no lines: the rest of the file is read at once.
    private static func readEDN(
        _ first: UnsafeBufferPointer<UInt8>, _ reader: LineReader, into pairing: inout ForeignPairing
    ) throws(HistoryError) {
        let line = reader.lineNumber
        var text = Array(first)
        while let next = try reader.next() {
            text.append(0x0A)
            text.append(contentsOf: next)
        }
        var lines = LineCounter(first: line)
        let result = text.withUnsafeBufferPointer { bytes in
            var scanner = EDNScanner(bytes)
            do throws(JSONError) {
                try scanner.eachTopLevel { value, offset throws(JSONError) in
                    let number = lines.line(at: offset, in: bytes)
                    if let event = try ForeignEvent(edn: value, at: offset) {
                        try pairing.addChecked(event, line: number)
                    }
                    return pairing.isSound
                }
                return Result<Void, HistoryError>.success(())
            } catch {
                return .failure(malformed(reader.file, lines.line(at: error.offset, in: bytes), error))
            }
        }
        try result.get()
        try pairing.check()
    }

    private static func malformed(_ file: String, _ line: Int, _ error: JSONError) -> HistoryError {
        HistoryError(
            .malformed, file: file, line: line, message: "this is no event of a history: \(error.message)")
    }
}

/// Line numbers of ascending offsets.
private struct LineCounter {
    private var line: Int
    private var offset = 0

    init(first: Int) { line = first }

    mutating func line(at position: Int, in bytes: UnsafeBufferPointer<UInt8>) -> Int {
        while offset < min(position, bytes.count) {
            if bytes[offset] == 0x0A { line += 1 }
            offset += 1
        }
        return line
    }
}
