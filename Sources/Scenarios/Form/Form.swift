// The kinds of values of the scenario form as JSON Schemas; a placeholder may stand in place of each.

import Core
import Histories

/// Values are built so that `${{ name }}` is allowed wherever a parameter can be filled in.
enum Form {
    /// Text with a placeholder in it.
    static let placeholder = JSONSchema.definition("placeholder")
    /// One line or many; numbers and truth values count as the text they are written as.
    static let text = JSONSchema.definition("text")
    static let duration = JSONSchema.definition("duration")
    static let rate = JSONSchema.definition("rate")
    /// Any value, placeholders in its texts.
    static let value = JSONSchema.anything
    /// What may not stand there, although the key is known.
    static let nothing = JSONSchema(["not": .object([:])])
    /// `status 409, timeout`, a number, or a list of such.
    static let answers = oneOrMore(of: text)
    static let headers = map(of: text)
    static let boolean = orPlaceholder(.boolean)

    static func integer(_ range: ClosedRange<Int>) -> JSONSchema {
        orPlaceholder(.integer(from: range.lowerBound, through: range.upperBound))
    }

    static func words(_ words: [String]) -> JSONSchema { orPlaceholder(.words(words)) }

    static func words<Word: RawRepresentable<String> & CaseIterable>(of type: Word.Type) -> JSONSchema {
        orPlaceholder(.words(of: type))
    }

    static func list(of element: JSONSchema) -> JSONSchema { orPlaceholder(.array(of: element)) }

    /// A list, or one element in its place.
    static func oneOrMore(of element: JSONSchema) -> JSONSchema {
        .anyOf([element, .array(of: element)])
    }

    /// A map whose keys are names of the scenario's own.
    static func map(of value: JSONSchema) -> JSONSchema { orPlaceholder(.map(of: value)) }

    static func block(_ table: KeyTable) -> JSONSchema { orPlaceholder(.definition(table.definition)) }

    /// One map of bindings, or a list of them.
    static func blocks(_ table: KeyTable) -> JSONSchema { oneOrMore(of: block(table)) }

    /// What cannot hold parameters, because it is read before they are chosen.
    static let parameters = JSONSchema.map(of: .anything)

    static func orPlaceholder(_ schema: JSONSchema) -> JSONSchema { .anyOf([schema, placeholder]) }

    /// What the forms above refer to.
    static let definitions: [String: JSONSchema] = [
        "placeholder": JSONSchema.string(matching: mark).described("A value known later: ${{ name }}."),
        "text": JSONSchema(["type": .array(["string", "number", "boolean"])]),
        "duration": orMark(#"^\s*[0-9]+(\.[0-9]+)?\s*(ns|us|ms|s|m|h)\s*$"#).described(
            "A duration such as 250ms, 2s, 10m or 1h."),
        "rate": orMark(#"^\s*[0-9]+(\.[0-9]+)?\s*/[smh]\s*$"#).described("A rate such as 400/s."),
    ]

    private static let mark = #"\$\{\{"#

    /// A pattern for text that is either right as it stands or will be known when placeholders are filled.
    private static func orMark(_ pattern: String) -> JSONSchema { .string(matching: "\(pattern)|\(mark)") }
}
