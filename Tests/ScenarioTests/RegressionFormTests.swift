// A kept order of statements as a file: decoded, written and refused with its place.

import Core
import Testing

@testable import Scenarios

@Suite struct RegressionFormTests {
    private static let base = scenario(
        operations: "  put: { http: PUT /item }\n  take: { http: DELETE /item }\n",
        more: "matrix: { replicas: [1, 2] }")

    private static let kept = Regression(
        scenario: "small", requests: ["put", "take"],
        schedule: [
            Regression.Step(request: 0, statement: "SELECT \"a\" FROM items WHERE id = $1"),
            Regression.Step(request: 1, statement: "COMMIT", waiting: [0]),
        ],
        expected: Regression.Expected(check: "stock", kind: .lostUpdate, classID: "00112233"))

    private static func file(_ text: String) throws -> ScenarioFile {
        try ScenarioFile(text: text, path: "all/regressions/kept.yaml") { path in
            guard path == "all/base.yaml" else { throw Fixture.MissingFile() }
            return base
        }
    }

    @Test func whatIsWrittenLoadsToTheSameAndRestsOnTheScenariosFolder() throws {
        let base = try Fixture.parse(Self.base, path: "all/base.yaml")
        let text = Self.kept.text(named: "small.kept", extending: "../base.yaml", of: base, parameters: [])
        #expect(text.contains("matrix: null") && !text.contains("thresholds"))
        let file = try Self.file(text)
        #expect(file.isRegression && file.matrix.isEmpty)
        let scenario = try file.resolve(environment: [:])
        #expect(scenario.regression == Self.kept)
        #expect(scenario.name == "small.kept" && scenario.classScope == "small")
        #expect(scenario.home == "all/base.yaml")
        // Also as the run directory keeps it.
        let again = try Fixture.resolve(scenario.resolvedYAML())
        #expect(again.comparable == scenario.comparable)
    }

    @Test func whatIsWrongIsToldWithItsPlace() throws {
        func problems(_ regression: String) -> String {
            Fixture.problems(scenario(more: "regression: \(regression)"))
        }
        let wrong = problems(
            "{ scenario: s, requests: [put, pit], expect: { check: c, kind: lost, class: 1 }, "
                + "schedule: [{ request: 3, statement: x }] }")
        for part in [
            "the operation `pit` is not defined", "`lost` is no kind of finding", "is no class of a finding",
            "3 is out of range",
        ] { #expect(wrong.contains(part), "\(wrong)") }
        #expect(
            problems("{ scenario: s, requests: [put], schedule: [] }").contains(
                "between 2 and 8 requests can race at once"))
        #expect(problems("{ requests: [put, put] }").contains("`expect` is missing in a regression"))
    }
}
