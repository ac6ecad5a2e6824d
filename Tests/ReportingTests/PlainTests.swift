// Nothing that a service says acts on a terminal, or on the runner of a pipeline.

import Core
import Histories
import Testing

@testable import Reporting

@Suite struct PlainTests {
    @Test(arguments: [
        ("\u{1B}[2J\u{1B}]0;title\u{7}", "\\u001b[2J\\u001b]0;title\\u0007"), ("a\u{9B}31mb", "a\\u009b31mb"),
        ("a\u{202E}b\u{2066}c", "a\\u202eb\\u2066c"), ("a\rb\r\nc", "a\\rb\\r\nc"), ("a\u{7F}", "a\\u007f"),
        ("a\u{2028}b", "a\\u2028b"), ("\u{E0041}", "\\udb40\\udc41"), ("tab\tand ünï 🔑", "tab\tand ünï 🔑"),
        ("::error::x", "\\u003a:error::x"), ("  \t::set-output::x", "  \t\\u003a:set-output::x"),
        ("a ::error::", "a ::error::"), ("one\n::error::x", "one\n\\u003a:error::x"),
        ("a ##[error]b", "a \\u0023#[error]b"), ("##vso[task.x]", "\\u0023#vso[task.x]"),
        ("### a [b]", "### a [b]"),
        ("\u{2003}::error::", "\u{2003}\\u003a:error::"),
    ])
    func whatActsIsShown(text: String, shown: String) {
        #expect(Plain.shown(text) == shown)
    }

    @Test func jsonStaysTheSameJSON() throws {
        let value: Value = .object([
            "a": "\u{9B}31m \u{202E} ##[error] \u{E0041} \u{1B} \n ::error::",
            "::error::\u{85}": .array(["\u{7F}"]),
        ])
        let shown = Plain.shown(JSON.text(value))
        #expect(try JSON.parse(shown.utf8) == value)
        #expect(!shown.unicodeScalars.contains(where: Plain.isActing) && !shown.contains("##["))
    }

    @Test func onlyColoursThatCarryTheSealAreColours() {
        let style = TextStyle(isColoured: true, width: 80, seal: "1f3a;")
        let text = style.paint("\u{1B}[31mred\u{1B}[0m", .bad)
        #expect(Plain.shown(text, seal: "1f3a;") == "\u{1B}[1;31m\\u001b[31mred\\u001b[0m\u{1B}[0m")
        #expect(Plain.shown(text, seal: "other;").first == "\\")
        #expect(!Plain.shown(text).contains("\u{1B}"))
    }

    @Test func aLineEndInATextMakesNoLineOfItsOwn() {
        let style = TextStyle.plain
        #expect(style.wrap("says a\n::error::b", indent: 2) == ["  says a\\n::error::b"])
        #expect(
            style.wrap("failed:\n    one\n    two", indent: 2) == ["  failed:", "      one", "      two"])
        #expect(style.flow(["key a\nb"], indent: 2) == ["  key a\\nb"])
        var table = TextTable([.init("name")])
        table.rows = [["a\n::error::b"]]
        #expect(table.lines(style).last == "  a\\n::error::b")
    }
}
