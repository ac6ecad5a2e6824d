// Invariants, and findings about answers.

import Core
import Histories
import Testing

@testable import Checking
@testable import Scenarios

@Suite struct InvariantTests {
    private static func comparison(
        _ left: Expression, _ comparison: Comparison.Operator, _ right: Expression
    ) -> Condition {
        Condition(
            .compare(Comparison(left: left, comparison: comparison, right: right)), source: "as written")
    }

    private let used = Expression.field(operation: "usage", name: "used")
    private let balance = Expression.subtract(
        .sum(operation: "reserve", name: "units"), .sum(operation: "release", name: "units"))

    /// Two overlapping reservations of 2 and 3, a release of the 2, and a read of what is left.
    func books(left: Int) -> RunBuilder {
        var run = RunBuilder(writes: ["reserve", "release"], reads: ["usage"])
        run.declarations[1].needs = Need(operation: "reserve")
        run.add("reserve", 0, 2, values: ["units": 2], captures: ["id": "a"])
        run.add("reserve", 1, 3, values: ["units": 3], captures: ["id": "b"])
        run.add("release", 4, 5, values: ["reserve.units": 2])
        run.add("usage", 10, 11, captures: ["used": .int(left)], phase: .after)
        return run
    }

    func judged(_ run: RunBuilder, _ kind: Invariant.Kind) -> Judgement {
        var run = run
        run.invariants = [Invariant(name: "the rule", kind: kind)]
        return run.judged()
    }

    @Test func alwaysJudgesEveryAnswer() {
        let rule = Invariant.Kind.always(Self.comparison(used, .lessOrEqual, .literal(3)))
        #expect(judged(books(left: 3), rule).verdict == .pass)
        let judgement = judged(books(left: 4), rule)
        #expect(judgement.verdict == .violation)
        #expect(judgement.findings.map(\.kind) == [.invariantViolated])
        #expect(
            judgement.findings.first?.title == "“the rule” does not hold: as written, but 4 <= 3 is false.")
    }

    @Test func alwaysWithoutAnAnswerIsUnknown() {
        let rule = Invariant.Kind.always(
            Self.comparison(.field(operation: "usage", name: "nothing"), .equal, .literal(3)))
        #expect(judged(books(left: 3), rule).verdict == .unknown)
    }

    @Test func finallySumsWhatWasAcknowledged() {
        let rule = Invariant.Kind.finally(Self.comparison(used, .equal, balance))
        #expect(judged(books(left: 3), rule).verdict == .pass)
        #expect(judged(books(left: 5), rule).verdict == .violation)
    }

    @Test func unknownOutcomesWidenSumsAndOnlyOutsideFails() {
        let rule = Invariant.Kind.finally(Self.comparison(used, .equal, balance))
        for (left, verdict) in [(2, Verdict.violation), (3, .pass), (7, .pass), (8, .violation)] {
            var run = books(left: left)
            run.add("reserve", 0, 3, .unknown, values: ["units": 4])
            #expect(judged(run, rule).verdict == verdict, "\(left)")
        }
    }

    @Test func attemptThatMayHaveCountedTwiceWidensSums() {
        let rule = Invariant.Kind.finally(Self.comparison(used, .equal, balance))
        var run = books(left: 5)
        func request(_ attempt: Int, _ outcome: Outcome) -> RequestRecord {
            RequestRecord(
                step: 0, attempt: attempt, replica: 0, method: "POST", target: "/", sent: 0, received: 1,
                outcome: outcome)
        }
        run.operations[0].requests = [request(0, .unknown), request(1, .ok)]
        #expect(judged(run, rule).verdict == .pass)
        run.operations[0].requests = [request(0, .fail), request(1, .ok)]
        #expect(judged(run, rule).verdict == .violation)
    }

    @Test func groupsAreRoundsOrKeysOfTheLoad() {
        let rule = Invariant.Kind.finally(Self.comparison(used, .equal, balance))
        var run = books(left: 3)
        run.add("reserve", 20, 22, values: ["units": 1], round: 1)
        run.add("usage", 30, 31, captures: ["used": 1], phase: .after, round: 1)
        #expect(judged(run, rule).verdict == .pass, "each round by itself")
        run.keys = [KeyDeclaration(name: "key", count: 1)]
        #expect(judged(run, rule).verdict == .violation, "one key over both rounds holds four")
        run.operations[5].captures["used"] = 4
        #expect(judged(run, rule).verdict == .pass)
    }

    @Test func stepThatActedAndWasTriedAgainMayCountTwice() {
        let rule = Invariant.Kind.finally(Self.comparison(used, .equal, balance))
        func request(_ step: Int, _ attempt: Int, _ outcome: Outcome) -> RequestRecord {
            RequestRecord(
                step: step, attempt: attempt, replica: 0, method: "POST", target: "/", sent: 0, received: 1,
                outcome: outcome)
        }
        var run = books(left: 5)
        run.operations[0].requests = [request(0, 0, .ok), request(0, 1, .ok)]
        #expect(judged(run, rule).verdict == .pass, "an idempotent step, answered ok and made again")
        run.operations[0].requests = [
            request(0, 0, .ok), request(1, 0, .fail), request(0, 1, .ok), request(1, 1, .ok),
        ]
        #expect(judged(run, rule).verdict == .pass, "a later step went back to it")
        run.operations[0].requests = [request(0, 0, .ok), request(1, 0, .ok)]
        #expect(judged(run, rule).verdict == .violation, "two steps, each made once")
    }

    @Test func registerWhoseOkWriteWasMadeAgainMayBeWrittenAgainLater() {
        var run = RunBuilder(.register(initial: "first"), writes: ["rename"], reads: ["show"])
        func request(_ attempt: Int, _ from: Double) -> RequestRecord {
            RequestRecord(
                step: 0, attempt: attempt, replica: 0, method: "PUT", target: "/",
                sent: RunBuilder.time(from), received: RunBuilder.time(from + 1), status: 200, outcome: .ok)
        }
        run.add("rename", 0, 20, values: ["unique": "a"], requests: [request(0, 0), request(1, 18)])
        run.add("rename", 5, 6, values: ["unique": "b"])
        run.add("show", 2, 3, captures: ["name": "a"])
        run.add("show", 8, 9, captures: ["name": "b"])
        run.add("show", 30, 31, captures: ["name": "a"], phase: .after)
        #expect(run.judged().verdict == .pass, "\(run.judged().findings.map(\.title))")
    }

    @Test func capturedValueIsUniqueOnItsKeyUnlessTheRuleSaysOtherwise() {
        func rule(_ scope: UniqueScope) -> Invariant.Kind {
            .unique(operation: "reserve", name: "id", per: scope)
        }
        var run = books(left: 3)
        run.add("reserve", 20, 22, values: ["units": 1, "shop": "x"], captures: ["id": "a"], round: 1)
        run.operations[0].values["shop"] = "x"
        run.operations[1].values["shop"] = "y"
        #expect(judged(run, rule(.key)).verdict == .pass, "each round by itself")
        #expect(judged(run, rule(.run)).findings.map(\.kind) == [.duplicate])
        #expect(judged(run, rule(.each(.name("shop")))).findings.map(\.kind) == [.duplicate])
        #expect(judged(run, rule(.each(.name("client")))).verdict == .pass)
        #expect(judged(run, rule(.each(.name("street")))).verdict == .unknown, "nobody knows the street")
        run.keys = [KeyDeclaration(name: "key", count: 1)]
        #expect(judged(run, rule(.key)).findings.map(\.kind) == [.duplicate], "one key over both rounds")
        run.operations[4].values["key"] = "other"
        #expect(judged(run, rule(.key)).verdict == .pass)
    }

    @Test func valueThatIsReadAgainInTheEndIsNoDuplicate() {
        var run = books(left: 3)
        run.add("usage", 12, 13, captures: ["used": 3], phase: .after)
        #expect(judged(run, .unique(operation: "usage", name: "used")).verdict == .unknown)
        run.add("usage", 6, 7, captures: ["used": 3])
        #expect(judged(run, .unique(operation: "usage", name: "used")).verdict == .pass)
    }

    @Test func findingOfAnEndIsCountedInKeysHoweverManyReadsShowIt() throws {
        var run = books(left: 5)
        run.isBurst = false
        run.keys = [KeyDeclaration(name: "key", count: 1)]
        for index in run.operations.indices { run.operations[index].round = nil }
        run.add("usage", 12, 13, captures: ["used": 5], phase: .final)
        run.add("usage", 14, 15, captures: ["used": 5], phase: .final)
        let rule = Invariant.Kind.finally(Self.comparison(used, .equal, balance))
        let finding = try #require(judged(run, rule).findings.first)
        #expect(finding.count == 1 && finding.judged == 1, "one key, and it is wrong")
    }

    @Test func capturedValueThatComesTwiceIsADuplicate() {
        let rule = Invariant.Kind.unique(operation: "reserve", name: "id")
        #expect(judged(books(left: 3), rule).verdict == .pass)
        var run = books(left: 3)
        run.operations[1].captures["id"] = "a"
        let judgement = judged(run, rule)
        #expect(judgement.findings.map(\.kind) == [.duplicate])
        #expect(judgement.findings.first?.key == "a")
        #expect(judgement.findings.first?.example.map(\.id) == [0, 1])
    }

    @Test func progressFailsOnlyInWindowsThatNoFaultTouches() {
        var run = RunBuilder(writes: ["reserve"], reads: [])
        run.add("reserve", 0, 5)
        run.add("reserve", 1, 6)
        run.add("reserve", 4, 100)
        func rule(_ outside: Bool) -> Invariant.Kind {
            .progress(operation: "reserve", within: .milliseconds(50), outsideFaults: outside)
        }
        let judgement = judged(run, rule(true))
        #expect(judgement.verdict == .degraded)
        #expect(judgement.findings.map(\.kind) == [.stuck])
        #expect(judgement.findings.first?.title.hasPrefix("No reserve was answered for 94.000 ms") == true)
        run.faults = [
            FaultRecord(
                kind: .pause, target: .replica(0), start: RunBuilder.time(40), end: RunBuilder.time(60))
        ]
        #expect(judged(run, rule(true)).verdict == .pass)
        #expect(judged(run, rule(false)).verdict == .degraded)
        #expect(
            judged(run, .progress(operation: "reserve", within: .seconds(1), outsideFaults: false)).verdict
                == .unknown)
    }

    @Test func nobodyIsStuckWhoIsNotAsked() {
        var run = RunBuilder(writes: ["reserve", "release"], reads: [])
        run.add("reserve", 0, 5)
        run.add("release", 5, 100)
        let rule = Invariant.Kind.progress(
            operation: "reserve", within: .milliseconds(50), outsideFaults: false)
        #expect(judged(run, rule).verdict == .pass, "\(judged(run, rule).findings)")
        let other = Invariant.Kind.progress(
            operation: "drop", within: .milliseconds(50), outsideFaults: false)
        run.declarations.append(RunBuilder.declare("drop", isRead: false))
        #expect(judged(run, other).verdict == .unknown, "none was sent")
    }

    @Test func serverErrorsUnderContentionAreTheirOwnFinding() throws {
        var run = books(left: 3)
        for _ in 0..<3 { run.add("reserve", 0, 3, .unknown, values: ["units": 4], status: 500) }
        let judgement = run.judged()
        #expect(judgement.verdict == .degraded)
        let finding = try run.onlyFinding()
        #expect(finding.kind == .conflictAs5xx)
        #expect(finding.count == 3 && finding.judged == 5)
        #expect(finding.title == "3 of 5 reserve were answered 500 under contention.")
        run.faults = [FaultRecord(kind: .kill, target: .replica(1), start: 0, end: RunBuilder.time(9))]
        #expect(run.judged().findings.map(\.count) == [2], "a fault explains those of its replica")
        run.faults += [0, 2].map {
            FaultRecord(kind: .kill, target: .replica($0), start: 0, end: RunBuilder.time(9))
        }
        #expect(run.judged().findings.isEmpty, "faults of all replicas explain all")
    }

    @Test(arguments: [
        (1, -500, -400, true), (1, -5_000, -4_000, false), (2, -500, -400, false), (2, 1, 2, false),
    ])
    func aFaultExplainsTheAnswersOfItsReplicaWhileItLastsAndSoonAfter(
        replica: Int, start: Double, end: Double, isExplained: Bool
    ) {
        var run = books(left: 3)
        run.add("reserve", 0, 3, .unknown, values: ["units": 4], replica: 1, status: 500)
        run.faults = [
            FaultRecord(
                kind: .restart, target: .replica(replica), start: RunBuilder.time(start),
                end: RunBuilder.time(end))
        ]
        #expect(run.judged().findings.isEmpty == isExplained)
    }

    /// Services call each other, and companions are called.
    @Test(arguments: [(FaultTarget.replica(1), false), (.replica(2), true), (.service("broker"), true)])
    func aFaultElsewhereExplainsTheAnswersOfOneWhoMayCallIt(target: FaultTarget, isExplained: Bool) {
        var run = books(left: 3)
        run.services = [Service(name: "api", replicas: 2), Service(name: "index", replicas: 1)]
        run.add("reserve", 0, 3, .unknown, values: ["units": 4], replica: 0, status: 500)
        run.faults = [FaultRecord(kind: .kill, target: target, start: 0, end: RunBuilder.time(9))]
        #expect(run.judged().findings.isEmpty == isExplained)
    }

    @Test func aCompanionThatDiedExplainsTheAnswersOfItsServices() {
        var run = books(left: 3)
        run.services = [Service(name: "api", replicas: 3)]
        run.companions = [Service(name: "broker", isCompanion: true, replicas: 1)]
        run.add("reserve", 0, 3, .unknown, values: ["units": 4], replica: 0, status: 500)
        run.troubles = [Trouble(.replicaDied, time: 0, replica: 3, message: "companion broker exited")]
        #expect(run.judged().findings.map(\.kind) == [.replicaDied])
    }

    @Test func aPausedReplicaMayHoldALockThatOthersWaitFor() {
        var run = books(left: 3)
        run.add("reserve", 0, 9, values: ["units": 4], replica: 2)
        run.add("reserve", 1, 9, .unknown, values: ["units": 4], replica: 1, status: 500)
        func findings(_ kind: FaultRecord.Kind, _ start: Double) -> Int {
            run.faults = [
                FaultRecord(
                    kind: kind, target: .replica(2), start: RunBuilder.time(start), end: RunBuilder.time(8))
            ]
            return run.judged().findings.count
        }
        #expect(findings(.pause, 2) == 0, "its write was under way on the same key")
        #expect(findings(.kill, 2) == 1, "a dead process lets go of its locks")
        run.models = [.register()]
        run.operations[4].values["key"] = "other"
        #expect(findings(.pause, 2) == 1, "its write was of another key")
    }

    @Test func answersOfADatabaseThatIsGoneAreNoConflicts() {
        var run = books(left: 3)
        run.add("reserve", 2_000, 2_003, .unknown, values: ["units": 4], status: 500)
        run.add("reserve", 2_001, 2_004, .unknown, values: ["units": 4], status: 500)
        var observations = Observations()
        func findings() -> Int {
            judge(run.history, by: run.scenario, observations: observations).findings.count
        }
        #expect(findings() == 1)
        observations.losses = [MonitorLoss(time: RunBuilder.time(2_000), message: "it is gone")]
        #expect(findings() == 0)
        observations.losses = []
        run.troubles = [
            Trouble(
                .databaseDied, time: RunBuilder.time(2_500), since: RunBuilder.time(1_900), message: "it died"
            )
        ]
        #expect(findings() == 0)
        run.troubles[0].since = RunBuilder.time(2_100)
        #expect(findings() == 1, "it was well then")
        run.troubles = []
        observations.losses = [MonitorLoss(time: RunBuilder.time(2_000), message: "it is gone")]
        run.add("reserve", 3_000, 3_001, values: ["units": 1])
        #expect(findings() == 1, "only the monitor was cut off: writes went on")
    }

    @Test func serverErrorThatIsDeclaredToBeARefusalIsNone() {
        var run = books(left: 3)
        run.add("reserve", 0, 3, .fail, values: ["units": 4], status: 503)
        #expect(run.judged().findings.isEmpty)
        #expect(run.judged().tally.losers == 1)
    }

    @Test func serverErrorsThatASafetyFindingExplainsAreNotToldAgain() {
        var run = books(left: 9)
        run.add("reserve", 0, 3, .unknown, values: ["units": 4], status: 500)
        let rule = Invariant.Kind.finally(Self.comparison(used, .equal, balance))
        #expect(judged(run, rule).findings.map(\.kind) == [.invariantViolated])
    }

    @Test func writeThatIsNeverAnsweredWhileOthersAreStarves() throws {
        var run = books(left: 3)
        run.add("reserve", 0, 900, .unknown, values: ["units": 4], failure: .timeout)
        #expect(try run.onlyFinding().kind == .starvation)
        #expect(run.judged().verdict == .degraded)
    }
}
