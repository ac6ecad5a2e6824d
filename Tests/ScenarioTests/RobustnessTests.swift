// Whatever stands in a file, the decoder answers with a scenario or with errors that have a place in it.

import Core
import Testing

@testable import Scenarios

@Suite struct RobustnessTests {
    @Test(arguments: ["image-deactivate.yaml", "orders-quota.yaml", "everything.yaml"], [1, 2])
    func damagedFilesGiveErrorsWithPlaces(name: String, seed: UInt64) throws {
        let text = Array(try Fixture.text(name))
        var generator = SeededGenerator(state: seed)
        let pieces = [
            "", " ", ":", "{", "}", "[", "]", "\"", "${{", "}}", "- ", "&a ", "*a", "null", "-1", "é", "\n",
            "\t", "!x ",
        ]
        for _ in 0..<60 {
            var damaged = text
            for _ in 0...(generator.next() % 3) {
                let start = Int(generator.next() % UInt64(damaged.count))
                let end = min(damaged.count, start + Int(generator.next() % 6))
                damaged.replaceSubrange(
                    start..<end, with: pieces[Int(generator.next() % UInt64(pieces.count))])
            }
            let broken = String(damaged)
            let lines = broken.split(separator: "\n", omittingEmptySubsequences: false)
            do {
                let file = try Fixture.parse(broken, path: name)
                _ = try? file.resolve(environment: [:])
            } catch let errors as ScenarioErrors {
                #expect(!errors.diagnostics.isEmpty, "seed \(seed)\n\(broken)")
                for diagnostic in errors.diagnostics {
                    let isInside = (1...(lines.count + 1)).contains(diagnostic.position.line)
                    #expect(
                        isInside && diagnostic.position.column >= 1, "seed \(seed)\n\(diagnostic)\n\(broken)")
                }
            }
        }
    }

    @Test func deepNestingAndManyAliasesAreRefusedNotSuffered() {
        let deep = "a: " + String(repeating: "[", count: 5000)
        #expect(Fixture.problems(deep).contains("error"))
        var bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...9 {
            let aliases = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            bomb += "a\(level): &a\(level) [\(aliases)]\n"
        }
        #expect(Fixture.problems(bomb).contains("more than 50000 values"))
    }
}
