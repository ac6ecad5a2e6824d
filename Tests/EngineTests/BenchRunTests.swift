// Benchmarks: axes from matrix and flags, an order of its own for each round, and a small real one.

import Checking
import Core
import Foundation
import Histories
import Reporting
import RunStore
import Scenarios
import TestSupport
import Testing

@testable import Engine

@Suite struct BenchRunTests {
    private func bench(
        _ test: TestRun, axes: [MatrixAxis] = [], times: Int = 2, compared: String? = nil,
        reference: Value? = nil, rounds: Int = 4
    ) throws -> BenchRun {
        var plan = BenchRun.Plan()
        plan.axes = axes
        plan.times = times
        plan.compared = compared
        plan.reference = reference
        var options = test.options
        // As the command does it.
        for axis in axes where !["database", "replicas", "clients"].contains(axis.name) {
            options.settings[axis.name] = axis.values.first
        }
        return try BenchRun(test.file(TestScenario(rounds: rounds)), options: options, plan: plan)
    }

    @Test func theMatrixGivesTheAxesAndFlagsReplaceOrAddSome() throws {
        let test = try TestRun()
        let plain = try bench(test)
        #expect(plain.axes.map(\.name) == ["mode", "clients"] && plain.cells.count == 4)
        #expect(plain.compared == "mode" && plain.reference == "racy")
        let other = try bench(
            test,
            axes: [
                MatrixAxis(name: "mode", values: ["safe"]), MatrixAxis(name: "replicas", values: [1, 2]),
                MatrixAxis(name: "clients", values: [2, 3, 5]),
            ])
        #expect(other.axes.map(\.name) == ["mode", "replicas", "clients"] && other.cells.count == 6)
        #expect(other.cells.map(\.scenario.load.clients) == [2, 3, 5, 2, 3, 5])
        #expect(other.cells.map(\.scenario.target.service.replicas) == [1, 1, 1, 2, 2, 2])
        #expect(other.cells.allSatisfy { $0.scenario.parameters.first?.value == "safe" })
    }

    @Test func everyRoundHasAllCellsInAnOrderOfItsOwnDrawnFromTheSeed() throws {
        let test = try TestRun()
        let axes = [MatrixAxis(name: "clients", values: (2...20).map { .int($0) })]
        let bench = try bench(test, axes: axes)
        let orders = (0..<4).map(bench.order)
        for order in orders { #expect(order.sorted() == Array(bench.cells.indices)) }
        #expect(Set(orders).count == 4)
        #expect(try self.bench(test, axes: axes).order(of: 1) == orders[1])
    }

    @Test func anAxisOrAReferenceThatIsNotThereIsRefused() throws {
        let test = try TestRun()
        for (compared, reference) in [("nonsense", nil), ("clients", nil), ("mode", "neither" as Value?)] {
            let error = #expect(throws: RunError.self) {
                try bench(test, compared: compared, reference: reference)
            }
            #expect(error?.code == .usage)
        }
        let many = MatrixAxis(name: "clients", values: (1...6_000).map { .int($0) })
        #expect(throws: RunError.self) { try bench(test, axes: [many]) }
        #expect(throws: ScenarioErrors.self) {
            try bench(test, axes: [MatrixAxis(name: "no-such-parameter", values: [1])])
        }
    }

    @Test func findingsAreFiguresAndNotFailures() async throws {
        let test = try TestRun()
        let bench = try bench(
            test, axes: [MatrixAxis(name: "clients", values: [4])], times: 2, reference: "safe", rounds: 8)
        var steps: [BenchRun.Step] = []
        let outcome = await bench.execute { steps.append($0) }
        #expect(outcome.status == .held)
        #expect(steps.map(\.number) == [1, 2, 3, 4])
        let cells = outcome.benchmark.cells
        #expect(cells.map(\.runs.count) == [2, 2])
        let (racy, safe) = (cells[0], cells[1])
        #expect(racy.runs.contains { $0.verdict == .violation && !$0.findings.isEmpty })
        // Replicas that diverge lose nothing that was acknowledged.
        #expect((racy.runs + safe.runs).allSatisfy { $0.lost == 0 } && safe.findings.isEmpty)
        #expect(safe.latency.count > 0)
        #expect(safe.runs.allSatisfy { ($0.cpu?.service ?? 0) > 0 && $0.cpu?.database == nil })
        #expect(outcome.benchmark.panels.count == 1)
    }

    @Test func aCellThatDoesNotRunIsFour() async throws {
        let test = try TestRun()
        var plan = BenchRun.Plan()
        plan.times = 1
        plan.axes = [MatrixAxis(name: "clients", values: [4])]
        let file = try test.file(
            TestScenario(ready: "{ http: GET /ready, status: 418, within: 1s }"))
        let bench = try BenchRun(file, options: test.options, plan: plan)
        let outcome = await bench.execute { _ in }
        #expect(outcome.status == .notRun)
        #expect(outcome.benchmark.failures.count == 2)
    }

    @Test func aSignalEndsItAndWhatItCutShortIsNoMeasurement() async throws {
        let test = try TestRun()
        let interruption = Interruption()
        let bench = try bench(test, axes: [MatrixAxis(name: "clients", values: [4])], times: 3)
        let outcome = await bench.execute(interruption: interruption) { _ in interruption.receive(.interrupt)
        }
        #expect(outcome.status == .interrupted)
        #expect(outcome.benchmark.cells.map(\.runs.count).reduce(0, +) == 1)
        #expect(outcome.benchmark.interruption == .init(signal: "SIGINT", runs: 1, of: 6))
    }

    @Test func nothingSecretIsInItsReportAndTheCommandIsWholeAndQuoted() async throws {
        let test = try TestRun()
        var options = test.options
        options.environment["BENCH_TOKEN"] = "s3cret-token"
        var plan = BenchRun.Plan()
        plan.times = 1
        plan.axes = [
            MatrixAxis(
                name: "mode",
                values: ["safe", "postgresql://me:pw@127.0.0.1/x", "postgresql://you:pw@127.0.0.1/x"]
            ), MatrixAxis(name: "clients", values: [4]),
        ]
        plan.reference = "postgresql://me:pw@127.0.0.1/x"
        plan.words = ["contend", "bench", "a file.yaml", "--set", "mode=postgresql://me:pw@127.0.0.1/x"]
        options.seed = nil
        options.settings["mode"] = "safe"
        let scenario = TestScenario(
            ready: "{ http: GET /ready, status: 418, within: 1s }", extra: "description: s3cret-token",
            secrets: "secrets: [BENCH_TOKEN]")
        let bench = try BenchRun(test.file(scenario), options: options, plan: plan)
        var steps: [BenchRun.Step] = []
        let benchmark = await bench.execute { steps.append($0) }.benchmark
        let command = "contend bench 'a file.yaml' --set mode=postgresql://[redacted]@127.0.0.1/x --seed "
        #expect(benchmark.command == command + "\(bench.seed)")
        #expect(benchmark.reference == "postgresql://[redacted]@127.0.0.1/x")
        // Values that look alike without their users stay apart.
        #expect(Set(benchmark.cells.map { $0.parameters[0].value }).count == 3)
        let told = [
            JSON.text(benchmark.document), benchmark.markdown, benchmark.html, benchmark.text(.plain),
            steps.map(\.cell).joined(),
        ]
        for text in told {
            for secret in ["me:pw", "you:pw", "s3cret-token"] { #expect(!text.contains(secret), "\(text)") }
        }
    }
}
