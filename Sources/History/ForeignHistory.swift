// Histories that other projects recorded, as JSON lines of Jepsen-like events; read as they are, without our
// models.

/// One event of a history in the form that Jepsen's and porcupine's test histories were normalised to.
public struct ForeignEvent: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        case invoke, ok, fail
        /// The outcome is unknown, and the process never returns.
        case info
    }

    public var index: Int
    public var process: Int
    public var type: Kind
    /// What was done, such as `read`, `write`, `cas` or `txn`.
    public var f: String
    public var value: Value
    /// 0 where the source has none.
    public var key: Value
    /// Nanoseconds.
    public var time: Int64

    public init(
        index: Int, process: Int, type: Kind, f: String, value: Value = .null, key: Value = 0, time: Int64
    ) {
        self.index = index
        self.process = process
        self.type = type
        self.f = f
        self.value = value
        self.key = key
        self.time = time
    }
}

/// Reads foreign histories, one `{"index","process","type","f","value","key","time"}` a line.
public enum ForeignHistory {
    /// In order of the file.
    ///
    /// Blank lines and other members are passed over; any other defect is an error with its line.
    public static func read(_ file: String) throws(HistoryError) -> [ForeignEvent] {
        let reader = try LineReader(file, calls: SystemCalls())
        var events: [ForeignEvent] = []
        while let line = try reader.next() {
            do throws(JSONError) {
                if let event = try ForeignEvent(line) { events.append(event) }
            } catch {
                throw HistoryError(
                    .malformed, file: file, line: reader.lineNumber,
                    message: "this is no event of a history, \(error)")
            }
        }
        return events
    }
}

extension ForeignEvent {
    /// `nil` for a blank line.
    fileprivate init?(_ line: UnsafeBufferPointer<UInt8>) throws(JSONError) {
        var scanner = JSONScanner(line)
        if scanner.isAtEnd() { return nil }
        var index: Int?
        var process: Int?
        var type: Kind?
        var f: String?
        var value = Value.null
        var key = Value.int(0)
        var time: Int64?
        try scanner.eachMember { scanner, member throws(JSONError) in
            switch member {
            case "index": index = try scanner.integer()
            case "process": process = try scanner.integer()
            case "type": type = try scanner.word(of: Kind.self)
            case "f": f = try scanner.string()
            case "value": value = try scanner.value()
            case "key": key = try scanner.value()
            case "time": time = Int64(try scanner.integer())
            default: try scanner.skipValue()
            }
        }
        try scanner.end()
        guard let index, let process, let type, let f, let time else {
            throw JSONError(offset: 0, message: "one of index, process, type, f and time is missing")
        }
        self.init(index: index, process: process, type: type, f: f, value: value, key: key, time: time)
    }
}
