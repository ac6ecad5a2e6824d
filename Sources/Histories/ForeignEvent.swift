// One event of a foreign history: what its forms have in common, and how JSON holds it.

import Core

/// An invocation or its end.
struct ForeignEvent {
    enum Kind: String, CaseIterable {
        case invoke, ok, fail
        /// The outcome is unknown, and the process never goes on.
        case info
    }

    enum Process: Equatable {
        case number(Int)
        /// The source names no processes; an end belongs to the invocation that it fits.
        case unnamed
        /// No client, such as Jepsen's nemesis.
        case other

        /// A number may be written as text; null is no name.
        init(_ value: Value) {
            switch value {
            case .int(let number): self = .number(number)
            case .null: self = .unnamed
            case .string(let text):
                self = Int(ForeignEvent.word(text)).map { .number($0) } ?? .other
            case .bool, .double, .array, .object: self = .other
            }
        }
    }

    var process: Process
    var type: Kind
    var f: String
    var value = Value.null
    /// 0 where the source has none.
    var key = Value.int(0)

    init(process: Process, type: Kind, f: String, value: Value) {
        self.process = process
        self.type = type
        self.f = f
        self.value = value
    }

    /// A keyword that was written as text with its colon is the keyword.
    static func word(_ text: String) -> String { text.hasPrefix(":") ? String(text.dropFirst()) : text }

    static func kind(_ text: String, at offset: Int) throws(JSONError) -> Kind {
        let word = word(text)
        guard let kind = Kind(rawValue: word) else {
            throw JSONError(offset: offset, message: "its type is `\(word)`, not invoke, ok, fail or info")
        }
        return kind
    }

    static func missing(_ member: String, at offset: Int) -> JSONError {
        JSONError(offset: offset, message: "its \(member) is missing")
    }
}

/// What the scanner makes of the words that every line has, and of those that keep a keyword's colon.
private enum Name {
    static let process = JSONScanner.packed("process")
    static let type = JSONScanner.packed("type")
    static let f = JSONScanner.packed("f")
    static let value = JSONScanner.packed("value")
    static let key = JSONScanner.packed("key")
    static let keywordProcess = JSONScanner.packed(":process")
    static let keywordType = JSONScanner.packed(":type")
    static let keywordF = JSONScanner.packed(":f")
    static let keywordValue = JSONScanner.packed(":value")
    static let keywordKey = JSONScanner.packed(":key")
    static let invoke = JSONScanner.packed("invoke")
    static let ok = JSONScanner.packed("ok")
    static let fail = JSONScanner.packed("fail")
    static let info = JSONScanner.packed("info")
}

extension ForeignEvent {
    /// `nil` for a blank line.
    ///
    /// - Parameter onlyWord: the `f` of events that have none.
    init?(json line: UnsafeBufferPointer<UInt8>, onlyWord: String?) throws(JSONError) {
        var scanner = JSONScanner(line)
        if scanner.isAtEnd() { return nil }
        try self.init(from: &scanner, onlyWord: onlyWord)
        try scanner.end()
    }

    /// Moves over one object.
    init(from scanner: inout JSONScanner, onlyWord: String?) throws(JSONError) {
        scanner.skipSpace()
        let start = scanner.offset
        var process = Process.unnamed
        var type: Kind?
        var f = onlyWord
        var value = Value.null
        var key = Value.int(0)
        try scanner.eachShortMember { scanner, member throws(JSONError) in
            switch member {
            case Name.process, Name.keywordProcess: process = .init(try scanner.value())
            case Name.type, Name.keywordType: type = try Self.kind(from: &scanner)
            case Name.f, Name.keywordF:
                if !scanner.takeNull() { f = Self.word(try scanner.string()) }
            case Name.value, Name.keywordValue: value = try scanner.value()
            case Name.key, Name.keywordKey: key = try scanner.value()
            default: try scanner.skipValue()
            }
        }
        guard let type else { throw Self.missing("type", at: start) }
        guard let f = f ?? (process == .other ? "" : nil) else { throw Self.missing("f", at: start) }
        self.init(process: process, type: type, f: f, value: value)
        self.key = key
    }

    private static func kind(from scanner: inout JSONScanner) throws(JSONError) -> Kind {
        let start = scanner.offset
        switch try scanner.shortString() {
        case Name.invoke: return .invoke
        case Name.ok: return .ok
        case Name.fail: return .fail
        case Name.info: return .info
        default:
            scanner.offset = start
            return try kind(try scanner.string(), at: start)
        }
    }
}
