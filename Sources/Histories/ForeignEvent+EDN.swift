// Events of a foreign history in EDN: as maps, and between tabs or spaces in Jepsen's logs.

import Core

extension ForeignEvent {
    /// - Parameter onlyWord: the `f` of events that have none.
    init(edn value: Value, at offset: Int, onlyWord: String?) throws(JSONError) {
        guard case .object(let members) = value else {
            throw JSONError(
                offset: offset, message: "a map such as {:type :invoke, :f :read, …} should be here")
        }
        func member(_ name: String) -> Value? { members[name] ?? members[":" + name] }
        let process: Process = .init(member("process") ?? .null)
        guard process != .other else {
            self.init(process: .other, type: .info, f: "", value: .null)
            return
        }
        guard let type = member("type")?.text else { throw Self.missing(":type", at: offset) }
        let kind = try Self.kind(type, at: offset)
        guard let f = member("f")?.text.map(Self.word) ?? onlyWord else {
            throw Self.missing(":f", at: offset)
        }
        self.init(process: process, type: kind, f: f, value: member("value") ?? .null)
    }

    /// `nil` for a line that is no event, or no client's.
    ///
    /// Behind `jepsen.util` come process, type, word and value, between tabs or spaces; what follows the
    /// value, such as an error, is passed over.
    init?(log line: UnsafeBufferPointer<UInt8>) throws(JSONError) {
        guard let name = Self.position(after: "jepsen.util", in: line) else { return nil }
        var fields = LogFields(line, from: name)
        let start = fields.offset
        guard let process = Int(fields.next()) else { return nil }
        let type = fields.next()
        let f = fields.next()
        guard type.hasPrefix(":"), f.hasPrefix(":") else { return nil }
        self.init(
            process: .number(process), type: try Self.kind(type, at: start), f: Self.word(f),
            value: try fields.value())
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

/// The fields of a line of a log.
private struct LogFields {
    private let line: UnsafeBufferPointer<UInt8>
    private(set) var offset: Int

    /// Passes over what stands between the logger's name and its message: ` - ` or `: `.
    init(_ line: UnsafeBufferPointer<UInt8>, from start: Int) {
        self.line = line
        offset = start
        skipBlanks()
        if offset < line.count, line[offset] == UInt8(ascii: "-") || line[offset] == UInt8(ascii: ":") {
            offset += 1
        }
        skipBlanks()
    }

    /// A field without blanks, empty at the end.
    mutating func next() -> String {
        skipBlanks()
        let start = offset
        while offset < line.count, !ForeignHistory.isSpace(line[offset]) { offset += 1 }
        return String(decoding: line[start..<offset], as: UTF8.self)
    }

    /// The value is all up to the next tab where a tab stands before it, else one element of EDN.
    func value() throws(JSONError) -> Value {
        let rest = line[offset...]
        let isTabbed = rest.prefix { ForeignHistory.isSpace($0) }.contains(0x09)
        guard let first = rest.firstIndex(where: { !ForeignHistory.isSpace($0) }) else { return .null }
        let field = isTabbed ? line[first...].prefix { $0 != 0x09 } : line[first...]
        var scanner = EDNScanner(UnsafeBufferPointer(rebasing: field))
        return isTabbed ? try scanner.whole() : try scanner.value()
    }

    private mutating func skipBlanks() {
        while offset < line.count, ForeignHistory.isSpace(line[offset]) { offset += 1 }
    }
}
