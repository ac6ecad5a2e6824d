// Invariants, and findings about answers.

import History
import Scenario
import Testing

@testable import Checking

@Suite struct InvariantTests {
    private static func comparison(
        _ left: Expression, _ comparison: Comparison.Operator, _ right: Expression
    ) -> Comparison {
        Comparison(left: left, comparison: comparison, right: right, source: "as written")
    }

    private let used = Expression.field(operation: "usage", name: "used")
    private let balance = Expression.subtract(
        .sum(operation: "reserve", name: "units"), .sum(operation: "release", name: "units"))

    /// Two overlapping reservations of 2 and 3, a release of the 2, and a read of what is left.
    private func books(left: Int) -> RunBuilder {
        var run = RunBuilder(writes: ["reserve", "release"], reads: ["usage"])
        run.declarations[1].needs = Need(operation: "reserve")
        run.add("reserve", 0, 2, values: ["units": 2], captures: ["id": "a"])
        run.add("reserve", 1, 3, values: ["units": 3], captures: ["id": "b"])
        run.add("release", 4, 5, values: ["reserve.units": 2])
        run.add("usage", 10, 11, captures: ["used": .int(left)], phase: .after)
        return run
    }

    private func judged(_ run: RunBuilder, _ kind: Invariant.Kind) -> Judgement {
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
                kind: .pause, replica: 0, start: RunBuilder.time(40), end: RunBuilder.time(60))
        ]
        #expect(judged(run, rule(true)).verdict == .pass)
        #expect(judged(run, rule(false)).verdict == .degraded)
        #expect(
            judged(run, .progress(operation: "reserve", within: .seconds(1), outsideFaults: false)).verdict
                == .unknown)
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
        run.faults = [FaultRecord(kind: .kill, replica: 1, start: 0, end: RunBuilder.time(9))]
        #expect(run.judged().findings.isEmpty, "a fault explains them")
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
