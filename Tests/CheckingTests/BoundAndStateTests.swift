// Counters with a lower bound, state machines whose states are values, and filters that looked at nothing.

import Core
import Histories
import Testing

@testable import Checking
@testable import Scenarios

@Suite struct BoundAndStateTests {
    // MARK: - Lower bounds

    private func admins(minimum: Int, limit: Int? = nil, initial: Int) -> RunBuilder {
        let model = Model(
            name: "admins",
            kind: .boundedCounter(
                minimum: .text("\(minimum)"), limit: limit.map { .text("\($0)") },
                add: [OperationBinding(operation: "promote", value: .text("1"))],
                subtract: [OperationBinding(operation: "demote", value: .text("1"))],
                observe: [Observation(operation: "count", value: .name("n"))]), key: .name("key"),
            initial: .literal(.int(initial)))
        return RunBuilder(model, writes: ["promote", "demote"], reads: ["count"])
    }

    @Test func twoAcknowledgedDemotionsOfTheLastTwoAdminsFallBelowTheMinimum() throws {
        var run = admins(minimum: 1, initial: 2)
        run.add("demote", 0, 3)
        run.add("demote", 1, 4)
        let finding = try run.onlyFinding()
        #expect(finding.kind == .quotaOverrun)
        #expect(finding.title == "2 demote were acknowledged for more than may go: the count falls below 1.")
        run = admins(minimum: 1, initial: 2)
        run.add("demote", 0, 3, .unknown)
        run.add("demote", 1, 4, .unknown)
        run.add("count", 5, 6, captures: ["n": 0], phase: .after)
        let read = try run.onlyFinding()
        #expect(read.kind == .quotaOverrun)
        #expect(read.title == "0 where at least 1 must be: the count fell below its minimum.")
    }

    @Test func aCountAtItsBoundsIsRight() {
        var run = admins(minimum: 1, limit: 2, initial: 2)
        run.add("demote", 0, 3)
        run.add("demote", 1, 4, .fail)
        run.add("count", 5, 6, captures: ["n": 1])
        run.add("promote", 7, 8)
        run.add("count", 9, 10, captures: ["n": 2])
        #expect(run.judged().verdict == .pass, "\(run.judged().checks)")
        run.add("promote", 11, 12)
        #expect(run.judged().findings.map(\.kind) == [.quotaOverrun])
    }

    /// Whether it took effect is not known: both counts are possible, and neither is an alarm.
    @Test(arguments: [1, 2])
    func aDemotionOfUnknownOutcomeIsNoAlarm(shown: Int) {
        var run = admins(minimum: 1, initial: 2)
        run.add("demote", 0, 3)
        run.add("demote", 1, 4, .unknown)
        run.add("promote", 5, 6)
        run.add("count", 7, 8, captures: ["n": .int(shown)], phase: .after)
        #expect(run.judged().findings.isEmpty, "\(run.judged().findings.map(\.title))")
    }

    @Test func aCountThatBeginsOutsideItsBoundsIsNotJudged() {
        var run = admins(minimum: 2, limit: 5, initial: 0)
        run.add("promote", 0, 3)
        run.add("count", 5, 6, captures: ["n": 1], phase: .after)
        let judgement = run.judged()
        #expect(judgement.findings.isEmpty && judgement.verdict == .unknown)
        #expect(
            judgement.checks.contains { $0.explanation.contains("its initial count 0 is not from 2 to 5") },
            "\(judgement.checks)")
    }

    // MARK: - States that are values

    private func owner() -> RunBuilder {
        let model = Model(
            name: "owner",
            kind: .stateMachine(
                transitions: [
                    Transition(operation: "claim", from: ["free"], to: .name("user")),
                    Transition(operation: "give", from: [.name("user")], to: .name("next")),
                    Transition(operation: "drop", from: [.name("user")], to: "free"),
                ], observe: [Observation(operation: "show", value: .name("owner"))]), key: .name("key"),
            initial: .literal("free"))
        return RunBuilder(model, writes: ["claim", "give", "drop"], reads: ["show"])
    }

    @Test func aClaimLeadsToWhoeverClaims() {
        var run = owner()
        run.add("claim", 0, 3, values: ["user": "ann"])
        run.add("show", 1, 1.5, captures: ["owner": "free"])
        run.add("give", 4, 5, values: ["user": "ann", "next": "bob"])
        run.add("show", 6, 7, captures: ["owner": "bob"])
        run.add("drop", 8, 9, values: ["user": "bob"])
        run.add("show", 10, 11, captures: ["owner": "free"])
        #expect(run.judged().verdict == .pass, "\(run.judged().findings.map(\.title)) \(run.judged().checks)")
    }

    @Test func twoClaimsOfOneThingAreADoubleTransition() throws {
        var run = owner()
        run.add("claim", 0, 3, values: ["user": "ann"])
        run.add("claim", 1, 4, values: ["user": "bob"])
        run.add("show", 5, 6, captures: ["owner": "bob"])
        #expect(try run.onlyFinding().kind == .doubleTransition)
    }

    @Test func aThingThatIsNotMineCannotBeDropped() throws {
        var run = owner()
        run.add("claim", 0, 1, values: ["user": "ann"])
        run.add("drop", 2, 3, values: ["user": "bob"])
        run.add("show", 4, 5, captures: ["owner": "free"])
        #expect(try run.onlyFinding().kind == .illegalTransition)
    }

    /// A state machine has 64 states at most; values make more of them over a whole run than over one key.
    @Test func everyKeyMayHaveItsOwnStates() {
        var run = owner()
        for number in 0..<80 {
            let user: Value = .string("user \(number)")
            let start = Double(number) * 10
            run.add("claim", start, start + 2, key: "k\(number)", values: ["user": user], round: number)
            run.add(
                "show", start + 1, start + 1.5, key: "k\(number)", captures: ["owner": "free"], round: number)
            run.add("show", start + 4, start + 5, key: "k\(number)", captures: ["owner": user], round: number)
        }
        #expect(run.judged().verdict == .pass, "\(run.judged().checks)")
        run.add("claim", 900, 901, key: "k7", values: ["user": "late"], round: 7)
        run.add("show", 902, 903, key: "k7", captures: ["owner": "late"], round: 7)
        #expect(run.judged().findings.map(\.kind) == [.illegalTransition])
    }

    @Test func aTransitionToAnUnknownStateIsNotJudged() {
        var run = owner()
        run.add("claim", 0, 3)
        run.add("show", 5, 6, captures: ["owner": "bob"])
        let judgement = run.judged()
        #expect(judgement.findings.isEmpty && judgement.verdict == .unknown, "\(judgement.checks)")
    }

    // MARK: - The same value

    private func charges(_ answers: [(key: String, id: Value?)]) -> Judgement {
        var run = RunBuilder(writes: ["charge"], reads: [])
        run.invariants = [
            Invariant(name: "one payment", kind: .same(operation: "charge", name: "id", per: .name("key")))
        ]
        for (number, answer) in answers.enumerated() {
            let start = Double(number)
            run.add(
                "charge", start, start + 1.5, key: answer.key, captures: answer.id.map { ["id": $0] } ?? [:])
        }
        return run.judged()
    }

    @Test func answersThatBelongTogetherCarryOneValue() {
        let right = charges([("a", 1), ("a", .double(1)), ("b", 2)])
        #expect(right.verdict == .pass, "\(right.checks)")
        let wrong = charges([("a", 1), ("b", 2), ("a", 1), ("a", 3)])
        #expect(wrong.findings.map(\.kind) == [.invariantViolated])
        #expect(
            wrong.findings.first?.title
                == "3 charge of a were answered with 2 values of id in place of one: 1 and 3.")
    }

    @Test func sameThatComparedNothingIsUnknown() {
        #expect(charges([("a", 1), ("b", 2)]).verdict == .unknown, "no two belong together")
        #expect(charges([("a", 1), ("a", 1), ("a", nil)]).verdict == .unknown, "one lacks the value")
    }

    // MARK: - Claims with a condition

    /// Two ok answers, the second of which meets the condition or not.
    private func claims(_ meets: [[String]], _ outcome: Outcome = .ok) throws -> Judgement {
        let condition = try AnswerPattern.alternatives("json $.replayed == false")
        let model = Model(
            name: "payment",
            kind: .unique(claim: [Claim(operation: "charge", when: condition)], release: []),
            key: .name("key"))
        var run = RunBuilder(model, writes: ["charge"], reads: [])
        for (number, met) in meets.enumerated() {
            let start = Double(number)
            let request = RequestRecord(
                step: 0, attempt: 0, replica: 0, method: "POST", target: "/", sent: RunBuilder.time(start),
                received: RunBuilder.time(start + 2), status: 200, outcome: outcome, meets: met)
            run.add("charge", start, start + 2, outcome, requests: [request])
        }
        return run.judged()
    }

    @Test func anAnswerWithoutTheConditionIsNoClaim() throws {
        let met = ["json $.replayed == false"]
        #expect(try claims([met, []]).verdict == .pass)
        #expect(try claims([met, met]).findings.map(\.kind) == [.duplicate])
        #expect(try claims([[], []]).verdict == .unknown, "nothing was claimed")
        #expect(try claims([[], []], .unknown).findings.isEmpty)
    }

    // MARK: - Filters

    @Test(arguments: [([] as [String], Verdict.unknown), (["$.versions[?@.stage]"], .pass)])
    func aFilterThatLookedAtNothingProvesNothing(meets: [String], verdict: Verdict) throws {
        var run = RunBuilder(writes: ["put"], reads: ["list"])
        run.declarations[1].steps[0].captures = [
            Capture(
                name: "live", source: .json(try JSONPath(text: "$.versions[?@.stage == 'live'] length")))
        ]
        run.invariants = [
            Invariant(name: "at most one", kind: .always(try Condition(text: "list.live <= 1")))
        ]
        run.add("put", 0, 3)
        let request = RequestRecord(
            step: 0, attempt: 0, replica: 0, method: "GET", target: "/", sent: 1_000_000, received: 2_000_000,
            status: 200, outcome: .ok, meets: meets)
        run.add("list", 1, 2, captures: ["live": 0], requests: [request])
        let judgement = run.judged()
        #expect(judgement.verdict == verdict, "\(judgement.checks)")
        let said = judgement.checks.contains {
            $0.explanation.contains("nothing is at `$.versions[?@.stage]`")
        }
        #expect(said == meets.isEmpty)
    }
}
