// PostgreSQL's SQL, cut into the few kinds of token by which statements are told apart.

/// Reads tokens; white space and comments are passed over.
///
/// Source: PostgreSQL's documentation, "Lexical Structure". Backslashes escape in `E'…'` alone, as they do
/// since `standard_conforming_strings` is on.
struct SQLScanner {
    enum Token: Hashable {
        /// A key word or a plain name.
        case word
        /// `$1`.
        case parameter(Int)
        case semicolon
        /// Strings, quoted names, numbers, operators.
        case other
    }

    private let bytes: [UInt8]
    private var position = 0

    init(_ text: String) { bytes = Array(text.utf8) }

    /// The text in a range of bytes.
    func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

    var count: Int { bytes.count }

    /// The next token and where it stands.
    mutating func next() -> (token: Token, range: Range<Int>)? {
        skipBlanks()
        guard let first = peek() else { return nil }
        let start = position
        let token: Token
        switch first {
        case UInt8(ascii: ";"):
            position += 1
            token = .semicolon
        case UInt8(ascii: "'"), UInt8(ascii: "\""):
            quoted(first, backslashEscapes: false)
            token = .other
        case UInt8(ascii: "$"): token = dollar()
        case let byte where Self.beginsName(byte): token = word()
        case let byte where Self.isDigit(byte):
            while let byte = peek(), Self.continuesName(byte) || byte == UInt8(ascii: ".") { position += 1 }
            token = .other
        default:
            position += 1
            token = .other
        }
        return (token, start..<position)
    }

    private func peek(_ offset: Int = 0) -> UInt8? {
        position + offset < bytes.count ? bytes[position + offset] : nil
    }

    private mutating func skipBlanks() {
        while let byte = peek() {
            if byte <= 0x20 {
                position += 1
            } else if byte == UInt8(ascii: "-"), peek(1) == UInt8(ascii: "-") {
                while let byte = peek(), byte != 0x0a { position += 1 }
            } else if byte == UInt8(ascii: "/"), peek(1) == UInt8(ascii: "*") {
                skipComment()
            } else {
                return
            }
        }
    }

    /// Comments of this kind nest.
    private mutating func skipComment() {
        var depth = 0
        repeat {
            if peek() == UInt8(ascii: "/"), peek(1) == UInt8(ascii: "*") {
                depth += 1
                position += 2
            } else if peek() == UInt8(ascii: "*"), peek(1) == UInt8(ascii: "/") {
                depth -= 1
                position += 2
            } else {
                position += 1
            }
        } while depth > 0 && position < bytes.count
        position = min(position, bytes.count)
    }

    /// To the closing quote; a doubled one stands for itself.
    private mutating func quoted(_ quote: UInt8, backslashEscapes: Bool) {
        position += 1
        while let byte = peek() {
            position += 1
            if backslashEscapes, byte == UInt8(ascii: "\\") {
                position = min(position + 1, bytes.count)
            } else if byte == quote {
                guard peek() == quote else { return }
                position += 1
            }
        }
    }

    /// `$1`, or a string between two equal tags such as `$body$`.
    private mutating func dollar() -> Token {
        var end = position + 1
        while end < bytes.count, Self.isDigit(bytes[end]) { end += 1 }
        if end > position + 1 {
            let number = Int(text((position + 1)..<end))
            position = end
            return number.map { .parameter($0) } ?? .other
        }
        while end < bytes.count, Self.continuesName(bytes[end]), bytes[end] != UInt8(ascii: "$") { end += 1 }
        guard end < bytes.count, bytes[end] == UInt8(ascii: "$") else {
            position += 1
            return .other
        }
        let tag = bytes[position...end]
        position = end + 1
        while position < bytes.count, !bytes[position...].starts(with: tag) { position += 1 }
        position = min(position + tag.count, bytes.count)
        return .other
    }

    private mutating func word() -> Token {
        let isEscape = peek() == UInt8(ascii: "E") || peek() == UInt8(ascii: "e")
        if isEscape, peek(1) == UInt8(ascii: "'") {
            position += 1
            quoted(UInt8(ascii: "'"), backslashEscapes: true)
            return .other
        }
        while let byte = peek(), Self.continuesName(byte) { position += 1 }
        return .word
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    private static func beginsName(_ byte: UInt8) -> Bool {
        (0x61...0x7a).contains(byte | 0x20) || byte == UInt8(ascii: "_") || byte >= 0x80
    }

    private static func continuesName(_ byte: UInt8) -> Bool {
        beginsName(byte) || isDigit(byte) || byte == UInt8(ascii: "$")
    }
}
