// One event of a foreign history, from each of the forms in which they come.

/// An invocation or its end.
struct ForeignEvent {
    enum Kind: String, CaseIterable {
        case invoke, ok, fail
        /// The outcome is unknown, and the process never goes on.
        case info
    }

    /// `nil` for what is no client, such as Jepsen's nemesis.
    var process: Int?
    var type: Kind
    var f: String
    var value = Value.null
    /// 0 where the source has none.
    var key = Value.int(0)

    private init(process: Int?, type: Kind, f: String, value: Value) {
        self.process = process
        self.type = type
        self.f = f
        self.value = value
    }

    private static func kind(_ word: String, at offset: Int) throws(JSONError) -> Kind {
        guard let kind = Kind(rawValue: word) else {
            throw JSONError(offset: offset, message: "its type is `\(word)`, not invoke, ok, fail or info")
        }
        return kind
    }

    private static func missing(_ member: String, at offset: Int) -> JSONError {
        JSONError(offset: offset, message: "its \(member) is missing")
    }
}

// MARK: - JSON

/// What the scanner makes of the words that every line has.
private enum Name {
    static let process = JSONScanner.packed("process")
    static let type = JSONScanner.packed("type")
    static let f = JSONScanner.packed("f")
    static let value = JSONScanner.packed("value")
    static let key = JSONScanner.packed("key")
    static let invoke = JSONScanner.packed("invoke")
    static let ok = JSONScanner.packed("ok")
    static let fail = JSONScanner.packed("fail")
    static let info = JSONScanner.packed("info")
}

extension ForeignEvent {
    /// `nil` for a blank line.
    init?(json line: UnsafeBufferPointer<UInt8>) throws(JSONError) {
        var scanner = JSONScanner(line)
        if scanner.isAtEnd() { return nil }
        var process: Int?
        var isClient = true
        var type: Kind?
        var f: String?
        var value = Value.null
        var key = Value.int(0)
        try scanner.eachShortMember { scanner, member throws(JSONError) in
            switch member {
            case Name.process:
                let value = try scanner.value()
                if case .int(let number) = value { process = number } else { isClient = false }
            case Name.type:
                let start = scanner
                switch try scanner.shortString() {
                case Name.invoke: type = .invoke
                case Name.ok: type = .ok
                case Name.fail: type = .fail
                case Name.info: type = .info
                default:
                    scanner = start
                    type = try Self.kind(try scanner.string(), at: start.offset)
                }
            case Name.f: f = try scanner.string()
            case Name.value: value = try scanner.value()
            case Name.key: key = try scanner.value()
            default: try scanner.skipValue()
            }
        }
        try scanner.end()
        guard let type else { throw Self.missing("type", at: 0) }
        guard process != nil || !isClient else { throw Self.missing("process", at: 0) }
        guard let f else { throw Self.missing("f", at: 0) }
        self.init(process: process, type: type, f: f, value: value)
        self.key = key
    }
}

// MARK: - EDN

extension ForeignEvent {
    /// `nil` for what is no client's.
    init?(edn value: Value, at offset: Int) throws(JSONError) {
        guard case .object(let members) = value else {
            throw JSONError(
                offset: offset, message: "a map such as {:type :invoke, :f :read, …} should be here")
        }
        guard let process = members["process"] else { throw Self.missing(":process", at: offset) }
        guard case .int(let number) = process else { return nil }
        guard let type = members["type"]?.text else { throw Self.missing(":type", at: offset) }
        guard let f = members["f"]?.text else { throw Self.missing(":f", at: offset) }
        self.init(
            process: number, type: try Self.kind(type, at: offset), f: f, value: members["value"] ?? .null)
    }

    /// `nil` for a line that is no event, or no client's.
    init?(log line: UnsafeBufferPointer<UInt8>) throws(JSONError) {
        guard let start = Self.position(after: "jepsen.util - ", in: line) else { return nil }
        let fields = line[start...].split(separator: 0x09, omittingEmptySubsequences: false)
        guard fields.count >= 3 else { return nil }
        let words = fields.prefix(3).map { String(decoding: $0, as: UTF8.self) }
        guard let process = Int(words[0]), words[1].hasPrefix(":"), words[2].hasPrefix(":") else {
            return nil
        }
        var value = Value.null
        if fields.count > 3 {
            var scanner = EDNScanner(UnsafeBufferPointer(rebasing: fields[3]))
            value = try scanner.whole()
        }
        self.init(
            process: process, type: try Self.kind(String(words[1].dropFirst()), at: start),
            f: String(words[2].dropFirst()), value: value)
    }

    private static func position(after word: StaticString, in line: UnsafeBufferPointer<UInt8>) -> Int? {
        let count = word.utf8CodeUnitCount
        guard line.count >= count else { return nil }
        for start in 0...(line.count - count)
        where (0..<count).allSatisfy({ line[start + $0] == word.utf8Start[$0] }) {
            return start + count
        }
        return nil
    }
}
