// Blanks comments and the contents of string literals, so that a rule looks at code alone.

/// Reads Swift well enough for rules over tokens: nested comments, raw and multi-line strings, interpolation.
///
/// A regex literal that holds a quote is read as a string up to the end of its line.
struct CodeScanner {
    private let bytes: [UInt8]
    private var output: [UInt8] = []
    private var index = 0

    /// The text with as many bytes and the same lines, in which only code is left.
    static func code(of text: String) -> String {
        var scanner = CodeScanner(bytes: Array(text.utf8))
        scanner.scanCode(inInterpolation: false)
        return String(decoding: scanner.output, as: UTF8.self)
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private mutating func scanCode(inInterpolation: Bool) {
        var depth = 0
        while index < bytes.count {
            if starts(with: "//") {
                while index < bytes.count, bytes[index] != UInt8(ascii: "\n") { blank() }
            } else if starts(with: "/*") {
                scanBlockComment()
            } else if let hashes = hashesBeforeQuote() {
                scanString(hashes: hashes)
            } else {
                switch bytes[index] {
                case UInt8(ascii: "(") where inInterpolation: depth += 1
                case UInt8(ascii: ")") where inInterpolation:
                    if depth == 0 {
                        keep()
                        return
                    }
                    depth -= 1
                default: break
                }
                keep()
            }
        }
    }

    private mutating func scanBlockComment() {
        var depth = 0
        repeat {
            if starts(with: "/*") {
                depth += 1
                blank(2)
            } else if starts(with: "*/") {
                depth -= 1
                blank(2)
            } else {
                blank()
            }
        } while depth > 0 && index < bytes.count
    }

    private mutating func scanString(hashes: Int) {
        keep(hashes)
        let isMultiline = starts(with: "\"\"\"")
        let quote = isMultiline ? "\"\"\"" : "\""
        let end = quote + String(repeating: "#", count: hashes)
        let escape = "\\" + String(repeating: "#", count: hashes)
        keep(quote.utf8.count)
        while index < bytes.count {
            if starts(with: end) {
                keep(end.utf8.count)
                return
            } else if starts(with: escape + "(") {
                blank(escape.utf8.count)
                keep()
                scanCode(inInterpolation: true)
            } else if starts(with: escape) {
                blank(escape.utf8.count + 1)
            } else if bytes[index] == UInt8(ascii: "\n"), !isMultiline {
                return
            } else {
                blank()
            }
        }
    }

    /// The number of `#` before a quote that opens a string here; `nil` where none opens.
    private func hashesBeforeQuote() -> Int? {
        var position = index
        while position < bytes.count, bytes[position] == UInt8(ascii: "#") { position += 1 }
        return position < bytes.count && bytes[position] == UInt8(ascii: "\"") ? position - index : nil
    }

    private func starts(with text: String) -> Bool { bytes[index...].starts(with: text.utf8) }

    private mutating func keep(_ count: Int = 1) {
        let end = min(index + count, bytes.count)
        output += bytes[index..<end]
        index = end
    }

    private mutating func blank(_ count: Int = 1) {
        let end = min(index + count, bytes.count)
        output += bytes[index..<end].map { $0 == UInt8(ascii: "\n") ? $0 : UInt8(ascii: " ") }
        index = end
    }
}
