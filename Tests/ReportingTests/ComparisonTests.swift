// Comparisons over constructed reports: what is called, what is not, and what is refused.

import Core
import TestSupport
import Testing

@testable import Checking
@testable import Reporting
@testable import RunStore
@testable import Scenarios

@Suite struct ComparisonTests {
    static let machine = Machine(system: "Debian GNU/Linux 12", cores: 2, memoryBytes: 8 << 30)

    static let scenario = Scenario(
        name: "stock", target: Target(service: Service()), operations: [],
        load: Load(shape: .closed(clients: 12, duration: .seconds(10)), mix: []))

    /// A run of ten seconds with so many acknowledged operations, each as fast as `latency` says.
    static func run(
        _ number: Int, ok: Int, microseconds: UInt64 = 1_000, verdict: Verdict = .pass,
        findings: [Finding] = [], change: (inout ComparedRun) -> Void = { _ in }
    ) -> ComparedRun {
        var report = Fixtures.report
        report.identity.run = "stock/\(number)"
        report.identity.scenario = "stock"
        report.figures.load.durationNanoseconds = 10_000_000_000
        report.judgement.verdict = verdict
        report.judgement.findings = findings
        report.judgement.tally.ok = ok
        let histogram = LatencyHistogram([.init(microseconds: microseconds, count: 2_000)])
        report.figures.latency = [
            LatencyFigures(
                operation: "reserve", count: 2_000, p50Microseconds: microseconds,
                p95Microseconds: microseconds, p99Microseconds: microseconds,
                maximumMicroseconds: microseconds, histogram: histogram)
        ]
        var run = ComparedRun(report: report, machine: machine, scenario: scenario)
        change(&run)
        return run
    }

    private static let base = [run(1, ok: 10_000), run(2, ok: 10_200), run(3, ok: 9_900)]

    private func throughput(_ comparison: RunComparison) throws -> ComparisonRow {
        try #require(comparison.rows.first { $0.measure == .throughput })
    }

    @Test func aSlowerCandidateIsARegression() throws {
        let slow = [Self.run(4, ok: 8_000), Self.run(5, ok: 8_100), Self.run(6, ok: 7_900)]
        let comparison = try RunComparison(base: Self.base, candidate: slow)
        let row = try throughput(comparison)
        #expect(row.call == .regression && row.ratio.hasInterval)
        #expect(comparison.outcome == .regression)
    }

    @Test func slowerAnswersAreARegressionAtEqualThroughput() throws {
        let slow = [4, 5, 6].map { Self.run($0, ok: 10_000 + $0, microseconds: 1_500 + UInt64($0)) }
        let comparison = try RunComparison(base: Self.base, candidate: slow)
        #expect(comparison.rows.filter { $0.call == .regression }.count == 3)
        #expect(comparison.outcome == .regression)
    }

    @Test func anImprovementIsNoRegression() throws {
        let fast = [Self.run(4, ok: 14_000), Self.run(5, ok: 14_100), Self.run(6, ok: 13_900)]
        let comparison = try RunComparison(base: Self.base, candidate: fast)
        #expect(try throughput(comparison).call == .improvement)
        #expect(comparison.outcome == .held)
    }

    @Test func scatteredRunsAreNotCalled() throws {
        let scattered = [Self.run(4, ok: 6_000), Self.run(5, ok: 11_000), Self.run(6, ok: 9_000)]
        let comparison = try RunComparison(base: Self.base, candidate: scattered)
        let row = try throughput(comparison)
        #expect(row.change < -0.10 && row.call == .noise)
        #expect(comparison.outcome == .held)
    }

    @Test func whatTheBasesOwnRunsShowIsNoise() throws {
        let candidate = (11...47).map { Self.run($0, ok: 7_000 + $0) }
        let calm = (1...10).map { Self.run($0, ok: 10_000 + $0) }
        #expect(try throughput(RunComparison(base: calm, candidate: candidate)).call == .regression)
        // Outside the interval, and still nearer to the mean than one of the base's own runs.
        let base = calm.dropLast() + [Self.run(10, ok: 5_000)]
        let row = try throughput(RunComparison(base: Array(base), candidate: candidate))
        #expect(row.call == .noise)
        #expect(try #require(row.ratio.high) < 1 && row.floor > 0.5)
    }

    @Test func aCollapseIsCalledWhereTheNoiseIsMoreThanAllThereWas() throws {
        let base = (1...10).map { Self.run($0, ok: $0 == 10 ? 3_000 : 10_000 + $0) }
        let candidate = (11...20).map { Self.run($0, ok: 100 + $0) }
        let row = try throughput(RunComparison(base: base, candidate: candidate))
        #expect(row.floor > 1 && row.call == .regression)
    }

    @Test func theRatioIsThatOfTheMeansThatAreShown() throws {
        let base = [Self.run(1, ok: 4_000), Self.run(2, ok: 16_000)]
        let candidate = [Self.run(3, ok: 9_000), Self.run(4, ok: 9_000)]
        let row = try throughput(RunComparison(base: base, candidate: candidate))
        #expect(abs(row.base - 800) < 1e-6 && abs(row.candidate - 900) < 1e-6)
        #expect(abs(row.ratio.value - row.candidate / row.base) < 1e-9)
    }

    @Test func aSmallDifferenceOutsideTheNoiseIsSaidAndHeld() throws {
        let little = [Self.run(4, ok: 9_400), Self.run(5, ok: 9_420), Self.run(6, ok: 9_410)]
        let base = [Self.run(1, ok: 10_000), Self.run(2, ok: 10_020), Self.run(3, ok: 10_010)]
        let comparison = try RunComparison(base: base, candidate: little)
        #expect(try throughput(comparison).call == .small)
        #expect(comparison.outcome == .held)
    }

    @Test func singleRunsAreCalledOnlyBeyondTheDefaultFloor() throws {
        for (ok, call) in [(8_500, ComparisonRow.Call.noise), (7_000, .regression)] {
            let comparison = try RunComparison(
                base: [Self.run(1, ok: 10_000)], candidate: [Self.run(2, ok: ok)])
            let row = try throughput(comparison)
            #expect(row.call == call && !row.ratio.hasInterval)
            #expect(comparison.reading.joined().contains("no interval is possible"))
        }
    }

    @Test func aPercentileWithFewOperationsBeyondItIsNotJudged() throws {
        let few = [4, 5].map { number in
            Self.run(number, ok: 10_000) { run in
                let histogram = LatencyHistogram([.init(microseconds: 90_000, count: 60)])
                run.report.figures.latency[0].count = 60
                run.report.figures.latency[0].histogram = histogram
            }
        }
        let comparison = try RunComparison(base: Self.base, candidate: few)
        func call(_ percentile: Double) -> ComparisonRow.Call? {
            comparison.rows.first { $0.measure == .latency(operation: "reserve", percentile: percentile) }?
                .call
        }
        #expect(call(50) == .regression)
        #expect(call(95) == .fewOperations && call(99) == .fewOperations)
    }

    @Test func aServiceThatGetsNothingDoneIsARegression() throws {
        let dead = [Self.run(4, ok: 0), Self.run(5, ok: 0)]
        let comparison = try RunComparison(base: Self.base, candidate: dead)
        #expect(try throughput(comparison).call == .regression)
    }

    // MARK: - Safety

    private static func finding(_ id: String, _ kind: FindingKind) -> Finding {
        Finding(
            classID: id, number: 1, kind: kind, check: "stock", key: "k", title: "It was lost.", story: [],
            example: [], count: 1, judged: 10)
    }

    @Test func aNewSafetyFindingWinsOverEveryFigure() throws {
        let racy = [
            Self.run(4, ok: 5_000, verdict: .violation, findings: [Self.finding("aaaa", .lostUpdate)]),
            Self.run(5, ok: 20_000),
        ]
        let comparison = try RunComparison(base: Self.base, candidate: racy)
        #expect(comparison.outcome == .violation)
        let change = try #require(comparison.findings.first)
        #expect(change.change == .new && change.candidateRuns == 1 && change.baseRuns == 0)
    }

    @Test func aKnownAndAVanishedFindingAreSaidAndHeld() throws {
        let base = [1, 2].map {
            Self.run(
                $0, ok: 10_000 + $0, verdict: .violation,
                findings: [Self.finding("aaaa", .lostUpdate), Self.finding("bbbb", .staleRead)])
        }
        let candidate = [3, 4].map {
            Self.run(
                $0, ok: 10_000 + $0, verdict: .violation, findings: [Self.finding("aaaa", .lostUpdate)])
        }
        let comparison = try RunComparison(base: base, candidate: candidate)
        #expect(comparison.outcome == .held)
        #expect(comparison.findings.map(\.change) == [.vanished, .known])
    }

    @Test func aNewFindingThatIsAcceptedIsToldAndFailsNothing() throws {
        var accepted = Self.finding("aaaa", .lostUpdate)
        accepted.acceptance = Acceptance(reason: "known since spring", until: "2027-01-01")
        let candidate = [4, 5, 6].map {
            Self.run($0, ok: 10_000 + $0, verdict: .violation, findings: [accepted])
        }
        let comparison = try RunComparison(base: Self.base, candidate: candidate)
        #expect(comparison.outcome == .held)
        #expect(comparison.text(.plain).contains("= new, accepted lost-update"))
        #expect(comparison.markdown.contains("| new, accepted | lost-update |"))
        #expect(comparison.html.contains("new, accepted"))
        accepted.acceptance = nil
        let mixed = candidate + [Self.run(7, ok: 10_000, verdict: .violation, findings: [accepted])]
        #expect(try RunComparison(base: Self.base, candidate: mixed).outcome == .violation)
    }

    @Test func aNewDeadlockIsARegression() throws {
        let candidate = [4, 5].map {
            Self.run($0, ok: 10_000, verdict: .degraded, findings: [Self.finding("cccc", .deadlock)])
        }
        #expect(try RunComparison(base: Self.base, candidate: candidate).outcome == .regression)
    }

    @Test func aSideThatTestedNothingIsNoPass() throws {
        let vacuous = [4, 5].map { Self.run($0, ok: 10_000, verdict: .unknown) }
        #expect(try RunComparison(base: Self.base, candidate: vacuous).outcome == .inconclusive)
        #expect(try RunComparison(base: vacuous, candidate: Self.base).outcome == .inconclusive)
    }

    // MARK: - Refusals

    @Test func anUnlikeBaselineIsRefusedWithWhatDiffers() {
        let changes: [(String, (inout ComparedRun) -> Void)] = [
            ("scenario", { $0.report.identity.scenario = "orders" }),
            ("database", { $0.report.identity.database = "postgresql" }),
            ("replicas", { $0.report.identity.replicas = 9 }),
            ("clients", { $0.report.identity.clients = 99 }),
            ("one at a time", { $0.report.identity.sequential = true }),
            ("guard", { $0.report.identity.parameters[0].value = "row-lock" }),
            ("cores", { $0.machine?.cores = 64 }), ("Alpine", { $0.machine?.system = "Alpine" }),
            ("not recorded", { $0.machine = nil }),
        ]
        for (word, change) in changes {
            let other = Self.run(4, ok: 10_000, change: change)
            let error = #expect(throws: ComparisonError.self) {
                try RunComparison(base: Self.base, candidate: [other])
            }
            #expect(
                error?.code == .unlike && error?.message.contains(word) == true, "\(word): \(error as Any)")
            let mixed = #expect(throws: ComparisonError.self) {
                try RunComparison(base: [Self.base[0], other], candidate: Self.base)
            }
            #expect(mixed?.message.contains("base's own runs") == true)
        }
    }

    @Test func allowUnlikeTurnsTheMachineAloneIntoAWarning() throws {
        var options = ComparisonOptions()
        options.allowsUnlikeMachine = true
        let elsewhere = Self.run(4, ok: 10_000) { $0.machine?.cores = 64 }
        let comparison = try RunComparison(base: Self.base, candidate: [elsewhere], options: options)
        #expect(comparison.warnings.count == 1 && comparison.warnings[0].contains("64 cores"))
        let other = Self.run(4, ok: 10_000) { $0.report.identity.database = "none" }
        #expect(throws: ComparisonError.self) {
            try RunComparison(base: Self.base, candidate: [other], options: options)
        }
    }

    @Test func aMissingSideAndARunThatDidNotHappenAreRefused() {
        #expect(throws: ComparisonError.self) { try RunComparison(base: [], candidate: Self.base) }
        #expect(throws: ComparisonError.self) { try RunComparison(base: Self.base, candidate: []) }
        let error = #expect(throws: ComparisonError.self) {
            try RunComparison(base: [Self.run(1, ok: 0, verdict: .notRun)], candidate: Self.base)
        }
        #expect(error?.code == .notRun)
    }

    // MARK: - How it is told

    private func told() throws -> RunComparison {
        let candidate = [4, 5, 6].map {
            Self.run(
                $0, ok: 8_000 + $0, microseconds: 1_000 + UInt64($0), verdict: .violation,
                findings: [Self.finding("7c01ab33", .lostUpdate)])
        }
        return try RunComparison(base: Self.base, candidate: candidate)
    }

    @Test func theTextFitsEightyColumns() throws {
        let text = try told().text(.plain)
        for line in text.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
        #expect(Golden.difference(of: text, from: "comparison.txt") == nil)
    }

    @Test func markdownIsAsItShouldBe() throws {
        #expect(Golden.difference(of: try told().markdown, from: "comparison.md") == nil)
    }

    @Test func whatAServiceSaidIsEscapedEverywhere() throws {
        var hostile = Self.finding("dddd", .lostUpdate)
        hostile.title = "<script>alert(1)</script> | `x` *y*"
        let candidate = [Self.run(4, ok: 10_000, verdict: .violation, findings: [hostile])]
        let comparison = try RunComparison(base: [Self.base[0]], candidate: candidate)
        #expect(!(comparison.html).contains("<script>alert"))
        #expect(comparison.markdown.contains("&lt;script&gt;alert(1)&lt;/script&gt; \\| \\`x\\` \\*y\\*"))
    }

    @Test func theDocumentCarriesCallsAndOutcome() throws {
        guard case .object(let members) = try told().document else {
            Issue.record("no object")
            return
        }
        #expect(members["outcome"] == "violation")
        #expect(members["figures"]?.elements?.count == 4)
    }
}
