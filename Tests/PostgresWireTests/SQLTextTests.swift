// Bound values in the text of statements, whatever else looks like a parameter.

import Testing

@testable import PostgresWire

@Suite struct SQLTextTests {
    private static func inlined(_ text: String, _ values: String?...) -> String {
        Statement(
            number: 0, text: text, parameters: values.map { $0.map { .text($0) } ?? .null }, types: []
        ).inlined
    }

    @Test func valuesStandWhereTheirParametersStood() {
        #expect(Self.inlined("a=$1 AND b=$2 AND c=$1", "x", "5") == "a='x' AND b=5 AND c='x'")
        #expect(Self.inlined("$1, $2", nil, "true") == "NULL, true")
        #expect(Self.inlined("$10 $1", "a") == "$10 'a'")
    }

    /// A dollar in a string, a comment, a quoted name or a word is no parameter.
    @Test(
        arguments: [
            "'$1'", "'it''s $1'", "E'\\'$1'", "\"$1\"", "-- $1", "/* /* $1 */ $1 */", "$$ $1 $$",
            "$x$ $1 $$ $x$",
            "name$1",
        ])
    func whatOnlyLooksLikeAParameterStays(text: String) {
        #expect(Self.inlined(text, "value") == text)
        #expect(Self.inlined(text + "\n= $1", "value") == text + "\n= 'value'")
    }

    @Test(arguments: ["'open", "\"open", "$x$ open", "/* open", "$", "E'\\", "1e", "$99999999999999999999"])
    func whatDoesNotEndIsReadToTheEnd(text: String) {
        #expect(Self.inlined(text, "value") == text)
    }

    @Test func longValuesAreCut() {
        let long = String(repeating: "x", count: Statement.inlinedValueLimit + 1)
        #expect(Self.inlined("$1", long) == "'\(long.dropLast())…'")
    }
}
