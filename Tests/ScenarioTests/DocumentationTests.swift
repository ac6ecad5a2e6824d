// docs/scenario.md and the decoder know the same keys, and the examples in it are right.

import Core
import Testing

@testable import Scenarios

@Suite struct DocumentationTests {
    @Test func everyKeyOfTheFormIsDocumentedAndNoOther() throws {
        let documented = try keysByBlock()
        for table in KeyTable.all where !table.keys.isEmpty {
            #expect(documented[table.block] == Set(table.keys), "\(table.block)")
        }
        #expect(Set(documented.keys) == Set(KeyTable.all.filter { !$0.keys.isEmpty }.map(\.block)))
    }

    @Test(arguments: ["docs/scenario.md", "README.md"])
    func theFirstScenarioOfADocumentIsRight(file: String) throws {
        let text = try Fixture.text("../../../" + file)
        let start = try #require(text.firstRange(of: "```yaml\n"))
        let rest = text[start.upperBound...]
        let end = try #require(rest.firstRange(of: "```"))
        #expect(Fixture.problems(String(rest[..<end.lowerBound])).isEmpty)
    }

    @Test func noKeyOrWordOfTheFormIsABooleanToYAML() {
        let words =
            KeyTable.all.flatMap(\.keys) + Spread.allCases.map(\.rawValue)
            + Model.Consistency.allCases.map(\.rawValue)
            + StopDeclaration.Signal.allCases.map(\.rawValue)
            + Threshold.Subject.allCases.map(\.rawValue) + ScenarioHeader.verdicts.map(\.rawValue)
            + FindingKind.allCases.map(\.rawValue)
        #expect(words.allSatisfy { !DecodingContext.booleanTraps.contains($0.lowercased()) })
    }

    private func document() throws -> String { try Fixture.text("../../../docs/scenario.md") }

    /// The keys in the first column of the table after each `<!-- keys: BLOCK -->`.
    private func keysByBlock() throws -> [String: Set<String>] {
        var keys: [String: Set<String>] = [:]
        var block: String?
        var isInTable = false
        for line in try document().split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
            if line.hasPrefix("<!-- keys: "), let end = line.firstRange(of: " -->") {
                let name = String(line[..<end.lowerBound].dropFirst("<!-- keys: ".count))
                #expect(keys[name] == nil, "\(name) is documented twice")
                keys[name] = []
                block = name
                isInTable = false
            } else if line.hasPrefix("|"), let block {
                isInTable = true
                let column = line.split(separator: "|", omittingEmptySubsequences: false)[1]
                let words = column.split(separator: "`", omittingEmptySubsequences: false)
                let isHeading = column.contains("beside")
                for (index, word) in words.enumerated() where index % 2 == 1 && !isHeading {
                    keys[block]?.insert(String(word))
                }
            } else if isInTable {
                block = nil
            }
        }
        return keys
    }
}
