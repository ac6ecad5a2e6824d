// schemas/verdict.schema.json is what the types say, and every verdict keeps to it: of whole, empty and odd
// runs.

import Core
import TestSupport
import Testing

@testable import Checking
@testable import Histories
@testable import Reporting
@testable import RunStore
@testable import Scenarios

@Suite struct VerdictSchemaTests {
    private let validator = SchemaValidator(RunReport.fileSchema, strict: true)

    @Test func theCommittedSchemaIsThatOfTheTypes() {
        let text = RunReport.fileSchema.text
        #expect(Golden.difference(of: text, fromRepositoryFile: "schemas/verdict.schema.json") == nil)
    }

    /// Every optional member is there.
    static var whole: RunReport {
        var report = Fixtures.report
        report.figures.load.abortedEarly = Fixtures.abortedEarly
        report.judgement.tally.deadlocks = 3
        report.judgement.tally.unansweredRounds = 4
        report.judgement.steps = [
            LoadStep(clients: 2, perSecond: 10.5, succeeded: 9, aborted: 1, deadlocks: 0)
        ]
        report.judgement.checks.append(Fixtures.limit)
        report.judgement.checks[0].position = SourcePosition(line: 12, column: 3, file: "base.yaml")
        report.judgement.findings[0].acceptance = Acceptance(reason: "ticket 17", until: "2027-01-31")
        report.judgement.tally.abortedAttempts = 7
        report.figures.load.cpuSeconds = CPUSeconds(service: 1.5, database: nil)
        report.figures.latency[0].p999Microseconds = 9_000
        report.figures.latency[0].histogram = LatencyHistogram([.init(microseconds: 1_210, count: 600)])
        return report
    }

    static var notRun: RunReport {
        var report = Fixtures.pass
        report.judgement.verdict = .notRun
        report.judgement.tally = Tally()
        report.notices = ["no replica became ready"]
        return report
    }

    @Test func verdictsOfWholeSmallAndMissingRunsAreValid() throws {
        for report in [Self.whole, Fixtures.report, Fixtures.pass, Self.notRun] {
            let document = try JSON.parse(JSON.text(report.document).utf8)
            #expect(validator.problems(document).isEmpty)
        }
    }

    /// An empty history, one operation, and operations of which nothing is known, judged and reported.
    @Test(arguments: [[], [Outcome.ok], [.unknown, .unknown, .unknown]])
    func verdictsOfOddRunsAreValidAndComeBack(outcomes: [Outcome]) throws {
        let document = try Self.odd(outcomes).document
        let problems = validator.problems(try JSON.parse(JSON.text(document).utf8))
        #expect(problems.isEmpty)
        let back = try RunReport(document: document)
        #expect(back.judgement.verdict == .unknown && back.judgement.tally.operations == outcomes.count)
        #expect(JSON.text(back.document) == JSON.text(document))
        #expect(!back.summary(TextStyle(isColoured: false, width: 80), directory: "runs/x").isEmpty)
    }

    /// Takes each required member away, and puts something else in the place of every member there is.
    @Test func aVerdictThatIsDamagedIsInvalid() throws {
        let document = Self.whole.document
        let optional: Set = [
            "aborted_early", "release_spread_nanoseconds", "steps", "round", "values", "captures", "intended",
            "returned", "received", "status", "failure", "excerpt", "measured", "limit", "unit", "deadlocks",
            "occurrences", "accepted", "position", "file", "cpu_seconds", "aborted_attempts",
            "p999_microseconds", "histogram_microseconds", "answers", "unanswered_rounds",
        ]
        let required: Set = ["aborted_early limit", "aborted_early measured", "aborted_early unit"]
        let free: Set = ["value", "unique", "image"]
        var count = 0
        for path in Self.paths(in: document, from: []) {
            guard let name = path.last, Int(name) == nil, !path.contains("values"), !path.contains("captures")
            else { continue }
            let isOptional =
                optional.contains(name) && !required.contains(path.joined(separator: " "))
                && path.first != "steps" || path == ["steps"] || path.first == "answers" && name == "step"
            let without = validator.problems(document.replacing(path, with: nil))
            #expect(without.isEmpty == isOptional, "\(path): \(without)")
            guard !free.contains(name) else { continue }
            let other = validator.problems(document.replacing(path, with: .array([.null])))
            #expect(!other.isEmpty, "\(path)")
            count += 1
        }
        #expect(count > 90)
    }

    @Test func aWordThatNoEnumerationHasIsInvalid() {
        for path in [
            "verdict", "findings 0 kind", "findings 0 severity", "checks 0 kind", "checks 0 verdict",
        ] {
            let words = path.split(separator: " ").map(String.init)
            #expect(!validator.problems(Self.whole.document.replacing(words, with: "nonsense")).isEmpty)
        }
    }

    @Test func aMemberOfALaterVersionIsAllowedAndAnotherVersionIsNot() {
        let schema = SchemaValidator(RunReport.fileSchema)
        let document = Fixtures.report.document
        #expect(schema.problems(document.replacing(["later"], with: 1)).isEmpty)
        #expect(schema.problems(document.replacing(["findings", "0", "later"], with: 1)).isEmpty)
        #expect(!schema.problems(document.replacing(["version"], with: 2)).isEmpty)
    }

    private static func odd(_ outcomes: [Outcome]) throws -> RunReport {
        let operations = outcomes.enumerated().map { index, outcome in
            OperationRecord(
                id: index, client: index, name: "put", phase: .load, invoked: 0,
                returned: outcome == .unknown ? nil : 5, outcome: outcome)
        }
        let put = OperationDeclaration(
            name: "put",
            steps: [
                Step(
                    name: "put",
                    request: RequestTemplate(method: "PUT", target: Template(parts: [.literal("/")])))
            ], isRead: false)
        let thresholds = [Threshold.Measure.latency(percentile: 99), .throughput, .attemptsPerSuccess].map {
            Threshold(measure: $0, comparison: .less, limit: 1, source: "limit")
        }
        let scenario = Scenario(
            name: "odd", target: Target(service: Service()), operations: [put],
            load: Load(
                shape: .closed(clients: 3, duration: .seconds(1)),
                mix: [MixEntry(operation: "put", weight: 1)]), thresholds: thresholds)
        let header = HistoryHeader(scenario: "odd", seed: 1, replicas: 1, clients: 3, started: "")
        var report = Fixtures.pass
        report.judgement = judge(History(header: header, operations: operations), by: scenario)
        return report
    }

    /// The paths of all members, at any depth.
    private static func paths(in value: Value, from path: [String]) -> [[String]] {
        switch value {
        case .object(let members):
            members.flatMap { [path + [$0.key]] + paths(in: $0.value, from: path + [$0.key]) }
        case .array(let elements):
            elements.enumerated().flatMap { paths(in: $0.element, from: path + ["\($0.offset)"]) }
        case .null, .bool, .int, .double, .string: []
        }
    }
}
