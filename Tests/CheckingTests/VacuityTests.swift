// A run that tested nothing, or stands on false assumptions, is unknown and says why; `--sequential` waives
// two reasons.

import Core
import Histories
import Testing

@testable import Checking
@testable import Scenarios

@Suite struct VacuityTests {
    /// Two overlapping writes and a read that shows the later one: a run that tests something and passes.
    private func sound() -> RunBuilder {
        var run = RunBuilder(.register(initial: "first"), writes: ["rename"], reads: ["show"])
        run.add("rename", 0, 2, values: ["unique": "a"])
        run.add("rename", 1, 3, values: ["unique": "b"])
        run.add("show", 10, 11, captures: ["name": "b"], phase: .after)
        return run
    }

    private func vacuous(_ judgement: Judgement) -> [String] {
        judgement.checks.filter { $0.kind == .vacuity }.map(\.name)
    }

    @Test func soundRunPassesAndClaimsNoBoundFromOneRound() {
        let judgement = sound().judged()
        #expect(judgement.verdict == .pass, "\(judgement.checks)")
        #expect(
            judgement.checks.first { $0.kind == .model }?.explanation
                == "held on 1 key")
        #expect(judgement.tally.contended == 2 && judgement.tally.operations == 2)
    }

    @Test func twoHundredCleanRoundsBoundTheRateBelowOnePointFivePercent() {
        var run = RunBuilder(.register(initial: "first"), writes: ["rename"], reads: ["show"])
        for round in 0..<200 {
            let start = Double(round) * 20
            let key = "k\(round)"
            run.add("rename", start, start + 2, key: key, values: ["unique": "a"], round: round)
            run.add("rename", start + 1, start + 3, key: key, values: ["unique": "b"], round: round)
            run.add(
                "show", start + 10, start + 11, key: key, captures: ["name": "a"], phase: .after,
                round: round)
        }
        let judgement = run.judged()
        #expect(judgement.verdict == .pass)
        #expect(
            judgement.checks.first { $0.kind == .model }?.explanation.contains(
                "0 of 200 rounds: under 1.5 % a round at 95 %") == true)
    }

    @Test func noAcknowledgedWriteIsVacuous() {
        var run = sound()
        for index in run.operations.indices where run.operations[index].name == "rename" {
            run.operations[index].outcome = .fail
        }
        run.operations[2].captures = ["name": "first"]
        let judgement = run.judged()
        #expect(judgement.verdict == .unknown)
        #expect(vacuous(judgement) == ["name: write", "acknowledged write"])
    }

    @Test func modelThatNobodyReadIsVacuous() {
        var run = sound()
        run.operations.removeLast()
        let judgement = run.judged()
        #expect(judgement.verdict == .unknown)
        #expect(vacuous(judgement) == ["name: read"])
    }

    @Test func finalModelIsVacuousWithoutAReadAfterQuiescence() {
        var run = sound()
        run.models = [.register(initial: "first", consistency: .final)]
        #expect(run.judged().verdict == .pass)
        run.operations[2].phase = .load
        #expect(vacuous(run.judged()) == ["name: read"])
    }

    @Test func noOverlapIsVacuousUnlessSequential() {
        var run = sound()
        run.operations[1].invoked = RunBuilder.time(5)
        run.operations[1].returned = RunBuilder.time(6)
        #expect(run.judged().verdict == .unknown)
        #expect(vacuous(run.judged()) == ["overlap"])
        run.options.sequential = true
        #expect(run.judged().verdict == .pass)
        run.operations.removeLast()
        #expect(run.judged().verdict == .unknown, "sequential waives nothing else")
    }

    @Test func overlapOnDifferentKeysIsNone() {
        var run = sound()
        run.operations[1].values["key"] = "other"
        run.operations[2].captures["name"] = "a"
        #expect(vacuous(run.judged()) == ["overlap"])
    }

    @Test func contentionUnderTheAskedMinimumIsVacuousUnlessSequential() {
        var run = sound()
        run.thresholds = [
            Threshold(
                measure: .contention, comparison: .greaterOrEqual, limit: 0.7, source: "rate>=70%")
        ]
        #expect(run.judged().verdict == .pass)
        run.add("rename", 5, 6, key: "other", values: ["unique": "c"])
        #expect(run.judged().verdict == .unknown)
        #expect(vacuous(run.judged()) == ["contention rate>=70%"])
        run.options.sequential = true
        #expect(run.judged().verdict == .pass)
    }

    @Test func declaredFaultThatHitNothingIsVacuous() {
        var run = sound()
        run.declaredFaults = [
            FaultDeclaration(
                when: .at(.seconds(1)), victim: .replica(1), action: .pause(for: .seconds(1)))
        ]
        #expect(vacuous(run.judged()) == ["fault pause"])
        run.faults = [FaultRecord(kind: .pause, target: .replica(1), start: RunBuilder.time(50))]
        #expect(vacuous(run.judged()) == ["fault pause"], "nothing was under way")
        run.faults = [FaultRecord(kind: .kill, target: .replica(1), start: 0, end: RunBuilder.time(2))]
        #expect(vacuous(run.judged()) == ["fault pause"], "another kind of fault")
        run.declaredFaults[0].victim = .any
        run.faults = [FaultRecord(kind: .pause, target: .replica(2), start: 0, end: RunBuilder.time(2))]
        #expect(vacuous(run.judged()) == ["fault pause"], "nothing was under way on that replica")
        run.faults = [FaultRecord(kind: .pause, target: .replica(1), start: 0, end: RunBuilder.time(2))]
        #expect(run.judged().verdict == .pass)
    }

    @Test func voidRoundsAreCountedAndNotJudged() {
        var run = RunBuilder(.register(initial: "first"), writes: ["rename", "create"], reads: ["show"])
        run.add("create", 0, 1, .fail, phase: .before)
        #expect(vacuous(run.judged()).contains("rounds"))
        #expect(run.judged().tally.voidRounds == 1 && run.judged().tally.rounds == 0)
    }

    @Test func contradictedInitialStateIsAnAssumptionNotAViolation() {
        var run = sound()
        run.add("show", -5, -4, captures: ["name": "zeroth"], phase: .before)
        let judgement = run.judged()
        #expect(judgement.verdict == .unknown)
        #expect(judgement.findings.isEmpty)
        #expect(
            judgement.checks.contains {
                $0.kind == .assumption && $0.name == "initial state of name" && $0.verdict == .unknown
            })
    }

    @Test func clientThatIsConcurrentWithItselfStopsTheJudging() {
        var run = sound()
        run.operations[1].client = run.operations[0].client
        run.operations[2].captures["name"] = "nobody"
        let judgement = run.judged()
        #expect(judgement.verdict == .unknown && judgement.findings.isEmpty)
        #expect(judgement.checks.map(\.name) == ["clients take turns"])
    }

    @Test func undefinedOperationIsUnknown() {
        var run = sound()
        run.declarations.removeAll { $0.name == "show" }
        #expect(run.judged().verdict == .unknown)
        #expect(run.judged().checks.contains { $0.name == "operations of name" })
    }

    @Test func usedUpBudgetIsUnknownAndNeverPass() {
        var run = RunBuilder(.version(initial: 0), writes: ["update"], reads: ["show"])
        for number in 1...8 {
            // Values that come again need the search.
            run.add("update", 0, 5, captures: ["from": .int((number - 1) % 4), "to": .int(number % 4)])
        }
        run.add("show", 10, 11, captures: ["version": 0], phase: .after)
        #expect(run.judged().verdict == .pass)
        run.options.budget = 3
        let judgement = run.judged()
        #expect(judgement.verdict == .unknown)
        #expect(
            judgement.checks.first { $0.kind == .model }?.explanation.hasPrefix("the budget was used up")
                == true)
    }

    @Test func writeWhoseValueIsLostLeavesItsKeyUnjudged() {
        var run = RunBuilder(.version(), writes: ["update"], reads: ["show"])
        run.add("update", 0, 5, captures: ["from": 1, "to": 2])
        run.add("update", 0, 5, .unknown)
        run.add("show", 10, 11, captures: ["version": 9], phase: .after)
        let judgement = run.judged()
        #expect(judgement.verdict == .unknown && judgement.findings.isEmpty)
        #expect(
            judgement.checks.first { $0.kind == .model }?.explanation
                == "1 key cannot be judged, for instance k: the value written by update is not known")
    }

    @Test func violationDominatesEverything() {
        var run = sound()
        run.operations[2].captures["name"] = "nobody"
        run.declaredFaults = [
            FaultDeclaration(when: .at(.seconds(1)), victim: .any, action: .restart)
        ]
        #expect(run.judged().verdict == .violation)
    }

    @Test func deadReplicaDegradesAPassAndNothingElse() {
        let finding = Finding.replicaDied(
            "replica 1", cause: "exit code 1", log: ["a", "b"], scenario: "example", of: 3)
        #expect(sound().judged().adding([finding]).verdict == .degraded)
        var run = sound()
        run.operations[2].captures["name"] = "nobody"
        let judgement = run.judged().adding([finding])
        #expect(judgement.verdict == .violation)
        #expect(judgement.findings.map(\.kind) == [.phantom, .replicaDied])
        #expect(judgement.findings.map(\.number) == [1, 2])
    }
}
