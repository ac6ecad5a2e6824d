// A cursor over one line of text, shared by the small grammars: units, outcomes, captures, paths,
// expressions, thresholds.

import Core
import Histories

/// What is wrong with a short text, and where in it.
struct TextError: Error, Sendable, Equatable {
    /// Characters from the start.
    var offset: Int
    var message: String
    var expected: String?

    init(_ offset: Int, _ message: String, expected: String? = nil) {
        self.offset = offset
        self.message = message
        self.expected = expected
    }
}

struct TextScanner {
    let characters: [Character]
    var offset = 0

    init(_ text: String) { characters = Array(text) }

    var isAtEnd: Bool { offset >= characters.count }
    var next: Character? { isAtEnd ? nil : characters[offset] }

    /// All of it, for messages.
    var text: String { String(characters) }

    /// What is left, for messages.
    var rest: String { String(characters[min(offset, characters.count)...]) }

    mutating func skipSpaces() {
        while let character = next, character.isWhitespace { offset += 1 }
    }

    /// Takes `text` if it comes next.
    mutating func take(_ text: String) -> Bool {
        let wanted = Array(text)
        guard characters.count - offset >= wanted.count,
            characters[offset..<offset + wanted.count].elementsEqual(wanted)
        else { return false }
        offset += wanted.count
        return true
    }

    /// Takes `word` if it comes next and ends there.
    mutating func takeWord(_ word: String) -> Bool {
        let start = offset
        guard take(word) else { return false }
        if let character = next, TextScanner.isWordCharacter(character) {
            offset = start
            return false
        }
        return true
    }

    mutating func take(while matches: (Character) -> Bool) -> String {
        let start = offset
        while let character = next, matches(character) { offset += 1 }
        return String(characters[start..<offset])
    }

    mutating func word() -> String { take(while: TextScanner.isWordCharacter) }

    /// A word, or an error that says what must stand here.
    mutating func word(else problem: String, expected form: String) throws(TextError) -> String {
        let word = word()
        guard !word.isEmpty else { throw TextError(offset, problem, expected: form) }
        return word
    }

    /// Spaces and the end; an error about whatever else is left.
    mutating func end(
        else problem: String = "does not belong here", expected form: String
    ) throws(TextError) {
        skipSpaces()
        guard isAtEnd else { throw TextError(offset, "`\(rest)` \(problem)", expected: form) }
    }

    static func isWordCharacter(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || character == "_" || character == "-"
    }

    /// An unsigned decimal number, as written.
    mutating func numberText() -> String {
        var text = take { $0.isASCII && $0.isNumber }
        let start = offset
        if !text.isEmpty, take(".") {
            let fraction = take { $0.isASCII && $0.isNumber }
            if fraction.isEmpty { offset = start } else { text += "." + fraction }
        }
        return text
    }

    /// A quoted text, a number, `true`, `false` or `null`; `nil` without moving if none comes next.
    mutating func literal() throws(TextError) -> Value? {
        guard let character = next else { return nil }
        if character == "\"" || character == "'" { return .string(try quoted()) }
        let start = offset
        let isNegative = take("-")
        let text = numberText()
        if !text.isEmpty {
            let written = (isNegative ? "-" : "") + text
            if let number = Int(written) { return .int(number) }
            if let number = Double(written) { return .double(number) }
        }
        offset = start
        if takeWord("true") { return true }
        if takeWord("false") { return false }
        if takeWord("null") { return .null }
        return nil
    }

    /// Text in single or double quotes; a backslash takes the next character as it is.
    mutating func quoted() throws(TextError) -> String {
        let start = offset
        guard let quote = next, quote == "\"" || quote == "'" else {
            throw TextError(offset, "expected a text in quotes")
        }
        offset += 1
        var text = ""
        while let character = next {
            offset += 1
            if character == quote { return text }
            if character == "\\", let escaped = next {
                offset += 1
                text.append(escaped)
            } else {
                text.append(character)
            }
        }
        throw TextError(start, "this quote is never closed")
    }

    /// `text` in double quotes, as `quoted()` reads it.
    static func quote(_ text: String) -> String {
        "\"" + text.reduce(into: "") { $0 += ($1 == "\"" || $1 == "\\") ? "\\\($1)" : "\($1)" } + "\""
    }

    /// A value as `literal()` reads it; lists and maps have no such form.
    static func literalText(_ value: Value) -> String {
        if case .string(let text) = value { quote(text) } else { JSON.text(value) }
    }
}
