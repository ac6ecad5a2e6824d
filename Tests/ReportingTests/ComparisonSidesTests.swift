// What both sides of a comparison must have in common, what is only warned about, and what is no pass.

import Checking
import Core
import RunStore
import Scenarios
import Testing

@testable import Reporting

@Suite struct ComparisonSidesTests {
    private func run(
        _ number: Int, ok: Int = 10_000, verdict: Verdict = .pass,
        change: (inout ComparedRun) -> Void = { _ in }
    ) -> ComparedRun {
        ComparisonTests.run(number, ok: ok, verdict: verdict, change: change)
    }

    private static let scenarioText = """
        version: 1
        name: stock
        target:
          service: { command: [server, "${{ port }}"] }
          database: { postgresql: { settings: { max_connections: 50 } } }
        operations:
          put: { http: "PUT /items/${{ item }}", json: { value: "${{ unique }}" } }
          show: { http: "GET /items/${{ item }}", effect: none, capture: { value: json $.value } }
        models:
          value:
            register:
              key: ${{ item }}
              initial: first
              write: { operation: put, value: "${{ unique }}" }
              read: { operation: show, value: "${{ value }}" }
        invariants:
          - { name: answered, progress: { operation: put, within: 5s } }
        load: { clients: 12, for: 10s, mix: { put: 1, show: 1 }, keys: { item: { count: 3 } } }
        """

    private func scenario(_ text: String) throws -> Scenario {
        try ScenarioFile(text: text, path: "stock.yaml") { _ in "" }.resolve([:], environment: [:])
    }

    @Test func aScenarioThatTestsOrJudgesOtherwiseIsRefusedWithWhatDiffers() throws {
        let before = try scenario(Self.scenarioText)
        let base = [run(1) { $0.scenario = before }]
        let moved = try scenario("# Moved.\n\n" + Self.scenarioText)
        #expect(moved != before)
        #expect(throws: Never.self) {
            try RunComparison(base: base, candidate: [run(2) { $0.scenario = moved }])
        }
        let changes = [
            ("another load", "for: 10s", "for: 90s"), ("other models", "initial: first", "initial: second"),
            ("other operations", "PUT /items", "PUT /things"), ("other database settings", "50", "51"),
            ("other invariants", "within: 5s", "within: 6s"),
        ]
        for (word, old, new) in changes {
            let other = try scenario(Self.scenarioText.replacing(old, with: new))
            let error = #expect(throws: ComparisonError.self) {
                try RunComparison(base: base, candidate: [run(2) { $0.scenario = other }])
            }
            #expect(
                error?.code == .unlike && error?.message.contains(word) == true,
                "\(word): \(error as Any)")
        }
    }

    @Test func anotherCommandOfTheServiceIsWhatIsCompared() throws {
        var other = try scenario(Self.scenarioText)
        let before = other
        other.target.service.command = [Template(parts: [.literal("server-2")])]
        #expect(throws: Never.self) {
            try RunComparison(
                base: [run(1) { $0.scenario = before }], candidate: [run(2) { $0.scenario = other }])
        }
    }

    @Test func aRunWhoseScenarioCannotBeReadIsRefused() {
        for (base, candidate) in [
            (run(1) { $0.scenario = nil }, run(2)), (run(1), run(2) { $0.scenario = nil }),
        ] {
            let error = #expect(throws: ComparisonError.self) {
                try RunComparison(base: [base], candidate: [candidate])
            }
            #expect(error?.code == .unlike && error?.message.contains("scenario.yaml") == true)
        }
    }

    @Test func whatIsNotKnownOfTheSidesIsWarnedAbout() throws {
        func warnings(
            _ base: (inout ComparedRun) -> Void, _ candidate: (inout ComparedRun) -> Void
        ) throws -> String {
            try RunComparison(base: [run(1, change: base)], candidate: [run(2, change: candidate)])
                .warnings.joined(separator: "\n")
        }
        #expect(try warnings({ _ in }, { _ in }).isEmpty)
        #expect(
            try warnings({ $0.machine = nil }, { $0.machine = nil }).contains("no run recorded its machine"))
        #expect(
            try warnings(
                { $0.report.judgement.tally.deadlocks = 0 }, { $0.report.judgement.tally.deadlocks = nil }
            ).contains("deadlocks were counted in some runs only"))
        #expect(
            try warnings({ _ in }, { $0.report.figures.load.abortedEarly = Fixtures.abortedEarly })
                .contains("1 of 1 run of the candidate ended early"))
        let threshold = try scenario(Self.scenarioText + "\nthresholds: { latency: max<2s }\n")
        let plain = try scenario(Self.scenarioText)
        #expect(
            try warnings({ $0.scenario = threshold }, { $0.scenario = plain }).contains("other thresholds"))
    }

    @Test func aThresholdThatHeldAndFailsIsARegressionByName() throws {
        func judged(_ number: Int, _ verdict: Verdict) -> ComparedRun {
            run(number, verdict: verdict) {
                var check = Fixtures.limit
                check.verdict = verdict
                $0.report.judgement.checks = [check]
            }
        }
        let failing = try RunComparison(
            base: [judged(1, .pass), judged(2, .pass)], candidate: [judged(3, .pass), judged(4, .degraded)])
        #expect(failing.outcome == .regression)
        #expect(failing.thresholds.map(\.change) == [.new])
        let name = Fixtures.limit.name
        #expect(failing.text(.plain).contains("✗ new      \(name)"))
        #expect(failing.markdown.contains("## Thresholds") && failing.markdown.contains("| 0 | 1 |"))
        #expect(failing.html.contains("<h2>Thresholds</h2>"))
        let known = try RunComparison(
            base: [judged(1, .degraded), judged(2, .pass)],
            candidate: [judged(3, .degraded), judged(4, .pass)])
        #expect(known.outcome == .held && known.thresholds.map(\.change) == [.known])
        let mended = try RunComparison(base: [judged(1, .degraded)], candidate: [judged(2, .pass)])
        #expect(mended.outcome == .held && mended.thresholds.map(\.change) == [.vanished])
    }

    @Test func whatTheCandidateDidNotMeasureIsNoPass() throws {
        let without = run(2) { $0.report.figures.latency = [] }
        let comparison = try RunComparison(base: [run(1)], candidate: [without])
        #expect(comparison.outcome == .inconclusive)
        #expect(comparison.warnings.contains("the candidate did not measure reserve, which the base did"))
        let uncounted = run(2) { $0.report.figures.latency[0].count = 0 }
        #expect(try RunComparison(base: [run(1)], candidate: [uncounted]).outcome == .inconclusive)
        #expect(try RunComparison(base: [without], candidate: [run(1)]).outcome == .held)
        let idle = try RunComparison(base: [run(1, ok: 0)], candidate: [run(2, ok: 0)])
        #expect(idle.outcome == .inconclusive)
        // What is worse for certain is said as that.
        let worse = try RunComparison(
            base: [run(1)],
            candidate: [
                run(2, ok: 10) { $0.report.figures.latency = [] }
            ])
        #expect(worse.outcome == .regression)
    }

    @Test func percentilesWithoutHistogramsAreShownAndNotJudged() throws {
        let slow = run(2) {
            $0.report.figures.latency[0].histogram = nil
            $0.report.figures.latency[0].p99Microseconds = 900_000
        }
        let comparison = try RunComparison(base: [run(1)], candidate: [slow])
        let rows = comparison.rows.filter { $0.measure != .throughput }
        #expect(rows.map(\.call) == [.noHistogram, .noHistogram, .noHistogram])
        #expect(rows.last?.candidate == 900_000)
        #expect(comparison.outcome == .held)
        #expect(comparison.warnings.contains { $0.contains("candidate kept no histograms") })
        #expect(comparison.text(.plain).contains("not judged"))
    }
}
