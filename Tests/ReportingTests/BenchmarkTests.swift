// Benchmarks over constructed runs: goodput without what was lost, who is ranked and who is not, and how it
// is told.

import Checking
import Core
import Foundation
import Scenarios
import TestSupport
import Testing

@testable import Reporting
@testable import RunStore

@Suite struct BenchmarkTests {
    /// A run of two seconds.
    static func report(ok: Int, lost: Int = 0, microseconds: UInt64 = 1_000, cpu: CPUSeconds? = nil)
        -> RunReport
    {
        var report = Fixtures.pass
        report.figures.load.durationNanoseconds = 2_000_000_000
        report.judgement.tally.ok = ok
        report.judgement.tally.operations = ok
        report.judgement.tally.losers = 10
        report.judgement.tally.deadlocks = 2
        report.judgement.tally.abortedAttempts = ok / 10
        report.figures.load.cpuSeconds = cpu
        if lost > 0 {
            report.judgement.verdict = .violation
            report.judgement.findings = [
                Finding(
                    classID: "aaaa", number: 1, kind: .lostElement, check: "tags", key: "k", title: "Lost.",
                    story: [], example: [], count: 1, judged: 1, occurrences: lost),
                Finding(
                    classID: "bbbb", number: 2, kind: .deadlock, check: "deadlocks", key: "k", title: "Dead.",
                    story: [], example: [], count: 7, judged: 7),
            ]
        }
        let histogram = LatencyHistogram([.init(microseconds: microseconds, count: ok)])
        report.figures.latency = [
            LatencyFigures(
                operation: "tag", count: ok, p50Microseconds: microseconds, p95Microseconds: microseconds,
                p99Microseconds: microseconds, maximumMicroseconds: microseconds, histogram: histogram)
        ]
        return report
    }

    static func cell(_ name: String, clients: Int, _ reports: [RunReport]) -> BenchmarkCell {
        BenchmarkCell(
            parameters: [
                Parameter(name: "guard", value: .string(name)),
                Parameter(name: "clients", value: .int(clients)),
            ], runs: reports.map { BenchmarkRun($0) })
    }

    static func benchmark(_ cells: [BenchmarkCell], clients: [Value] = [4, 32]) -> Benchmark {
        Benchmark(
            scenario: "guards", scenarioFile: "bench/guards.yaml", about: "What a guard costs.",
            command: "contend bench bench/guards.yaml", seed: 1, started: "2026-11-26T12:00:00Z",
            machine: Machine(system: "Debian GNU/Linux 12", cores: 2, memoryBytes: 8 << 30),
            versions: "contend 0.1.0", times: 3,
            axes: [
                MatrixAxis(name: "guard", values: ["compare-and-swap", "row-lock", "check-then-act"]),
                MatrixAxis(name: "clients", values: clients),
            ], compared: "guard", reference: "compare-and-swap", cells: cells)
    }

    private static let whole = benchmark([
        cell(
            "compare-and-swap", clients: 4,
            [2_000, 2_040, 1_960].map { report(ok: $0, cpu: CPUSeconds(service: 1, database: 0.5)) }),
        cell(
            "compare-and-swap", clients: 32,
            [2_000, 2_040, 1_960].map { report(ok: $0, cpu: CPUSeconds(service: 1, database: 0.5)) }),
        cell(
            "row-lock", clients: 4,
            [1_600, 1_620, 1_580].map { report(ok: $0, cpu: CPUSeconds(service: 1, database: 1)) }),
        cell(
            "row-lock", clients: 32,
            [600, 610, 590].map {
                report(ok: $0, microseconds: 9_000, cpu: CPUSeconds(service: 1, database: 1))
            }),
        cell("check-then-act", clients: 4, [1_000, 3_500, 2_000].map { report(ok: $0, lost: 300) }),
        cell("check-then-act", clients: 32, [1_000, 1_010, 990].map { report(ok: $0, lost: 400) }),
    ])

    @Test func goodputLeavesOutWhatSafetyFindingsShowToBeLost() throws {
        let run = BenchmarkRun(Self.report(ok: 1_000, lost: 400))
        #expect(run.lost == 400 && run.good == 600 && run.goodput == 300)
        // A deadlock takes nothing that was acknowledged.
        #expect(run.findings == ["lost-element": 400, "deadlock": 7])
        #expect(BenchmarkRun(Self.report(ok: 5, lost: 400)).good == 0)
    }

    @Test func whatSeveralChecksShowOfOneOperationIsCountedOnce() {
        func finding(_ check: String, _ kind: FindingKind, _ occurrences: Int) -> Finding {
            Finding(
                classID: "\(check)\(kind)", number: 1, kind: kind, check: check, key: "k", title: "Wrong.",
                story: [], example: [], count: 1, judged: 1, occurrences: occurrences)
        }
        var report = Self.report(ok: 1_000)
        report.judgement.findings = [
            finding("tags", .lostElement, 30), finding("tags", .duplicate, 5),
            finding("final", .invariantViolated, 30),
        ]
        #expect(BenchmarkRun(report).lost == 35)
        // What was refused, or only seen, was not acknowledged wrongly.
        report.judgement.findings = [
            finding("a", .refusedButApplied, 40), finding("b", .staleRead, 40), finding("c", .phantom, 40),
            finding("d", .replicaDivergence, 40),
        ]
        #expect(BenchmarkRun(report).lost == 0)
    }

    @Test func onlyACellWithoutAnyGoodputGotNothingDone() throws {
        let cells = [
            Self.cell("compare-and-swap", clients: 4, [Self.report(ok: 100), Self.report(ok: 110)]),
            Self.cell("row-lock", clients: 4, [Self.report(ok: 0), Self.report(ok: 900)]),
            Self.cell("check-then-act", clients: 4, [Self.report(ok: 0), Self.report(ok: 0)]),
        ]
        let sentences = try #require(Self.benchmark(cells, clients: [4]).reading.first).sentences
        #expect(
            sentences.contains(
                "row-lock cannot be compared with compare-and-swap at 4 clients: a run got nothing done."))
        #expect(sentences.contains("check-then-act got nothing done at 4 clients."))
        var idle = cells
        idle[0] = Self.cell("compare-and-swap", clients: 4, [Self.report(ok: 0), Self.report(ok: 0)])
        let others = try #require(Self.benchmark(idle, clients: [4]).reading.first).sentences
        #expect(!others.contains { $0.contains("row-lock got nothing done") })
    }

    @Test func clientsAloneAreComparedWithTheFirstNumberOfThem() throws {
        var benchmark = Self.benchmark([], clients: [1, 4])
        benchmark.axes = [MatrixAxis(name: "clients", values: [1, 4])]
        (benchmark.compared, benchmark.reference) = ("clients", 1)
        benchmark.cells = [(1, 1_000), (4, 2_000)].map { clients, ok in
            var cell = Self.cell("x", clients: clients, [ok, ok + 20, ok - 20].map { Self.report(ok: $0) })
            cell.parameters.removeFirst()
            return cell
        }
        let panel = try #require(benchmark.panels.first)
        #expect(benchmark.standing(of: panel.cells[1], in: panel)?.isRanked == true)
        #expect(benchmark.reading.first?.sentences == ["4 clients reach 2.0 of 1 client."])
        #expect(benchmark.markdown.contains("| clients | goodput | vs 1 client |"))
        #expect(benchmark.html.components(separatedBy: "<polyline").count - 1 == 2)
    }

    @Test func aPartOfABenchmarkSaysSoInEveryForm() throws {
        var benchmark = Self.whole
        #expect(benchmark.fileStem == "guards")
        benchmark.interruption = .init(signal: "SIGINT", runs: 7, of: 18)
        #expect(benchmark.fileStem == "partial-guards")
        let sentence = "ended by SIGINT after 7 of 18 runs"
        #expect(benchmark.text(.plain).contains(sentence) && benchmark.markdown.contains(sentence))
        #expect(benchmark.html.contains(sentence))
        guard case .object(let members) = benchmark.document else {
            Issue.record("no object")
            return
        }
        #expect(members["interrupted"] == .object(["signal": "SIGINT", "runs": 7, "of": 18]))
    }

    @Test func figuresAreOfAllRepetitions() throws {
        let cell = Self.cell(
            "row-lock", clients: 4,
            [Self.report(ok: 900, microseconds: 1_000), Self.report(ok: 100, microseconds: 70_000)])
        #expect(cell.latency.microseconds(atPercentile: 90) == 1_000)
        #expect(cell.latency.microseconds(atPercentile: 91) >= 70_000)
        #expect(cell.aborted?.value == 100)
        #expect(cell.goodput?.value == 250 && cell.goodput?.hasInterval == true)
    }

    @Test func processorTimeIsForEachThousandGoodOperations() {
        let cell = Self.cell(
            "x", clients: 4, [Self.report(ok: 1_000, lost: 500, cpu: CPUSeconds(service: 2, database: nil))])
        #expect(cell.serviceCPU?.value == 4)
        #expect(cell.databaseCPU == nil)
    }

    @Test func aCellWhoseIntervalHoldsEqualityIsNotRanked() throws {
        let panel = try #require(Self.whole.panels.first)
        func standing(_ index: Int) -> Benchmark.Standing? {
            Self.whole.standing(of: panel.cells[index], in: panel)
        }
        #expect(standing(0) == nil)
        #expect(standing(2)?.isRanked == true && abs((standing(2)?.ratio.value ?? 0) - 0.8) < 0.01)
        #expect(standing(4)?.isRanked == false)
        #expect(standing(5)?.isRanked == true)
    }

    @Test func aSingleRepetitionRanksNothing() throws {
        let single = Self.benchmark(
            [
                Self.cell("compare-and-swap", clients: 4, [Self.report(ok: 2_000)]),
                Self.cell("row-lock", clients: 4, [Self.report(ok: 20)]),
            ], clients: [4])
        let panel = try #require(single.panels.first)
        #expect(single.standing(of: panel.cells[1], in: panel)?.isRanked == false)
    }

    @Test func theReadingIsInPlainWords() throws {
        let sentences = try #require(Self.whole.reading.first).sentences
        #expect(sentences.contains("row-lock reaches 0.80 of compare-and-swap at 4 clients, 0.30 at 32."))
        #expect(
            sentences.contains {
                $0.contains("check-then-act reaches 0.30") && $0.contains("too noisy to rank at 4")
            })
        #expect(
            sentences.contains { $0.contains("Of every 1,000 operations that check-then-act acknowledged") })
        #expect(
            sentences.contains(
                "A good operation of row-lock takes 4.4 times the processor time of one of compare-and-swap at 32 clients."
            ))
    }

    @Test func otherAxesMakePanelsAndSingleValuesDoNot() {
        var cells: [BenchmarkCell] = []
        for database in ["sqlite", "postgresql"] {
            for cell in Self.whole.cells {
                var cell = cell
                cell.parameters += [
                    Parameter(name: "database", value: .string(database)), Parameter(name: "keys", value: 1),
                ]
                cells.append(cell)
            }
        }
        var benchmark = Self.whole
        benchmark.cells = cells
        benchmark.axes += [
            MatrixAxis(name: "database", values: ["sqlite", "postgresql"]),
            MatrixAxis(name: "keys", values: [1]),
        ]
        #expect(benchmark.panels.map(\.title) == ["sqlite", "postgresql"])
        #expect(benchmark.circumstances.contains("keys 1"))
    }

    @Test func textFitsEightyColumnsAndMarkdownIsAsItShouldBe() {
        let text = Self.whole.text(.plain)
        for line in text.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
        #expect(Golden.difference(of: text, from: "benchmark.txt") == nil)
        #expect(Golden.difference(of: Self.whole.markdown, from: "benchmark.md") == nil)
    }

    @Test func thePageHasAChartForEachFigureAndEscapesWhatItShows() throws {
        var benchmark = Self.whole
        benchmark.about = "<script>alert(1)</script>"
        let page = benchmark.html
        #expect(!page.contains("<script>alert"))
        #expect(page.contains("Goodput over clients") && page.contains("Latency at p99"))
        #expect(page.components(separatedBy: "<polyline").count - 1 == 3 * 4)
    }

    @Test func aCellThatDidNotRunIsSaid() {
        var benchmark = Self.whole
        benchmark.cells[3].runs = []
        benchmark.cells[3].failures = ["guard=row-lock clients=32: replica 0 was not ready"]
        #expect(benchmark.text(.plain).contains("not run: guard=row-lock clients=32"))
        #expect(benchmark.markdown.contains("**not run:** guard=row-lock clients=32"))
    }
}
