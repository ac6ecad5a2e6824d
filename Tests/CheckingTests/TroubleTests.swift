// What went wrong around a run keeps it from passing, never hides a violation, and says what to do.

import Core
import Histories
import Testing

@testable import Checking

@Suite struct TroubleTests {
    /// Two writes that overlap and a read of the later one: a pass.
    private func sound() -> RunBuilder {
        var run = RunBuilder(.register(initial: "a"), writes: ["rename"], reads: ["show"])
        run.add("rename", 0, 10, values: ["unique": "b"])
        run.add("rename", 5, 20, values: ["unique": "c"])
        run.add("show", 30, 31, captures: ["name": "c"], phase: .after)
        return run
    }

    private func trouble(_ kind: Trouble.Kind) -> Trouble {
        Trouble(kind, time: 1, replica: 0, message: "replica 0 did it", log: ["first", "last"])
    }

    @Test(arguments: Trouble.Kind.allCases.filter { $0 != .replicaDied })
    func eachKindIsACheckThatKeepsTheRunFromPassing(kind: Trouble.Kind) throws {
        var run = sound()
        #expect(run.judged().verdict == .pass)
        run.troubles = [trouble(kind), trouble(kind)]
        let judgement = run.judged()
        #expect(judgement.verdict == kind.verdict && [.unknown, .notRun].contains(judgement.verdict))
        let checks = judgement.checks.filter { $0.name == kind.rawValue }
        try #require(checks.count == 1, "\(judgement.checks)")
        #expect(checks[0].kind == .assumption && checks[0].verdict == kind.verdict)
        let start = "replica 0 did it (and 1 more of this kind); "
        #expect(checks[0].explanation.hasPrefix(start) && checks[0].explanation.count > start.count + 10)
        #expect(judgement.notices.first?.hasSuffix("first\n    last") == true)
    }

    @Test(arguments: Trouble.Kind.allCases)
    func aViolationStaysAViolation(kind: Trouble.Kind) {
        var run = sound()
        run.operations[2].captures["name"] = "nobody"
        run.troubles = [trouble(kind)]
        #expect(run.judged().verdict == .violation)
        #expect(run.judged().findings.first?.kind == .phantom)
    }

    @Test func whatDidNotTakePlaceWeighsMoreThanWhatWasNotDecided() {
        var run = sound()
        run.troubles = [trouble(.stoppedEarly), trouble(.databaseDied)]
        #expect(run.judged().verdict == .notRun)
    }

    @Test func aRecordingThatWasCutOffIsNoPass() {
        let run = sound()
        var history = run.history
        history.header.marksEnd = true
        #expect(judge(history, by: run.scenario).verdict == .unknown)
        #expect(judge(history, by: run.scenario).checks.contains { $0.name == "stopped-early" })
        history.load = ["duration_nanoseconds": 20]
        #expect(judge(history, by: run.scenario).verdict == .pass)
    }

    @Test func aReplicaThatDiedIsAFindingWithTheEndOfItsLog() throws {
        var run = sound()
        run.troubles = [trouble(.replicaDied), trouble(.replicaDied)]
        let judgement = run.judged()
        #expect(judgement.verdict == .degraded)
        let finding = try run.onlyFinding()
        #expect(finding.kind == .replicaDied && finding.count == 2 && finding.story == ["first", "last"])
        #expect(!judgement.checks.contains { $0.name == Trouble.Kind.replicaDied.rawValue })
    }

    @Test func aTextOfSeveralLinesIsASentenceAndTheEndOfALog() {
        let trouble = Trouble(.faultNotHealed, time: 5, text: "replica 0 was not ready:\n    a\n      b\n")
        #expect(trouble.message == "replica 0 was not ready" && trouble.log == ["a", "b"])
    }
}
