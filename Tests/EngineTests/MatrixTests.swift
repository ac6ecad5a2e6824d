// What a matrix cell counts as: every verdict against every expectation.

import Checking
import Core
import Reporting
import RunStore
import TestSupport
import Testing

@testable import Engine
@testable import Scenarios

@Suite struct MatrixTests {
    /// Expected verdict, expected kind, verdict that came, kinds found, exit code that the cell counts with.
    static let table: [(Verdict, FindingKind?, Verdict, [FindingKind], Status)] = [
        (.violation, nil, .violation, [.lostUpdate], .held),
        (.violation, .lostUpdate, .violation, [.lostUpdate, .stuck], .held),
        (.violation, .lostUpdate, .violation, [.duplicate], .violation),
        (.violation, nil, .pass, [], .inconclusive),
        (.violation, nil, .degraded, [.conflictAs5xx], .inconclusive),
        (.violation, nil, .unknown, [], .inconclusive),
        (.violation, nil, .notRun, [], .notRun),
        (.pass, nil, .pass, [], .held),
        (.pass, nil, .violation, [.lostUpdate], .violation),
        (.pass, nil, .degraded, [.conflictAs5xx], .degraded),
        (.pass, nil, .unknown, [], .inconclusive),
        (.pass, nil, .notRun, [], .notRun),
        (.degraded, nil, .degraded, [.conflictAs5xx], .held),
        (.degraded, .stuck, .degraded, [.conflictAs5xx], .degraded),
        (.degraded, nil, .violation, [.lostUpdate], .violation),
        (.degraded, nil, .pass, [], .inconclusive),
        (.degraded, nil, .unknown, [], .inconclusive),
        (.unknown, nil, .unknown, [], .inconclusive),
        (.unknown, nil, .pass, [], .held),
        (.unknown, nil, .notRun, [], .notRun),
    ]

    @Test(arguments: MatrixTests.table.indices)
    func expectationsConvertOnlyWhatWasExpected(row: Int) {
        let (expected, kind, verdict, kinds, counted) = Self.table[row]
        let cell = MatrixCell(parameters: [], expectation: .init(verdict: expected, finding: kind))
        let judgement = Self.judgement(verdict, kinds)
        #expect(cell.status(of: judgement, own: Status(verdict)) == counted)
    }

    @Test func aCellWithoutExpectationKeepsItsOwnCode() {
        let cell = MatrixCell(parameters: [], expectation: nil)
        for verdict in Verdict.allCases {
            let own = Status(verdict)
            #expect(cell.status(of: Self.judgement(verdict, []), own: own) == own)
        }
    }

    @Test func anInterruptedCellIsNeverConverted() {
        let cell = MatrixCell(parameters: [], expectation: .init(verdict: .violation))
        #expect(cell.status(of: Self.judgement(.pass, []), own: .interrupted) == .interrupted)
    }

    @Test func onlyAnExpectedViolationEndsABurstEarly() {
        func goal(_ expectation: ScenarioExpectation?) -> Goal? {
            MatrixCell(parameters: [], expectation: expectation).goal
        }
        #expect(goal(nil) == nil)
        #expect(goal(.init(verdict: .pass)) == nil)
        #expect(goal(.init(verdict: .violation)) == .safety)
        #expect(goal(.init(verdict: .violation, finding: .lostUpdate)) == .kind(.lostUpdate))
        #expect(Goal.kind(.lostUpdate).isReached(by: Self.judgement(.violation, [.duplicate])) == false)
        #expect(Goal.safety.isReached(by: Self.judgement(.degraded, [.stuck])) == false)
        #expect(Goal.anyFinding.isReached(by: Self.judgement(.degraded, [.stuck])))
    }

    @Test func batchesCoverEveryRoundOnce() {
        for rounds in [0, 1, 10, 11, 200, 1_000] {
            let batches = Array(RoundBatches(rounds: rounds))
            #expect(batches.flatMap { Array($0) } == Array(0..<rounds))
            #expect(batches.allSatisfy { $0.count <= RoundBatches.largestSize })
        }
        #expect(Array(RoundBatches(rounds: 200)).first == 0..<RoundBatches.firstSize)
    }

    @Test func aFlagLeavesOnlyTheCellsWithItsValue() throws {
        let file = try ScenarioFile(text: TestScenario().text, path: "test.yaml") { _ in "" }
        #expect(file.matrixCells(RunOptions()).count == 4)
        var options = RunOptions()
        options.settings["mode"] = "safe"
        #expect(file.matrixCells(options).map(\.expectation?.verdict) == [.pass, .pass])
        options.clients = 6
        #expect(file.matrixCells(options).count == 1)
        options.clients = 99
        #expect(file.matrixCells(options).isEmpty)
    }

    @Test func repeatsAreOfTheCellThatSetPicks() throws {
        let file = try ScenarioFile(text: TestScenario().text, path: "test.yaml") { _ in "" }
        func cell(_ change: (inout RunOptions) -> Void) throws -> MatrixCell? {
            var options = RunOptions()
            options.times = 2
            change(&options)
            return file.repeatedCell(of: try file.scenario(options), options)
        }
        #expect(try cell { $0.settings["mode"] = "racy" }?.expectation?.verdict == .violation)
        #expect(try cell { $0.settings["mode"] = "safe" }?.expectation?.verdict == .pass)
        #expect(try cell { $0.settings["mode"] = "other" } == nil, "no cell of the matrix has it")
        #expect(try cell { _ in } == nil, "nothing is set")
    }

    @Test func repeatsCountAgainstWhatIsExpected() {
        func statuses(_ verdicts: [Verdict], expected: Verdict?, until: Bool = false) -> [Status] {
            let results = verdicts.map { verdict in
                let identity = RunIdentity(
                    run: "r", command: "", scenario: "s", scenarioFile: "", parameters: [], seed: 1,
                    database: "sqlite", replicas: 1, clients: 1, sequential: false, started: "")
                let report = RunReport(
                    identity,
                    judgement: Self.judgement(verdict, verdict == .violation ? [.lostUpdate] : []))
                return RunResult(report: report, directory: "", status: Status(verdict))
            }
            var options = RunOptions()
            if until { options.untilFinding = .seconds(1) } else { options.times = verdicts.count }
            let cell = expected.map { MatrixCell(parameters: [], expectation: .init(verdict: $0)) }
            return Repeats(results, cell: cell, options).statuses
        }
        #expect(statuses([.pass, .violation], expected: nil) == [.held, .violation])
        #expect(statuses([.violation, .violation], expected: .violation) == [.held, .held])
        #expect(statuses([.pass, .violation], expected: .violation) == [.inconclusive, .held])
        #expect(statuses([.pass, .violation], expected: .violation, until: true) == [.held, .held])
        #expect(
            statuses([.pass, .pass], expected: .violation, until: true) == [.inconclusive, .inconclusive])
        #expect(statuses([.pass, .violation], expected: .pass, until: true) == [.held, .violation])
    }

    static func judgement(_ verdict: Verdict, _ kinds: [FindingKind]) -> Judgement {
        Judgement(
            verdict: verdict,
            findings: kinds.enumerated().map { number, kind in
                Finding(
                    classID: "0", number: number + 1, kind: kind, check: "c", key: "k", title: "t", story: [],
                    example: [], count: 1, judged: 1)
            }, checks: [], tally: Tally())
    }
}
