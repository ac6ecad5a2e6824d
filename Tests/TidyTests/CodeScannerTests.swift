// The scanner that all token rules stand on is itself held by examples.

import Testing

@Suite struct CodeScannerTests {
    @Test(arguments: [
        ("let a = 1 // exit(0)", "let a = 1 "),
        ("/* a /* nested */ b */x", "x"),
        (#"f("exit(0)")"#, #"f("       ")"#),
        (#"f("a \" b")!"#, #"f("      ")!"#),
        (#"f("\(g("x"))")"#, #"f("(g(" "))")"#),
        (##"f(#"a " \(b)"#) // c"##, ##"f(#"        "#) "##),
    ])
    func onlyCodeIsLeft(text: String, expected: String) {
        func squeezed(_ text: String) -> String { text.filter { $0 != " " } }
        let code = CodeScanner.code(of: text)
        #expect(squeezed(code) == squeezed(expected))
        #expect(code.utf8.count == text.utf8.count)
    }

    @Test func linesStayWhereTheyWere() {
        let text = "a\n\"\"\"\ntry!\n\"\"\"\n/* x\ny */ b"
        let lines = CodeScanner.code(of: text).split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count == 6)
        #expect(lines[2].allSatisfy { $0 == " " })
        #expect(lines[5].hasSuffix(" b"))
    }

    @Test func tokensMustBeginAWord() {
        let file = SourceFile(
            path: "Sources/X/A.swift", text: "a.exit()\nmyexit()\nexit()\n.random()\ncase exit(1)\n")
        #expect(file.linesOfCode(with: "exit(") == [3])
        #expect(file.linesOfCode(with: ".random(") == [4])
    }

    @Test func importsAreReadInEveryForm() {
        let text = "import A\npublic import B\n@testable import C\n// import D\nimport struct E.F\n"
        #expect(
            SourceFile(path: "Sources/X/A.swift", text: text).imports.map(\.module) == ["A", "B", "C", "E"])
    }
}
