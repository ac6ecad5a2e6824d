// How strings in quotes are read: short ones as numbers, others many bytes at a time.

extension JSONScanner {
    /// A string in quotes, validated as UTF-8, with its escapes resolved.
    mutating func string() throws(JSONError) -> String {
        guard take("\"") else { throw error("a string should be here") }
        let start = offset
        let isASCII = skipPlain()
        guard byte == UInt8(ascii: "\"") else { return try stringWithEscapes(from: start) }
        let plain = UnsafeBufferPointer(rebasing: bytes[start..<offset])
        let repeated = KnownStrings.lengths ~= plain.count ? known : nil
        if let text = repeated?.text(of: plain) {
            offset += 1
            return text
        }
        // ASCII needs no validation, which costs more than all the rest.
        let text = isASCII ? String(decoding: plain, as: UTF8.self) : String(validating: plain, as: UTF8.self)
        guard let text else { throw JSONError(offset: start, message: "the string is not UTF-8") }
        repeated?.note(text, of: plain)
        offset += 1
        return text
    }

    /// A string of one to eight ASCII bytes as a number; `nil` for any other string, which is moved over.
    mutating func shortString() throws(JSONError) -> UInt64? {
        skipSpace()
        guard byte == UInt8(ascii: "\"") else { throw error("a member's name in quotes should be here") }
        let word = word(at: offset + 1)
        let length = (Self.ends(in: word) | word & Self.highs).trailingZeroBitCount / 8
        let end = offset + 1 + length
        if length > 0, end < bytes.count, bytes[end] == UInt8(ascii: "\"") {
            offset = end + 1
            return word.byteSwapped >> UInt64(64 - 8 * length)
        }
        // Escapes may stand for plain bytes.
        let text = try string().utf8
        guard 1...8 ~= text.count, text.allSatisfy({ $0 < 0x80 }) else { return nil }
        return text.reduce(0) { $0 << 8 | UInt64($1) }
    }

    private static let highs: UInt64 = 0x8080_8080_8080_8080

    /// Eight bytes of the text, the first one lowest, and zeros behind its end.
    private func word(at start: Int) -> UInt64 {
        if start + 8 <= bytes.count {
            let raw = UnsafeRawBufferPointer(bytes)
            return UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: start, as: UInt64.self))
        }
        return bytes[min(start, bytes.count)...].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// The high bits of quotes, backslashes and control characters; of these the lowest is exact.
    private static func ends(in word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let quotes = word ^ (ones &* 0x22)
        let backslashes = word ^ (ones &* 0x5C)
        // A byte's high bit is set where it is zero, or below a space.
        return highs
            & ((quotes &- ones) & ~quotes | (backslashes &- ones) & ~backslashes
                | (word &- ones &* 0x20) & ~word)
    }

    /// Moves to the first quote, backslash or control character, eight bytes at a time; whether all before it
    /// is ASCII.
    private mutating func skipPlain() -> Bool {
        var union: UInt64 = 0
        while true {
            let word = word(at: offset)
            let ends = Self.ends(in: word)
            if ends != 0 {
                let plain = ends.trailingZeroBitCount & ~7
                if plain > 0 { union |= word << UInt64(64 - plain) }
                offset += plain / 8
                return union & Self.highs == 0
            }
            union |= word
            offset += 8
        }
    }

    /// The plain bytes from `start` to the position, and then the rest with its escapes.
    private mutating func stringWithEscapes(from start: Int) throws(JSONError) -> String {
        var text = Array(bytes[start..<offset])
        while let next = byte {
            switch next {
            case UInt8(ascii: "\""):
                guard let result = String(validating: text, as: UTF8.self) else {
                    throw JSONError(offset: start, message: "the string is not UTF-8")
                }
                offset += 1
                return result
            case UInt8(ascii: "\\"):
                offset += 1
                try escape(into: &text)
            case ..<0x20:
                throw error("a control character must be escaped")
            default:
                text.append(next)
                offset += 1
            }
        }
        throw error("the text ends inside a string")
    }

    private mutating func escape(into text: inout [UInt8]) throws(JSONError) {
        let letter = byte
        offset += 1
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(letter ?? 0)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"): text.append(contentsOf: String(try scalar()).utf8)
        default:
            offset -= 1
            throw error("no such escape")
        }
    }

    /// What follows `\u`: four hexadecimal digits, and for a surrogate its other half.
    private mutating func scalar() throws(JSONError) -> Character {
        let start = offset
        let first = try hexadecimalUnit()
        var code = first
        if 0xD800...0xDBFF ~= first, byte == UInt8(ascii: "\\") {
            offset += 1
            guard byte == UInt8(ascii: "u") else {
                throw error("the other half of a surrogate pair is missing")
            }
            offset += 1
            let second = try hexadecimalUnit()
            guard 0xDC00...0xDFFF ~= second else {
                throw JSONError(offset: start, message: "the other half of a surrogate pair is missing")
            }
            code = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(code) else {
            throw JSONError(offset: start, message: "the other half of a surrogate pair is missing")
        }
        return Character(scalar)
    }

    private mutating func hexadecimalUnit() throws(JSONError) -> UInt32 {
        var unit: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = byte.flatMap({ Character(Unicode.Scalar($0)).hexDigitValue }) else {
                throw error("four hexadecimal digits should follow `\\u`")
            }
            unit = unit << 4 | UInt32(digit)
            offset += 1
        }
        return unit
    }
}
