// A pass speaks only of what was observed: keys that nobody could read afterwards, reads without their value,
// changes without a key and changes without an answer.

import Core
import Histories
import Testing

@testable import Checking
@testable import Scenarios

@Suite struct CoverageTests {
    /// A closed load on so many keys: two overlapping writes and one final read of each through each of two
    /// replicas.
    private func closed(keys: Int, unread: Int = 0, status: Int = 500) -> RunBuilder {
        var run = RunBuilder(.register(), writes: ["rename"], reads: ["show"])
        run.isBurst = false
        for key in 0..<keys {
            let name = "key-\(key)"
            let start = Double(key) * 10
            run.add("rename", start, start + 2, key: name, values: ["unique": .string("a\(key)")])
            run.add("rename", start + 1, start + 3, key: name, values: ["unique": .string("b\(key)")])
            for replica in 0...1 {
                let at = 10_000 + start + Double(replica) * 2
                let value = Value.string("b\(key)")
                if key < unread {
                    run.add(
                        "show", at, at + 1, .fail, key: name, replica: replica, phase: .final, status: status)
                } else {
                    run.add(
                        "show", at, at + 1, key: name, captures: ["name": value], replica: replica,
                        phase: .final)
                }
            }
        }
        return run
    }

    private func doubts(_ run: RunBuilder) -> [Check] {
        run.judged().checks.filter { $0.verdict == .unknown }
    }

    private func model(_ run: RunBuilder) -> Check? { run.judged().checks.first { $0.kind == .model } }

    @Test func aKeyThatCannotBeReadAfterItsLastChangeIsNotHeld() throws {
        #expect(closed(keys: 2).judged().verdict == .pass)
        let run = closed(keys: 2, unread: 1)
        #expect(run.judged().verdict == .unknown)
        let doubt = try #require(doubts(run).first)
        #expect(doubts(run).count == 1 && doubt.name == "name: read after the last change")
        #expect(
            doubt.explanation.hasPrefix(
                "1 of 2 changed keys could not be read after the last change, for instance key-0: show on "
                    + "replica 0 (500) and show on replica 1 (500); "))
        #expect(model(run)?.explanation.hasPrefix("held on 1 key; 1 of 2 changed keys not observed") == true)
    }

    @Test func oneKeyInHundredsIsToldAndIsNoDoubt() {
        let few = closed(keys: 200, unread: 2)
        #expect(few.judged().verdict == .pass)
        #expect(
            model(few)?.explanation
                == "held on 198 keys; 2 of 200 changed keys not observed after the last change, for instance "
                + "key-0; 4 final reads gave up, for instance show of key-0 on replica 0 (500)")
        #expect(closed(keys: 200, unread: 3).judged().verdict == .unknown)
    }

    @Test func aFinalReadThatSucceededInTheEndDidNotGiveUp() {
        var run = closed(keys: 1)
        run.add("show", 9_000, 9_001, .fail, key: "key-0", replica: 0, phase: .final, status: 503)
        #expect(run.judged().verdict == .pass)
        #expect(model(run)?.explanation == "held on 1 key")
        run.operations.removeAll { $0.outcome == .ok && $0.requests[0].replica == 0 && $0.phase == .final }
        #expect(run.judged().verdict == .pass, "the other replica showed the key")
        #expect(
            model(run)?.explanation
                == "held on 1 key; 1 final read gave up, for instance show of key-0 on replica 0 (503)")
    }

    @Test func aReadThatFailedWhileAFaultLastedIsExcused() {
        var run = closed(keys: 2, unread: 1)
        run.faults = [FaultRecord(kind: .kill, target: .replica(0), start: 0, end: RunBuilder.time(90_000))]
        run.faults += [FaultRecord(kind: .kill, target: .replica(1), start: 0, end: RunBuilder.time(90_000))]
        #expect(run.judged().verdict == .pass)
        #expect(model(run)?.explanation.contains("1 of 2 changed keys not observed") == true)
    }

    @Test func anAcknowledgedValueThatReadsStopShowingIsNotHeld() throws {
        var run = closed(keys: 1)
        run.add("show", 20_000, 20_001, key: "key-0", phase: .load)
        let doubt = try #require(doubts(run).first)
        #expect(doubts(run).map(\.name) == ["name: value of reads"])
        #expect(doubt.explanation.contains("a read was answered ok without what it should capture"))
        #expect(model(run)?.explanation.contains("1 answer of show lacked what is captured") == true)
    }

    @Test func aReadWithoutItsValueBeforeAnythingWasWrittenIsOnlyTold() {
        var run = closed(keys: 1)
        run.add("show", -5, -4, key: "key-0", phase: .load)
        #expect(run.judged().verdict == .pass)
        #expect(model(run)?.explanation == "held on 1 key; 1 answer of show lacked what is captured")
    }

    @Test func withFinalConsistencyOnlyReadsAtRestCountAsMissing() {
        var run = closed(keys: 1)
        run.models = [.register(consistency: .final)]
        run.add("show", 20_000, 20_001, key: "key-0", phase: .load)
        #expect(run.judged().verdict == .pass)
        run.operations[run.operations.count - 1].phase = .final
        #expect(doubts(run).map(\.name) == ["name: value of reads"])
    }

    @Test func anAnswerThatMeansAbsenceIsAnObservation() {
        var run = RunBuilder(
            .status(), writes: ["deactivate", "once", "reactivate", "delete"], reads: ["show"])
        run.isBurst = false
        run.add("deactivate", 0, 2)
        run.add("delete", 1, 3)
        run.add("show", 10, 11, .fail, phase: .final, status: 404)
        #expect(run.judged().verdict == .pass, "\(run.judged().checks)")
        run.operations[2].requests[0].status = 403
        #expect(doubts(run).map(\.name) == ["status: read", "status: read after the last change"])
    }

    @Test func noKeyReadAfterItsLastChangeIsADoubtAndSomeAreToldOnly() {
        var run = closed(keys: 3)
        for index in run.operations.indices where run.operations[index].name == "show" {
            run.operations[index].phase = .load
            run.operations[index].invoked = RunBuilder.time(0.5)
            run.operations[index].returned = RunBuilder.time(900)
        }
        #expect(doubts(run).map(\.name) == ["name: read after the last change"])
        run.add("show", 20_000, 20_001, key: "key-0", captures: ["name": "b0"], phase: .load)
        #expect(run.judged().verdict == .pass)
        #expect(model(run)?.explanation.hasPrefix("held on 1 key; 2 of 3 changed keys not observed") == true)
    }

    @Test func anAcknowledgedChangeWithoutAKeyLeavesTheModelUnknown() throws {
        var run = closed(keys: 1)
        run.add("rename", 5, 6, values: ["unique": "c"])
        run.operations[run.operations.count - 1].values["key"] = nil
        let doubt = try #require(doubts(run).first)
        #expect(doubts(run).count == 1 && doubt.name == "name: key of changes" && doubt.kind == .assumption)
        #expect(
            doubt.explanation.hasPrefix(
                "1 rename acknowledged without `key`, so that nobody can say which key was changed; "))
        run.operations[run.operations.count - 1].outcome = .unknown
        #expect(run.judged().verdict == .pass)
        #expect(
            model(run)?.explanation
                == "held on 1 key; 1 change left out, whose key only a lost answer would have told")
        run.operations[run.operations.count - 1].outcome = .fail
        #expect(model(run)?.explanation == "held on 1 key")
    }

    /// So many acknowledged and unknown reservations of one unit each.
    private func quota(acknowledged: Int, unknown: Int) -> RunBuilder {
        var run = RunBuilder(.quota(limit: 100), writes: ["reserve", "release"], reads: ["usage"])
        for number in 0..<acknowledged + unknown {
            run.add(
                "reserve", Double(number), Double(number) + 2, number < acknowledged ? .ok : .unknown,
                values: ["units": 1], status: number < acknowledged ? 201 : 500)
        }
        run.add("usage", 900, 901, captures: ["used": .int(acknowledged)], phase: .after)
        return run
    }

    @Test func tooManyUnknownOutcomesLeaveAModelUndecided() throws {
        let few = quota(acknowledged: 9, unknown: 3)
        #expect(!doubts(few).contains { $0.name.hasPrefix("quota") })
        #expect(
            model(few)?.explanation
                == "held on 1 key; 3 of 12 changes with an unknown outcome that no read settled")
        let doubt = try #require(doubts(quota(acknowledged: 8, unknown: 3)).first)
        #expect(doubt.name == "quota: unknown outcomes")
        #expect(
            doubt.explanation.hasPrefix(
                "3 of 11 changes have an unknown outcome that no read settled, more than 25.0 %: "))
    }

    @Test func anOwnLimitOnUnknownOutcomesTakesThePlaceOfTheDefault() {
        var run = quota(acknowledged: 2, unknown: 2)
        func limit(_ operation: String?) -> Threshold {
            Threshold(
                measure: .outcome(.unknown), operation: operation, comparison: .less, limit: 0.6,
                source: "rate<60%")
        }
        #expect(doubts(run).map(\.name) == ["quota: unknown outcomes"])
        run.thresholds = [limit(nil)]
        #expect(doubts(run).isEmpty)
        run.thresholds = [limit("reserve")]
        #expect(doubts(run).isEmpty)
        run.thresholds = [limit("usage")]
        #expect(doubts(run).first?.name == "quota: unknown outcomes")
    }

    @Test func anUnknownWriteOfADistinctValueIsSettledByALaterRead() {
        var run = RunBuilder(.register(), writes: ["rename"], reads: ["show"])
        run.add("rename", 0, 2, values: ["unique": "a"])
        run.add("rename", 1, 3, .unknown, values: ["unique": "b"])
        run.add("show", 10, 11, captures: ["name": "a"], phase: .after)
        #expect(run.judged().verdict == .pass, "\(run.judged().checks)")
        run.operations[2].invoked = RunBuilder.time(2.5)
        #expect(doubts(run).map(\.name) == ["name: unknown outcomes"], "it may still come")
        run.operations[2].invoked = RunBuilder.time(10)
        run.add("rename", 2, 4, .unknown, values: ["unique": "b"], status: 500)
        run.operations[2].captures["name"] = "b"
        #expect(doubts(run).map(\.name) == ["name: unknown outcomes"], "whose value was shown?")
    }

    @Test func unknownChangesThatRepeatAnAcknowledgedOneDecideNothing() {
        func unsettled(_ name: String, _ outcomes: [Outcome]) -> Bool {
            var run = RunBuilder(
                .status(), writes: ["deactivate", "once", "reactivate", "delete"], reads: ["show"])
            for (number, outcome) in outcomes.enumerated() {
                run.add(
                    name, Double(number), Double(number) + 2, outcome, status: outcome == .ok ? 204 : 500)
            }
            run.add("show", 90, 91, captures: ["status": "deactivated"], phase: .after)
            return doubts(run).contains { $0.name == "status: unknown outcomes" }
        }
        let losers = [Outcome](repeating: .unknown, count: 5)
        #expect(!unsettled("deactivate", [.ok] + losers))
        #expect(unsettled("once", [.ok] + losers), "a second one is not allowed")
        #expect(unsettled("deactivate", losers), "none is known to have happened")
    }

    @Test func aBoundCountsTheRoundsInWhichAChangeWasAcknowledgedAndObserved() {
        var run = RunBuilder(.register(initial: "first"), writes: ["rename", "other"], reads: ["show"])
        run.rounds = 10
        for round in 0..<10 {
            let start = Double(round) * 20
            let key = "k\(round)"
            let name = round < 7 ? "rename" : "other"
            run.add(name, start, start + 2, key: key, values: ["unique": "a"], round: round)
            run.add("other", start + 1, start + 3, key: key, round: round)
            run.add(
                "show", start + 10, start + 11, key: key,
                captures: ["name": round < 7 ? "a" : "first"], phase: .after, round: round)
        }
        #expect(run.judged().verdict == .pass, "\(run.judged().checks)")
        #expect(model(run)?.explanation.hasPrefix("held on 10 keys; 0 of 7 rounds: under 42.9 %") == true)
    }

    @Test func threeRoundsBoundNothing() {
        for (rounds, isBound) in [(3, false), (4, true)] {
            var run = RunBuilder(.register(initial: "first"), writes: ["rename"], reads: ["show"])
            for round in 0..<rounds {
                let start = Double(round) * 20
                for (offset, value) in [(0.0, "a"), (1.0, "b")] {
                    run.add(
                        "rename", start + offset, start + offset + 2, key: "k\(round)",
                        values: ["unique": .string(value)], round: round)
                }
                run.add(
                    "show", start + 10, start + 11, key: "k\(round)", captures: ["name": "b"], phase: .after,
                    round: round)
            }
            #expect(run.judged().verdict == .pass)
            #expect(model(run)?.explanation.contains("at 95 %") == isBound)
        }
    }
}
