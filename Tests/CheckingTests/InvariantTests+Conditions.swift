// Conditions of several comparisons, filtered sums, and two reads.

import Core
import Histories
import Testing

@testable import Checking
@testable import Scenarios

extension InvariantTests {
    /// An implication is `!(…) || …`; what decides it alone makes up for what an answer lacks.
    @Test(arguments: [
        ("usage.used > 3 || usage.used == 2", 2, Verdict.pass),
        ("usage.used > 3 || usage.used == 2", 3, .violation),
        ("usage.used > 1 && usage.used < 3", 2, .pass), ("usage.used > 1 && usage.used < 3", 3, .violation),
        ("!(usage.used > 2) || usage.used == 9", 2, .pass),
        ("!(usage.used > 2) || usage.used == 9", 3, .violation),
        ("!(usage.used > 1 && usage.used < 3)", 2, .violation),
        ("!(usage.used > 1 && usage.used < 3)", 3, .pass),
        ("usage.used == 2 || usage.missing == 1", 2, .pass),
        ("usage.used == 2 || usage.missing == 1", 3, .unknown),
        ("usage.used == 2 && usage.missing == 1", 3, .violation),
        ("usage.used == 2 || usage.used < \"a\"", 2, .pass),
        ("usage.used == 2 || usage.used < \"a\"", 3, .unknown),
        ("usage.used * 0.1 == 0.3", 3, .pass), ("usage.used * 0.1 != 0.3", 3, .violation),
        ("usage.used * 0.1 < 0.3", 3, .violation), ("usage.used * 0.1 <= 0.3", 3, .pass),
        ("usage.used == 9007199254740993", 9_007_199_254_740_992, .violation),
        ("usage.used != 9007199254740993", 9_007_199_254_740_992, .pass),
        ("usage.missing != null", 3, .violation), ("usage.missing == null", 3, .unknown),
        ("usage.used * 2 + 1 == 5", 2, .pass), ("1 + 2 * usage.used == 5", 3, .violation),
    ])
    func conditionsAreJoined(text: String, used: Int, verdict: Verdict) throws {
        let judgement = judged(books(left: used), .always(try Condition(text: text)))
        #expect(judgement.verdict == verdict)
        #expect(judgement.findings.isEmpty == (verdict != .violation))
    }

    @Test func aFindingNamesTheComparisonsThatAreFalse() throws {
        let judgement = judged(
            books(left: 3),
            .always(try Condition(text: "usage.used == 1 || (usage.used > 3 && usage.used < 9)")))
        #expect(judgement.findings.first?.title.hasSuffix("but 3 == 1 and 3 > 3 are false.") == true)
    }

    @Test(arguments: [
        ("usage.used == sum(reserve.units where reserve.id == \"b\")", Verdict.pass),
        ("usage.used == sum(reserve.units where reserve.id == \"a\")", .violation),
        ("usage.used == 3 * count(reserve where reserve.units > 2)", .pass),
        ("usage.used == 3 * count(reserve where reserve.units > 1)", .violation),
        ("usage.used == count(reserve where reserve.nothing == 1)", .unknown),
    ])
    func sumsAndCountsRangeOverWhatIsMeant(text: String, verdict: Verdict) throws {
        let judgement = judged(books(left: 3), .finally(try Condition(text: text)))
        #expect(judgement.verdict == verdict)
        if let finding = judgement.findings.first {
            let amount = text.contains("sum") ? "1 acknowledged reserve (units 2)" : "2 acknowledged reserve"
            #expect(finding.story.contains { $0.contains(amount) }, "\(finding.story)")
        }
    }

    /// Reads of two names are compared where they went through one replica after the same round.
    @Test(arguments: [(3, 3, Verdict.pass), (3, 4, .violation), (4, 3, .violation)])
    func twoReadsOfOneMomentAreCompared(first: Int, second: Int, verdict: Verdict) throws {
        var run = RunBuilder(writes: ["reserve"], reads: ["usage", "list"])
        run.add("reserve", 0, 2, values: ["units": 1])
        run.add("reserve", 1, 3, values: ["units": 2])
        for (replica, shown) in [(0, first), (1, second)] {
            let start = Double(10 + 10 * replica)
            run.add("usage", start, start + 1, captures: ["used": 3], replica: replica, phase: .after)
            run.add(
                "list", start + 2, start + 3, captures: ["sum": .int(shown)], replica: replica, phase: .after)
        }
        let judgement = judged(run, .finally(try Condition(text: "usage.used == list.sum")))
        #expect(judgement.verdict == verdict)
        if let finding = judgement.findings.first {
            #expect(finding.title.contains("3 == 4 is false"))
            #expect(
                finding.story.contains { $0.contains("shows sum 4") }
                    && finding.story.contains { $0.contains("shows used 3") })
        }
    }

    /// What is not known to have come yet may come between two reads, and is no evidence against them.
    @Test func twoReadsAroundALateChangeSayNothing() throws {
        var run = RunBuilder(writes: ["reserve"], reads: ["usage", "list"])
        run.add("reserve", 0, 2, values: ["units": 1])
        run.add("reserve", 1, 3, .unknown, values: ["units": 2])
        run.add("usage", 10, 11, captures: ["used": 1], replica: 0, phase: .after)
        run.add("list", 12, 13, captures: ["sum": 3], replica: 0, phase: .after)
        let judgement = judged(run, .finally(try Condition(text: "usage.used == list.sum")))
        #expect(judgement.verdict == .unknown && judgement.findings.isEmpty)
    }

    /// What most answers lack is not said to hold.
    @Test func aConditionThatFewAnswersMeetIsUnknown() throws {
        var run = books(left: 3)
        for index in 0..<2 {
            run.add("usage", Double(20 + index), Double(21 + index), captures: [:], phase: .after)
        }
        #expect(judged(run, .always(try Condition(text: "usage.used == 3"))).verdict == .unknown)
    }

    @Test func aStoryTellsOnlyWhatItsSumCounts() throws {
        let judgement = judged(
            books(left: 9),
            .finally(try Condition(text: "usage.used == sum(reserve.units where reserve.id == \"b\")")))
        let story = try #require(judgement.findings.first?.story)
        #expect(story.first?.hasPrefix("sum(reserve.units where reserve.id == \"b\") on") == true, "\(story)")
        #expect(story.contains { $0.contains("units 3, id b") } && !story.contains { $0.contains("units 2") })
    }
}
