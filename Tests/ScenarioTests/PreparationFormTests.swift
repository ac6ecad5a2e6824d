// What the form says about `before`: repeated operations, and what the round sees of them.

import Core
import Testing

@testable import Scenarios

@Suite struct PreparationFormTests {
    private func burst(
        before: String = "[make]", vary: String = "{ one: \"${{ id }}\" }", path: String = "/${{ one }}"
    ) -> String {
        scenario(
            operations: """
                  make:
                    http: POST /items
                    json: { kind: "${{ kind }}" }
                    vary: { kind: [a, b] }
                    capture: { id: json $.id }
                  drop:
                    http: "DELETE \(path)"
                    vary: \(vary)

                """,
            load: """
                { burst: { rounds: 1, clients: 2 }, each-round: { before: \(before), mix: { drop: 1 } },
                  keys: { item: { count: 1 } } }
                """)
    }

    @Test func anOperationMayBeRepeated() throws {
        let scenario = try Fixture.resolve(burst(before: "[make, { operation: make, times: 3 }]"))
        #expect(scenario.load.before == ["make", Preparation(operation: "make", times: 3)])
        #expect(try Fixture.resolve(scenario.resolvedYAML()).comparable == scenario.comparable)
        let alone = try Fixture.resolve(burst(before: "{ operation: make, times: 1 }"))
        #expect(alone.load.before == [Preparation(operation: "make", times: 1)])
        #expect(try Fixture.resolve(alone.resolvedYAML()).comparable == alone.comparable)
    }

    @Test(arguments: [
        ("[{ operation: mak, times: 3 }]", "the operation `mak` is not defined", "did you mean `make`?"),
        (
            "[{ operation: make, time: 3 }]", "unknown key `time` in a repeated operation",
            "did you mean `times`?"
        ),
        ("[{ operation: make }]", "`times` is missing in a repeated operation", ""),
        ("[{ operation: make, times: 0 }]", "0", "100"), ("[{ operation: make, times: 101 }]", "101", "100"),
    ])
    func aMistakeInARepetitionIsTold(before: String, said: String, suggested: String) {
        let problems = Fixture.problems(burst(before: before))
        #expect(problems.contains(said) && problems.contains(suggested), "\(problems)")
    }

    @Test func theRoundSeesWhatItsPreparationVaried() throws {
        let scenario = try Fixture.resolve(burst(path: "/${{ kind }}/${{ one }}"))
        #expect(scenario.operations[1].steps[0].request.placeholders == ["kind", "one"])
        let problems = Fixture.problems(burst(before: "[]", vary: "{ one: [x] }", path: "/${{ kind }}"))
        #expect(problems.contains("undefined placeholder `kind` in `drop`"), "\(problems)")
    }

    @Test(arguments: [
        "\"${{ id }}\"", "[\"${{ id }}\", none, 3]", "[\"of ${{ id | base64 }}\"]", "[\"${{ item }}\"]",
        "[\"${{ kind }}\"]",
    ])
    func whatIsKnownBeforeMayBeVaried(written: String) throws {
        let scenario = try Fixture.resolve(burst(vary: "{ one: \(written) }"))
        guard case .known = scenario.operations[1].vary[0].variation else {
            Issue.record("\(scenario.operations[1].vary)")
            return
        }
        #expect(try Fixture.resolve(scenario.resolvedYAML()).comparable == scenario.comparable)
    }

    @Test(arguments: [
        ("\"${{ ids }}\"", "undefined placeholder `ids` in `vary` of `drop`"),
        ("\"${{ unique }}\"", "undefined placeholder `unique` in `vary` of `drop`"),
        ("[\"${{ one }}\"]", "undefined placeholder `one` in `vary` of `drop`"),
        ("\"1..${{ id }}\"", "`${{ id }}` is not known when the scenario is read"),
        ("\"${{ id | text }}\"", "`${{ id }}` is not known when the scenario is read"),
        ("{ sequence: [\"${{ id }}\"] }", "a variation cannot hold the placeholder `id`"),
    ])
    func whatIsNotKnownByThenCannotBeVaried(written: String, said: String) {
        let problems = Fixture.problems(burst(vary: "{ one: \(written) }"))
        #expect(problems.contains(said), "\(problems)")
    }
}
