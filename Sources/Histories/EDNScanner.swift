// Reads EDN (https://github.com/edn-format/edn), as Clojure programs such as Jepsen write it, into values.

import Core

/// A position in EDN text that moves over one element after another.
///
/// Keywords and symbols become text, without the colon; characters become text; lists and sets become arrays;
/// keys of maps that are no text become their JSON text; tags are passed over, as what they mark is known.
/// Errors are `JSONError`s: where the text stops being EDN, and how.
struct EDNScanner {
    private let bytes: UnsafeBufferPointer<UInt8>
    private(set) var offset = 0
    private var depth = 0

    init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    /// Whether a text that begins with `{` is a map of EDN, not a JSON object.
    static func isMap(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let brace = text.firstIndex(of: UInt8(ascii: "{")) else { return false }
        let key = text[(brace + 1)...].drop(while: isBlank)
        switch key.first {
        case UInt8(ascii: ":"), UInt8(ascii: "#"), UInt8(ascii: ";"): return true
        case UInt8(ascii: "\""): return isFollowedByEDN(key)
        default: return false
        }
    }

    /// What follows a key in quotes: in JSON a colon and a value; a colon that begins a keyword is EDN's.
    private static func isFollowedByEDN(_ key: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        var isEscaped = false
        let end = key.dropFirst().firstIndex { byte in
            defer { isEscaped = !isEscaped && byte == UInt8(ascii: "\\") }
            return byte == UInt8(ascii: "\"") && !isEscaped
        }
        guard let end else { return false }
        let rest = key[(end + 1)...]
        let next = rest.drop(while: isBlank)
        guard let colon = next.first else { return false }
        guard colon == UInt8(ascii: ":") else { return true }
        let word = String(
            decoding: next.dropFirst().prefix { $0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7A }, as: UTF8.self)
        return next.startIndex > rest.startIndex && !["", "true", "false", "null"].contains(word)
    }

    /// The one element that the text holds.
    mutating func whole() throws(JSONError) -> Value {
        let value = try value()
        try skip()
        if byte != nil { throw error("something follows the end of the value") }
        return value
    }

    /// Calls `body` with each element and its offset, until it gives false; one vector or list around all of
    /// them does not count.
    mutating func eachTopLevel(
        _ body: (Value, Int) throws(JSONError) -> Bool
    ) throws(JSONError) {
        try skip()
        var closing: UInt8?
        if byte == UInt8(ascii: "[") { closing = UInt8(ascii: "]") }
        if byte == UInt8(ascii: "(") { closing = UInt8(ascii: ")") }
        if closing != nil { offset += 1 }
        while true {
            try skip()
            if byte == closing {
                guard closing != nil else { return }
                offset += 1
                closing = nil
                continue
            }
            guard byte != nil else { throw error("the text ends inside a vector") }
            let start = offset
            if !(try body(try value(), start)) { return }
        }
    }

    // MARK: - Elements

    mutating func value() throws(JSONError) -> Value {
        try skip()
        switch byte {
        case nil: throw error("the text ends where a value should be")
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "["): return .array(try elements(until: UInt8(ascii: "]")))
        case UInt8(ascii: "("): return .array(try elements(until: UInt8(ascii: ")")))
        case UInt8(ascii: "{"): return try map()
        case UInt8(ascii: "#"): return try dispatched()
        case UInt8(ascii: "\\"): return .string(try character())
        case UInt8(ascii: "]"), UInt8(ascii: ")"), UInt8(ascii: "}"): throw error("a value should be here")
        default: return try word()
        }
    }

    private mutating func elements(until closing: UInt8) throws(JSONError) -> [Value] {
        try enter()
        var values: [Value] = []
        while true {
            try skip()
            guard let next = byte else { throw error("the text ends inside a collection") }
            if next == closing { break }
            values.append(try value())
        }
        leave()
        return values
    }

    private mutating func map() throws(JSONError) -> Value {
        let start = offset
        let values = try elements(until: UInt8(ascii: "}"))
        guard values.count.isMultiple(of: 2) else {
            throw JSONError(offset: start, message: "a key of this map has no value")
        }
        var members: [String: Value] = [:]
        for index in stride(from: 0, to: values.count, by: 2) {
            members[values[index].text ?? JSON.text(values[index])] = values[index + 1]
        }
        return .object(members)
    }

    /// What begins with `#`: a set, or a tag before a value.
    private mutating func dispatched() throws(JSONError) -> Value {
        offset += 1
        if byte == UInt8(ascii: "{") { return .array(try elements(until: UInt8(ascii: "}"))) }
        if byte == UInt8(ascii: "#") { offset += 1 }
        let tag = token()
        guard !tag.isEmpty else { throw error("a set or a tag should follow `#`") }
        depth += 1
        if depth > JSON.depthLimit { throw error("values nest deeper than \(JSON.depthLimit)") }
        let value = try value()
        depth -= 1
        return value
    }

    private mutating func word() throws(JSONError) -> Value {
        let start = offset
        let text = token()
        switch text {
        case "": throw error("a value should be here")
        case "nil": return .null
        case "true": return .bool(true)
        case "false": return .bool(false)
        case let keyword where keyword.hasPrefix(":"): return .string(String(keyword.dropFirst()))
        default: return try Self.number(text, at: start) ?? .string(text)
        }
    }

    /// `nil` for a symbol.
    private static func number(_ text: String, at offset: Int) throws(JSONError) -> Value? {
        var digits = text.utf8.first == UInt8(ascii: "+") ? text.dropFirst() : text[...]
        guard let first = digits.utf8.first(where: { $0 != UInt8(ascii: "-") }), (0x30...0x39).contains(first)
        else { return nil }
        if digits.hasSuffix("N") || digits.hasSuffix("M") { digits = digits.dropLast() }
        if let integer = Int(digits) { return .int(integer) }
        guard let double = Double(digits), double.isFinite else {
            throw JSONError(offset: offset, message: "`\(text)` is no number")
        }
        return .double(double)
    }

    private mutating func character() throws(JSONError) -> String {
        offset += 1
        let start = offset
        // The character itself may be one that ends a token.
        if byte != nil { offset += 1 }
        _ = token()
        let name = String(decoding: UnsafeBufferPointer(rebasing: bytes[start..<offset]), as: UTF8.self)
        switch name {
        case "": throw error("a character should follow `\\`")
        case "newline": return "\n"
        case "return": return "\r"
        case "space": return " "
        case "tab": return "\t"
        default: return name
        }
    }

    private mutating func string() throws(JSONError) -> String {
        let start = offset
        offset += 1
        var text: [UInt8] = []
        while let next = byte {
            offset += 1
            switch next {
            case UInt8(ascii: "\""):
                guard let string = String(validating: text, as: UTF8.self) else {
                    throw JSONError(offset: start, message: "the string is not UTF-8")
                }
                return string
            case UInt8(ascii: "\\"): text.append(contentsOf: try escaped())
            default: text.append(next)
            }
        }
        throw JSONError(offset: start, message: "the text ends inside a string")
    }

    private mutating func escaped() throws(JSONError) -> [UInt8] {
        let letter = byte
        offset += 1
        switch letter {
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): return [letter ?? 0]
        case UInt8(ascii: "u"):
            let digits = bytes[min(offset, bytes.count)..<min(offset + 4, bytes.count)]
            guard digits.count == 4, let code = UInt32(String(decoding: digits, as: UTF8.self), radix: 16),
                let scalar = Unicode.Scalar(code)
            else { throw error("four hexadecimal digits should follow `\\u`") }
            offset += 4
            return Array(String(Character(scalar)).utf8)
        default:
            offset -= 1
            throw error("no such escape")
        }
    }

    // MARK: - Between elements

    private var byte: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    private func error(_ message: String) -> JSONError { JSONError(offset: offset, message: message) }

    private mutating func enter() throws(JSONError) {
        offset += 1
        depth += 1
        if depth > JSON.depthLimit { throw error("values nest deeper than \(JSON.depthLimit)") }
    }

    private mutating func leave() {
        offset += 1
        depth -= 1
    }

    /// White space, commas, comments and discarded elements.
    private mutating func skip() throws(JSONError) {
        while let next = byte {
            if Self.isBlank(next) {
                offset += 1
            } else if next == UInt8(ascii: ";") {
                while let other = byte, other != 0x0A { offset += 1 }
            } else if next == UInt8(ascii: "#"), offset + 1 < bytes.count,
                bytes[offset + 1] == UInt8(ascii: "_")
            {
                offset += 2
                depth += 1
                if depth > JSON.depthLimit { throw error("values nest deeper than \(JSON.depthLimit)") }
                _ = try value()
                depth -= 1
            } else {
                return
            }
        }
    }

    private mutating func token() -> String {
        let start = offset
        while let next = byte, !Self.isBlank(next), !Self.isDelimiter(next) { offset += 1 }
        return String(decoding: UnsafeBufferPointer(rebasing: bytes[start..<offset]), as: UTF8.self)
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        ForeignHistory.isSpace(byte) || byte == UInt8(ascii: ",")
    }

    private static func isDelimiter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "{"),
            UInt8(ascii: "}"), UInt8(ascii: "\""), UInt8(ascii: ";"):
            true
        default: false
        }
    }
}
