// Histories that other projects recorded: Jepsen-like events as JSON or EDN, and Jepsen's old logs.

/// Reads foreign histories.
public enum ForeignHistory {
    /// A history that is one document is read as a whole, so it may not be longer; one with an event a line
    /// may.
    static let documentLimitBytes = 1 << 30

    /// The operations of a history, in order of invocation.
    ///
    /// Three forms are told apart by what the file holds:
    /// - JSON, `{"index","process","type":"invoke|ok|fail|info","f","value","key","time"}`: an event a line,
    ///   one array of them, or objects over several lines;
    /// - Jepsen's `history.edn`: `{:type :invoke, :f :read, :value nil, :process 0, …}`, map after map or as
    ///   one vector, tagged or not;
    /// - logs with lines `INFO  jepsen.util - 0⇥:invoke⇥:read⇥nil`, with tabs or spaces; other lines are
    ///   passed over.
    ///
    /// Events of processes that are neither a number nor missing (`:nemesis`) are left out. Where events name
    /// no process, each pair of events is a process of its own, and an end must fit exactly one open
    /// invocation. `onlyWord` is the `f` of events that have none. With `independent`, values are
    /// `[key value]`, as Jepsen's `independent` makes them. An operation that never ends has outcome unknown.
    ///
    /// Errors: malformed text, an event that misses a member, an end without an invocation, a process that
    /// begins an operation while an earlier one of its own is open (also one of unknown outcome, after which
    /// a process never goes on), and a file without any operation; each with its line.
    public static func operations(
        _ file: String, independent: Bool = false, onlyWord: String? = nil
    ) throws(HistoryError) -> [ForeignOperation] {
        let reader = try LineReader(file, calls: SystemCalls())
        var pairing = ForeignPairing(file: file, isIndependent: independent)
        while let line = try reader.next() {
            let text = reader.lineNumber == 1 ? withoutMark(line) : line
            guard let first = text.first(where: { !isSpace($0) }) else { continue }
            switch first {
            case UInt8(ascii: "{") where holdsWholeObject(text):
                try readLines(from: text, reader, into: &pairing) { text throws(JSONError) in
                    try ForeignEvent(json: text, onlyWord: onlyWord)
                }
            case UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "("), UInt8(ascii: "#"),
                UInt8(ascii: ";"):
                let document = try ForeignDocument(text, reader, onlyWord: onlyWord)
                try document.read(into: &pairing)
            default:
                try readLines(from: text, reader, into: &pairing) { text throws(JSONError) in
                    try ForeignEvent(log: text)
                }
            }
        }
        return try pairing.end()
    }

    static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

    /// Some programs begin UTF-8 with a byte order mark.
    private static func withoutMark(_ line: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
        line.starts(with: [0xEF, 0xBB, 0xBF]) ? UnsafeBufferPointer(rebasing: line[3...]) : line
    }

    /// Whether the first line is a JSON object and nothing else: an event a line.
    private static func holdsWholeObject(_ line: UnsafeBufferPointer<UInt8>) -> Bool {
        var scanner = JSONScanner(line)
        do throws(JSONError) {
            try scanner.skipValue()
            return scanner.isAtEnd()
        } catch {
            return false
        }
    }

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

    static func malformed(_ file: String, _ line: Int, _ error: JSONError) -> HistoryError {
        HistoryError(
            .malformed, file: file, line: line, message: "this is no event of a history: \(error.message)")
    }
}
