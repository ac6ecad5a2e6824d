// Reads JSON from bytes, either into values or member by member for decoders that know what they look for.

import Core

/// A position in JSON text that moves over one token after another.
///
/// It must not outlive the memory that it was given. Every method starts at the first byte of what it reads,
/// after white space, and ends behind it.
struct JSONScanner {
    let bytes: UnsafeBufferPointer<UInt8>
    /// It may be set back to where a token began.
    var offset = 0
    private var depth = 0
    /// Where long strings that come again and again are looked up; whoever scans keeps it.
    unowned(unsafe) let known: KnownStrings?

    init(_ bytes: UnsafeBufferPointer<UInt8>, known: KnownStrings? = nil) {
        self.bytes = bytes
        self.known = known
    }

    func error(_ message: String) -> JSONError { JSONError(offset: offset, message: message) }

    /// The byte at the position, `nil` at the end.
    var byte: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    @inline(__always)
    mutating func skipSpace() {
        if let byte, byte > 0x20 { return }
        skipAllSpace()
    }

    private mutating func skipAllSpace() {
        while offset < bytes.count {
            switch bytes[offset] {
            case 0x20, 0x09, 0x0A, 0x0D: offset += 1
            default: return
            }
        }
    }

    /// Whether only white space is left.
    mutating func isAtEnd() -> Bool {
        skipSpace()
        return byte == nil
    }

    /// Only white space may be left.
    mutating func end() throws(JSONError) {
        if !isAtEnd() { throw error("something follows the end of the value") }
    }

    /// Moves over `expected` if it is next, behind white space.
    @inline(__always)
    mutating func take(_ expected: Unicode.Scalar) -> Bool {
        if byte != UInt8(ascii: expected) {
            skipSpace()
            guard byte == UInt8(ascii: expected) else { return false }
        }
        offset += 1
        return true
    }

    // MARK: - Values

    mutating func value() throws(JSONError) -> Value {
        skipSpace()
        switch byte {
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "{"): return .object(try object())
        case UInt8(ascii: "["):
            var values: [Value] = []
            try elements { scanner throws(JSONError) in values.append(try scanner.value()) }
            return .array(values)
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case .some(UInt8(ascii: "0")...UInt8(ascii: "9")), UInt8(ascii: "-"): return try number()
        case nil: throw error("the text ends where a value should be")
        case .some: throw error("a value should be here")
        }
    }

    /// An object that is kept: most have few members, and many have the same names.
    mutating func namedValues() throws(JSONError) -> NamedValues {
        guard let known else { return NamedValues(try object().lazy.map { ($0.key, $0.value) }) }
        var lists = known.takeLists()
        try eachMember { scanner, name throws(JSONError) in
            lists.names.append(name)
            lists.values.append(try scanner.value())
        }
        return known.named(&lists)
    }

    mutating func object() throws(JSONError) -> [String: Value] {
        var members: [String: Value] = [:]
        try eachMember { scanner, name throws(JSONError) in members[name] = try scanner.value() }
        return members
    }

    /// Moves over one value, whatever it is, with all the checks that reading it would make.
    mutating func skipValue() throws(JSONError) { _ = try value() }

    /// Moves over a `null` if one is next.
    @inline(__always)
    mutating func takeNull() -> Bool {
        skipSpace()
        guard byte == UInt8(ascii: "n"), (try? word("null", .null)) != nil else { return false }
        return true
    }

    private mutating func word(_ text: StaticString, _ value: Value) throws(JSONError) -> Value {
        for index in 0..<text.utf8CodeUnitCount {
            guard byte == text.utf8Start[index] else { throw error("`\(text)` is misspelt") }
            offset += 1
        }
        return value
    }

    // MARK: - Containers

    /// Calls `body` at each member's value with the member's name; `body` must move over the value.
    mutating func eachMember(
        _ body: (inout JSONScanner, String) throws(JSONError) -> Void
    ) throws(JSONError) {
        try eachMember { scanner throws(JSONError) in
            scanner.skipSpace()
            guard scanner.byte == UInt8(ascii: "\"") else {
                throw scanner.error("a member's name in quotes should be here")
            }
            let name = try scanner.string()
            try scanner.takeColon()
            try body(&scanner, name)
        }
    }

    /// The same for members whose names have at most eight ASCII bytes, packed as by `packed`; others are
    /// passed over.
    @inline(__always)
    mutating func eachShortMember(
        _ body: (inout JSONScanner, UInt64) throws(JSONError) -> Void
    ) throws(JSONError) {
        try eachMember { scanner throws(JSONError) in
            let name = try scanner.shortString()
            try scanner.takeColon()
            if let name { try body(&scanner, name) } else { try scanner.skipValue() }
        }
    }

    /// Calls `member` at each member's name.
    @inline(__always)
    private mutating func eachMember(
        _ member: (inout JSONScanner) throws(JSONError) -> Void
    ) throws(JSONError) {
        guard take("{") else { throw error("an object should be here") }
        try enter()
        if !take("}") {
            repeat { try member(&self) } while take(",")
            guard take("}") else { throw error("a comma or the end of the object should be here") }
        }
        depth -= 1
    }

    private mutating func takeColon() throws(JSONError) {
        guard take(":") else { throw error("a colon should follow a member's name") }
    }

    @inline(__always)
    static func packed(_ text: StaticString) -> UInt64 {
        var packed: UInt64 = 0
        var index = 0
        while index < text.utf8CodeUnitCount {
            packed = packed << 8 | UInt64(text.utf8Start[index])
            index += 1
        }
        return packed
    }

    /// Calls `body` at each element; `body` must move over it.
    mutating func elements(_ body: (inout JSONScanner) throws(JSONError) -> Void) throws(JSONError) {
        guard take("[") else { throw error("an array should be here") }
        try enter()
        if !take("]") {
            repeat {
                try body(&self)
            } while take(",")
            guard take("]") else { throw error("a comma or the end of the array should be here") }
        }
        depth -= 1
    }

    /// Calls `body` at each value of a text that holds several, after one another or in arrays.
    ///
    /// `body` must move over it. Commas between values at the top count as white space.
    mutating func eachTopLevel(
        _ body: (inout JSONScanner) throws(JSONError) -> Void
    ) throws(JSONError) {
        while !isAtEnd() {
            if take(",") { continue }
            if byte == UInt8(ascii: "[") { try elements(body) } else { try body(&self) }
        }
    }

    private mutating func enter() throws(JSONError) {
        depth += 1
        if depth > JSON.depthLimit { throw error("values nest deeper than \(JSON.depthLimit)") }
    }
}

// MARK: - Numbers

extension JSONScanner {
    /// A number in the grammar of RFC 8259, section 6.
    mutating func number() throws(JSONError) -> Value {
        skipSpace()
        let start = offset
        if let whole = try whole() { return .int(whole) }
        return try double(from: start)
    }

    /// A number that must be whole, and not too large.
    mutating func integer() throws(JSONError) -> Int {
        let start = offset
        skipSpace()
        let firstByte = offset
        if let whole = try whole() { return whole }
        _ = try double(from: firstByte)
        throw JSONError(offset: start, message: "a whole number should be here")
    }

    /// A number up to the end of its whole part; `nil` where it goes on, or is too large for an integer.
    private mutating func whole() throws(JSONError) -> Int? {
        let isNegative = byte == UInt8(ascii: "-")
        if isNegative { offset += 1 }
        let firstDigit = offset
        let integer = try digits(isNegative: isNegative)
        if bytes[firstDigit] == UInt8(ascii: "0"), offset > firstDigit + 1 {
            throw JSONError(offset: firstDigit, message: "a number must not begin with a superfluous zero")
        }
        switch byte {
        case UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"): return nil
        default: return integer
        }
    }

    /// At least one digit; `nil` where the number is too large for an integer.
    private mutating func digits(isNegative: Bool = false) throws(JSONError) -> Int? {
        let start = offset
        var value = 0
        while offset < bytes.count, case let digit = bytes[offset] &- 0x30, digit < 10 {
            value = value &* 10 &+ Int(digit)
            offset += 1
        }
        guard offset > start else { throw error("a digit should be here") }
        // So many digits fit into any case.
        if offset - start <= 18 { return isNegative ? -value : value }
        return Int((isNegative ? "-" : "") + String(decoding: bytes[start..<offset], as: UTF8.self))
    }

    /// Reads on behind the whole part of the number that began at `start`.
    private mutating func double(from start: Int) throws(JSONError) -> Value {
        if byte == UInt8(ascii: ".") {
            offset += 1
            _ = try digits()
        }
        if byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E") {
            offset += 1
            if byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") { offset += 1 }
            _ = try digits()
        }
        let text = String(decoding: UnsafeBufferPointer(rebasing: bytes[start..<offset]), as: UTF8.self)
        guard let value = Double(text), value.isFinite else {
            throw JSONError(offset: start, message: "the number is too large")
        }
        return .double(value)
    }
}
