// One sensitive text, and where it occurs in other text although something encoded it on its way there.

/// Text that is to be found as it is, quoted for JSON, percent-encoded or written for HTML, in any mixture.
struct SensitiveText: Sendable, Hashable {
    let bytes: [UInt8]
    /// It is a piece of base64: the token around it belongs to it.
    let isInsideToken: Bool

    /// Bytes that an encoded byte may begin with.
    static let escapes: [UInt8] = [UInt8(ascii: "%"), UInt8(ascii: "\\"), UInt8(ascii: "&")]
    /// Bytes that one byte may become at most: eight backslashes and `u001b`, or `&#x0001b;`.
    static let longestEscape = 16
    /// Of a text of several lines, lines of this length are sensitive alone.
    private static let lineMinimumLength = 8
    /// Of a URL, a password of this length is sensitive alone.
    private static let passwordMinimumLength = 8

    /// All that is looked for because of these values, the longest first.
    static func all(of values: [String]) -> [SensitiveText] {
        var texts: Set<[UInt8]> = []
        var pieces: Set<[UInt8]> = []
        for value in values {
            let core = trimmed(value)
            guard core.count >= Redactor.minimumLength else { continue }
            texts.insert(Array(core.utf8))
            pieces.formUnion(Base64.pieces(of: Array(core.utf8)))
            let lines = core.split(whereSeparator: \.isNewline)
            if lines.count > 1 {
                for line in lines where line.count >= lineMinimumLength { texts.insert(Array(line.utf8)) }
            }
            if let password = password(in: core) {
                texts.insert(Array(password.utf8))
                pieces.formUnion(Base64.pieces(of: Array(password.utf8)))
            }
        }
        let all =
            texts.map { SensitiveText(bytes: $0, isInsideToken: false) }
            + pieces.subtracting(texts).map { SensitiveText(bytes: $0, isInsideToken: true) }
        return all.sorted {
            $0.bytes.count != $1.bytes.count
                ? $0.bytes.count > $1.bytes.count : $0.bytes.lexicographicallyPrecedes($1.bytes)
        }
    }

    /// Readers of files and variables cut what is white at the ends.
    private static func trimmed(_ value: String) -> Substring {
        var rest = value[...]
        while rest.first?.isWhitespace == true { rest.removeFirst() }
        while rest.last?.isWhitespace == true { rest.removeLast() }
        return rest
    }

    /// The password of a URL, which programs print without the URL; one that is the user's name again would
    /// redact too much.
    private static func password(in text: Substring) -> Substring? {
        guard let scheme = text.firstRange(of: "://") else { return nil }
        let authority = text[scheme.upperBound...].prefix { !"/?#".contains($0) }
        guard let at = authority.lastIndex(of: "@"), let colon = authority[..<at].firstIndex(of: ":") else {
            return nil
        }
        let password = authority[authority.index(after: colon)..<at]
        guard password.count >= passwordMinimumLength, password != authority[..<colon] else { return nil }
        return password
    }

    // MARK: - Finding

    /// How an occurrence was encoded, where its bytes alone leave that open.
    private struct Encoding {
        /// How many backslashes stand for one.
        var backslashes: Int
        /// A percent sign stands for itself.
        var percentIsPlain: Bool
    }

    /// More backslashes in a row than this quote nothing.
    private static let longestQuoting = 16

    /// The end of the occurrence that begins at `start`.
    func end(in text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        var position = start
        for index in bytes.indices {
            guard position < text.count else { return nil }
            if Self.isEscape(text[position]) {
                return encodings.lazy.compactMap { end(in: text, from: index, at: position, $0) }.first
            }
            guard Self.isSame(text[position], bytes[index]) else { return nil }
            position += 1
        }
        return position
    }

    private var encodings: [Encoding] {
        let percents = bytes.contains(UInt8(ascii: "%")) ? [false, true] : [false]
        let backslashes = bytes.contains(UInt8(ascii: "\\")) ? [8, 4, 2, 1] : [1]
        return backslashes.flatMap { count in
            percents.map { Encoding(backslashes: count, percentIsPlain: $0) }
        }
    }

    private static func isEscape(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "\\") || byte == UInt8(ascii: "%") || byte == UInt8(ascii: "&")
    }

    private static func isSame(_ shown: UInt8, _ byte: UInt8) -> Bool {
        shown == byte || (shown == UInt8(ascii: "+") && byte == UInt8(ascii: " "))
    }

    private func end(
        in text: UnsafeBufferPointer<UInt8>, from first: Int, at start: Int, _ encoding: Encoding
    ) -> Int? {
        var (index, position) = (first, start)
        while index < bytes.count {
            guard position < text.count,
                let step = step(in: text, of: index, at: position, encoding)
            else { return nil }
            index += step.bytes
            position = step.end
        }
        return position
    }

    private typealias Step = (bytes: Int, end: Int)

    /// How the text at `position` stands for the byte at `index`, or for it and those behind it.
    private func step(
        in text: UnsafeBufferPointer<UInt8>, of index: Int, at position: Int, _ encoding: Encoding
    ) -> Step? {
        let byte = bytes[index]
        var end: Int?
        switch text[position] {
        case UInt8(ascii: "%"):
            if !(encoding.percentIsPlain && byte == UInt8(ascii: "%")) {
                end = Self.percent(in: text, byte, at: position)
            }
        case UInt8(ascii: "\\"): return backslash(in: text, of: index, at: position, encoding)
        case UInt8(ascii: "&"): end = Self.entity(in: text, byte, at: position)
        default: break
        }
        if let end { return (1, end) }
        return Self.isSame(text[position], byte) ? (1, position + 1) : nil
    }

    /// `%2F`, and `%252F` where it was encoded once more.
    private static func percent(
        in text: UnsafeBufferPointer<UInt8>, _ byte: UInt8, at position: Int
    ) -> Int? {
        var digits = position + 1
        while let value = number(in: text, at: digits, digits: 2) {
            if value == UInt32(byte) { return digits + 2 }
            guard value == UInt32(UInt8(ascii: "%")) else { return nil }
            digits += 2
        }
        return nil
    }

    /// `\"`, `\u0022`, `\x22` and `\/`, behind several backslashes where it was quoted several times.
    private func backslash(
        in text: UnsafeBufferPointer<UInt8>, of index: Int, at position: Int, _ encoding: Encoding
    ) -> Step? {
        var end = position
        let most = min(text.count, position + Self.longestQuoting)
        while end < most, text[end] == UInt8(ascii: "\\") { end += 1 }
        let byte = bytes[index]
        if byte == UInt8(ascii: "\\"), end - position >= encoding.backslashes {
            return (1, position + encoding.backslashes)
        }
        guard end < text.count else { return nil }
        if Self.short[text[end]] == byte { return (1, end + 1) }
        if text[end] == UInt8(ascii: "x") {
            return Self.number(in: text, at: end + 1, digits: 2) == UInt32(byte) ? (1, end + 3) : nil
        }
        return unicode(in: text, of: index, at: end)
    }

    private static let short: [UInt8: UInt8] = [
        UInt8(ascii: "n"): 10, UInt8(ascii: "t"): 9, UInt8(ascii: "r"): 13, UInt8(ascii: "b"): 8,
        UInt8(ascii: "f"): 12, UInt8(ascii: "\""): UInt8(ascii: "\""), UInt8(ascii: "/"): UInt8(ascii: "/"),
        UInt8(ascii: "'"): UInt8(ascii: "'"),
    ]

    /// `u00e9`, or the two halves of a surrogate pair, behind a backslash that was read already.
    private func unicode(in text: UnsafeBufferPointer<UInt8>, of index: Int, at position: Int) -> Step? {
        guard position < text.count, text[position] == UInt8(ascii: "u"),
            var code = Self.number(in: text, at: position + 1, digits: 4)
        else { return nil }
        var end = position + 5
        if (0xD800..<0xDC00).contains(code) {
            let most = min(text.count, end + Self.longestQuoting)
            while end < most, text[end] == UInt8(ascii: "\\") { end += 1 }
            guard end < text.count, text[end] == UInt8(ascii: "u"),
                let low = Self.number(in: text, at: end + 1, digits: 4), (0xDC00..<0xE000).contains(low)
            else { return nil }
            code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
            end += 5
        }
        guard let scalar = Unicode.Scalar(code) else { return nil }
        let encoded = Array(String(Character(scalar)).utf8)
        return bytes[index...].starts(with: encoded) ? (encoded.count, end) : nil
    }

    private static func number(in text: UnsafeBufferPointer<UInt8>, at start: Int, digits: Int) -> UInt32? {
        guard start + digits <= text.count else { return nil }
        var value: UInt32 = 0
        for byte in text[start..<(start + digits)] {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 128 else { return nil }
            value = value << 4 | UInt32(digit)
        }
        return value
    }

    /// `&quot;`, `&#34;` or `&#x22;`: the end of the one that stands for `byte`.
    private static func entity(in text: UnsafeBufferPointer<UInt8>, _ byte: UInt8, at position: Int) -> Int? {
        let rest = text[(position + 1)...].prefix(9)
        guard let end = rest.firstIndex(of: UInt8(ascii: ";")) else { return nil }
        let name = String(decoding: rest[..<end], as: UTF8.self)
        let value: UInt8? =
            if let named = names[name] { named } else if name.hasPrefix("#x") || name.hasPrefix("#X") {
                UInt8(name.dropFirst(2), radix: 16)
            } else {
                name.hasPrefix("#") ? UInt8(name.dropFirst()) : nil
            }
        return value == byte && byte < 128 ? end + 1 : nil
    }

    private static let names: [String: UInt8] = [
        "amp": UInt8(ascii: "&"), "lt": UInt8(ascii: "<"), "gt": UInt8(ascii: ">"),
        "quot": UInt8(ascii: "\""), "apos": UInt8(ascii: "'"),
    ]
}
