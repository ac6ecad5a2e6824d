// The look of a file: length, columns, opening comment, functions, names, and what it leaves out.

import Testing

@Suite struct FileShapeTests {
    static let mostLines = 400
    static let mostColumns = 110
    static let mostFunctionLines = 60
    static let forbiddenWords: Set<String> = [
        "Manager", "Helper", "Helpers", "Util", "Utils", "Utility", "Utilities", "Data", "Info",
    ]
    /// This folder names what it forbids.
    static let allFiles =
        SourceTree.sources + SourceTree.tests.filter { $0.target != "TidyTests" }

    @Test func filesAreShort() {
        let long = (SourceTree.sources + SourceTree.tests).filter { $0.lines.count > Self.mostLines }
        expectNone(
            long.map { "\($0.path): \($0.lines.count) lines" },
            "A file has at most \(Self.mostLines) lines: look for the second idea in it.")
    }

    @Test func linesFitTheScreen() {
        let wide = (SourceTree.sources + SourceTree.tests).flatMap { file in
            file.lines.enumerated()
                .filter { $1.count > Self.mostColumns && !Self.cannotBeBroken($1) }
                .map { "\(file.path):\($0 + 1): \($1.count) columns" }
        }
        expectNone(wide, "A line has at most \(Self.mostColumns) columns.")
    }

    /// A regular expression, and a sentence for the user in quotes.
    private static func cannotBeBroken(_ line: String) -> Bool {
        let text = line.trimming(while: { $0 == " " })
        return text.hasPrefix("/^") || (!text.hasPrefix("//") && text.contains("\""))
    }

    @Test func everyFileSaysWhatItIsFor() {
        let silent = (SourceTree.sources + SourceTree.tests).filter { file in
            guard let first = file.lines.first else { return true }
            return !first.hasPrefix("// ") || first.count < 20
        }
        expectNone(silent.map(\.path), "A file starts with one or two sentences on what it is for.")
    }

    @Test func functionsFitAScreen() {
        expectNone(
            SourceTree.sources.flatMap(Self.longFunctions),
            "A function has at most \(Self.mostFunctionLines) lines: name its parts.")
    }

    /// From the line that declares a function to the brace that closes it in the same column.
    static func longFunctions(in file: SourceFile) -> [String] {
        file.code.indices.compactMap { start in
            let line = file.code[start]
            guard line.holds("func ") || line.holds("init"), line.contains(/\b(func \w+|init[?(<])/),
                !line.hasSuffix("}")
            else { return nil }
            let indentation = line.prefix { $0 == " " }
            guard
                let end = file.code[start...].firstIndex(where: { $0.hasPrefix("\(indentation)}") }),
                file.code[start..<end].contains(where: { $0.hasSuffix("{") }),
                // A protocol's requirement has no body: the protocol ends before.
                !file.code[start..<end].contains(where: { $0.hasPrefix("}") })
            else { return nil }
            let count = end - start + 1
            return count > mostFunctionLines ? "\(file.path):\(start + 1): \(count) lines" : nil
        }
    }

    @Test func namesSayWhatAThingIs() {
        let declarations = Self.allFiles.flatMap { file in
            file.code.enumerated().compactMap { index, line -> String? in
                guard Self.forbiddenWords.contains(where: line.holds),
                    let match = line.firstMatch(
                        of: /\b(?:struct|class|enum|actor|protocol|typealias) ([A-Z]\w*)/)
                else { return nil }
                let bad = Self.words(of: String(match.1)).filter(Self.forbiddenWords.contains)
                return bad.isEmpty ? nil : "\(file.path):\(index + 1): \(match.1)"
            }
        }
        let files = Self.allFiles.filter { file in
            Self.words(of: String(file.name.prefix { $0 != "." })).contains(
                where: Self.forbiddenWords.contains)
        }
        expectNone(
            declarations + files.map(\.path),
            "Use the field's own words: no Manager, Helper, Util, Data or Info in a name.")
    }

    /// `RunReport+JSON` has the words Run, Report, JSON.
    static func words(of name: String) -> [String] {
        name.matches(of: /[A-Z]+(?![a-z])|[A-Z][a-z0-9]*/).map { String($0.0) }
    }

    @Test func nothingIsLeftForLater() {
        let open = Self.allFiles.flatMap { file in
            file.lines.enumerated().filter { line in
                ["TODO", "FIXME"].contains(where: line.element.holds)
            }
            .map { "\(file.path):\($0.offset + 1)" }
        }
        let placeholders = places(of: ["preconditionFailure()"], in: SourceTree.sources)
        expectNone(open + placeholders, "Nothing is left for later: do it, or open an issue.")
    }

    @Test func nothingIsForced() {
        let forced = SourceTree.sources.flatMap { file in
            file.code.enumerated().filter { Self.isForced($1) }
                .map { "\(file.path):\($0 + 1): \($1.trimming(while: { $0 == " " }))" }
        }
        expectNone(forced, "No force unwrap, `try!`, `as!` or `fatalError`: throw an error with a sentence.")
    }

    static func isForced(_ code: String) -> Bool {
        guard code.holds("!") || code.holds("fatalError") else { return false }
        return code.contains(/\b(try|as)!/) || code.contains(/\bfatalError\(/)
            || code.contains(/[\w)\]>"]!(?!=)/)
    }

    @Test func whatTheCompilerCannotCheckHasAWrittenReason() {
        let unexplained = SourceTree.sources.flatMap { file in
            ["Task.detached", "@unchecked Sendable", "nonisolated(unsafe)", "unsafeBitCast"].flatMap {
                token in
                file.code.indices.filter { file.code[$0].holds(token) && !Self.isExplained(file, $0) }
                    .map { "\(file.path):\($0 + 1): \(token)" }
            }
        }
        expectNone(unexplained, "Say why in a comment on the line or within the six lines above.")
    }

    private static func isExplained(_ file: SourceFile, _ index: Int) -> Bool {
        file.lines[max(0, index - 6)...index].contains { $0.contains("//") }
    }

    @Test func theRulesSeeWhatTheyForbid() {
        #expect(["a!", "f()!.b", "x[0]!", "try! f()", "b as! C", "fatalError()"].allSatisfy(Self.isForced))
        #expect(!["a != b", "!a", "if !b {", "try f()", "f(!a)"].contains(where: Self.isForced))
        #expect(Self.words(of: "RunReport+JSON") == ["Run", "Report", "JSON"])
        #expect(Self.words(of: "DatabaseURL") == ["Database", "URL"])
        let body = String(repeating: "        work()\n", count: 60)
        let text = "    func long() {\n\(body)    }\n    func short() { work() }\n"
        #expect(Self.longFunctions(in: SourceFile(path: "Sources/X/A.swift", text: text)).count == 1)
    }
}

extension String {
    func trimming(while predicate: (Character) -> Bool) -> String { String(drop(while: predicate)) }
}
