// Each kind of finding from a hand-written history: its kind, key, smallest example and title.

import Core
import Histories
import Scenarios
import Testing

@testable import Checking

@Suite struct FindingTests {
    @Test func acknowledgedTransitionThatIsGoneIsALostUpdateWithBothWritersNamed() throws {
        var run = RunBuilder(.status(), writes: ["deactivate", "rename"], reads: ["show"])
        run.declarations += ["once", "reactivate", "delete"].map { RunBuilder.declare($0, isRead: false) }
        run.add("rename", 0, 5, client: 7, replica: 1)
        run.add("deactivate", 1, 3, client: 4, replica: 2)
        for replica in 0..<3 {
            run.add(
                "show", 10 + Double(replica), 10.5 + Double(replica), captures: ["status": "active"],
                client: 0, replica: replica, phase: .after)
        }
        let judgement = run.judged()
        #expect(judgement.verdict == .violation)
        let finding = try run.onlyFinding()
        #expect(finding.kind == .lostUpdate)
        #expect(finding.key == "k")
        #expect(finding.check == "status")
        #expect(finding.example.map(\.name) == ["rename", "deactivate", "show"])
        #expect(
            finding.title == "An acknowledged deactivate was undone: show shows active, not deactivated. "
                + "A concurrent rename by client 7 overlapped it.")
        #expect(finding.count == 1 && finding.judged == 1)
        #expect(
            finding.story == [
                "+0.000 ms client 7 → replica 1  POST /k/rename  200 (5.000 ms), under way at the same time",
                "+1.000 ms client 4 → replica 2  POST /k/deactivate  200 (2.000 ms)",
                "+10.000 ms client 0 → replica 0  GET /k/show  200 (0.500 ms), shows active",
                "No order of these operations leads to active.",
            ])
    }

    @Test func aStoryKeepsTheBeginningOfMadeUpIdentifiers() throws {
        var run = statusRun()
        for number in 0..<2 {
            run.add("once", Double(number), 5, key: "a08aedb3-7558-4b00-abf4-469d9a799897")
        }
        let story = try run.onlyFinding().story
        #expect(story.first == "+0.000 ms client 0 → replica 0  POST /a08aedb3…/once  200 (5.000 ms)")
    }

    private func statusRun() -> RunBuilder {
        RunBuilder(
            .status(), writes: ["deactivate", "once", "reactivate", "delete", "rename"], reads: ["show"])
    }

    @Test func twoAcknowledgedTransitionsOfWhichOneCanWinAreADoubleTransition() throws {
        var run = statusRun()
        run.add("once", 0, 5)
        run.add("once", 1, 4)
        run.add("once", 2, 6)
        run.add("show", 10, 11, captures: ["status": "active"], phase: .after)
        let finding = try run.onlyFinding()
        #expect(finding.kind == .doubleTransition)
        #expect(finding.example.map(\.name) == ["once", "once"])
        #expect(finding.title == "3 once of one key were acknowledged where one can win.")
    }

    @Test func repeatsThatLeaveTheRightEndStateAreSaidToAndComeLater() throws {
        var run = statusRun()
        for round in 0..<3 {
            let key = "k\(round)"
            let start = Double(round) * 100
            run.add("once", start, start + 5, key: key, round: round)
            run.add("once", start + 1, start + 4, key: key, round: round)
            run.add(
                "show", start + 10, start + 11, key: key, captures: ["status": "deactivated"],
                phase: .after, round: round)
        }
        let finding = try run.onlyFinding()
        #expect(finding.kind == .doubleTransition)
        #expect(finding.title.hasSuffix("They are repeats: the end state is right."))
        #expect(finding.count == 3 && finding.judged == 3)
        run.add("deactivate", 400, 401, key: "x", round: 3)
        run.add("show", 410, 411, key: "x", captures: ["status": "active"], phase: .after, round: 3)
        let findings = run.judged().findings
        #expect(findings.map(\.kind) == [.lostUpdate, .doubleTransition])
        #expect(findings.map(\.number) == [1, 2])
    }

    @Test func transitionFromAForbiddenStateIsIllegal() throws {
        var run = statusRun()
        run.add("reactivate", 0, 5)
        run.add("show", 10, 11, captures: ["status": "active"], phase: .after)
        let finding = try run.onlyFinding()
        #expect(finding.kind == .illegalTransition)
        #expect(finding.example.map(\.name) == ["reactivate"])
        #expect(finding.title == "reactivate was acknowledged in state active, where it is not allowed.")
    }

    @Test func deletedEntityThatIsSeenAgainIsResurrected() throws {
        var run = statusRun()
        run.add("rename", 0, 5)
        run.add("delete", 1, 4)
        run.add("show", 10, 11, captures: ["status": "active"], phase: .after)
        let finding = try run.onlyFinding()
        #expect(finding.kind == .resurrected)
        #expect(finding.title == "Deleted by delete, it is there again: show shows active.")
        #expect(finding.example.map(\.name) == ["delete", "show"])
    }

    @Test func absentStatusIsObservedAsAbsent() {
        var run = statusRun()
        run.add("rename", 0, 5)
        run.add("delete", 1, 4)
        run.add("show", 10, 11, .fail, phase: .after, status: 404)
        #expect(run.judged().findings.isEmpty)
        #expect(run.judged().verdict == .pass, "\(run.judged().checks)")
    }

    @Test func stateToWhichNothingLedIsAPhantom() throws {
        var run = statusRun()
        run.add("rename", 0, 5)
        run.add("deactivate", 0, 5)
        run.add("show", 10, 11, captures: ["status": "queued"], phase: .after)
        let finding = try run.onlyFinding()
        #expect(finding.kind == .phantom)
        #expect(finding.title == "show shows queued, and no operation led there.")
        #expect(finding.example.count == 1)
    }

    @Test func staleReadIsNotALostUpdate() throws {
        var run = RunBuilder(.register(initial: "first"), writes: ["rename"], reads: ["show"])
        run.add("rename", 0, 2, values: ["unique": "a"])
        run.add("rename", 2.5, 20, values: ["unique": "c"])
        run.add("show", 3, 4, captures: ["name": "first"])
        run.add("show", 5, 6, captures: ["name": "a"])
        let finding = try run.onlyFinding()
        #expect(finding.kind == .staleRead)
        #expect(finding.title == #"show gives the old "first" after rename of "a" was acknowledged."#)
        #expect(finding.example.map(\.id) == [0, 2])
    }

    @Test func acknowledgedRegisterWriteThatIsNeverSeenIsALostUpdate() throws {
        var run = RunBuilder(.register(initial: "first"), writes: ["rename", "other"], reads: ["show"])
        run.add("other", 0, 9, client: 3)
        run.add("rename", 1, 2, values: ["unique": "a"])
        run.add("show", 10, 11, captures: ["name": "first"], phase: .after)
        let finding = try run.onlyFinding()
        #expect(finding.kind == .lostUpdate)
        #expect(
            finding.title == #"An acknowledged rename was lost: show gives "first" instead of "a"."#
                + " A concurrent other by client 3 overlapped it.")
        #expect(finding.example.count == 3)
    }

    @Test func valueNobodyWroteIsAPhantom() throws {
        var run = RunBuilder(.register(initial: "first"), writes: ["rename"], reads: ["show"])
        run.add("rename", 0, 2, values: ["unique": "a"])
        run.add("rename", 0, 2, values: ["unique": "b"])
        run.add("show", 10, 11, captures: ["name": "A"], phase: .after)
        let finding = try run.onlyFinding()
        #expect(finding.kind == .phantom)
        #expect(finding.title == #"show gives "A", which nobody wrote."#)
        #expect(finding.example.map(\.id) == [2])
    }

    @Test func refusedWriteThatIsReadIsRefusedButApplied() throws {
        var run = RunBuilder(.register(initial: "first"), writes: ["rename"], reads: ["show"])
        run.add("rename", 0, 2, values: ["unique": "a"])
        run.add("rename", 0, 2, .fail, values: ["unique": "b"])
        run.add("show", 10, 11, captures: ["name": "b"], phase: .after)
        let finding = try run.onlyFinding()
        #expect(finding.kind == .refusedButApplied)
        #expect(finding.example.map(\.id) == [1, 2])
        #expect(
            finding.title
                == #"A refused rename took effect all the same: show gives its value "b"."#)
    }

    @Test func replicasThatDisagreeAtRestDiverge() throws {
        var run = RunBuilder(.register(initial: "first"), writes: ["rename"], reads: ["show"])
        run.add("rename", 0, 2, values: ["unique": "a"])
        run.add("rename", 1, 3, values: ["unique": "b"])
        run.add("show", 10, 11, captures: ["name": "a"], replica: 0, phase: .after)
        run.add("show", 12, 13, captures: ["name": "b"], replica: 1, phase: .after)
        run.add("show", 14, 15, captures: ["name": "a"], replica: 2, phase: .after)
        let finding = try run.onlyFinding()
        #expect(finding.kind == .replicaDivergence)
        #expect(
            finding.title.hasPrefix("With no write under way, replica"), "\(finding.title)")
    }

    @Test func twoWinnersOfOneVersionAreALostUpdate() throws {
        var run = RunBuilder(.version(), writes: ["update"], reads: ["show"])
        run.add("update", 0, 4, captures: ["from": 1, "to": 20])
        run.add("update", 1, 5, captures: ["from": 1, "to": 21])
        run.add("update", 1, 5, .fail, captures: ["from": 1, "to": 22])
        run.add("show", 10, 11, captures: ["version": 21], phase: .after)
        let finding = try run.onlyFinding()
        #expect(finding.kind == .lostUpdate)
        #expect(finding.example.map(\.id) == [0, 1])
        #expect(
            finding.title
                == "2 updates of the same version 1 were acknowledged: one overwrote the other.")
    }

    @Test func quotaOverrunGivesTheFigures() throws {
        var run = RunBuilder(.quota(), writes: ["reserve", "release"], reads: ["usage"])
        for _ in 0..<8 { run.add("reserve", 0, 5, values: ["units": 3]) }
        run.add("usage", 10, 11, captures: ["used": 24], phase: .after)
        let finding = try run.onlyFinding()
        #expect(finding.kind == .quotaOverrun)
        #expect(finding.title.hasPrefix("24 where 10 are allowed: the limit was overrun. 8 reserve"))
    }

    @Test func acknowledgedAddsPastTheLimitOverrunItEvenUnseen() throws {
        var run = RunBuilder(.quota(), writes: ["reserve", "release"], reads: ["usage"])
        for _ in 0..<13 { run.add("reserve", 0, 5, values: ["units": 1]) }
        run.add("usage", 10, 11, captures: ["used": 10], phase: .after)
        let finding = try run.onlyFinding()
        #expect(finding.kind == .quotaOverrun)
        #expect(finding.example.count == 11)
        #expect(finding.title.hasPrefix("13 where 10 are allowed"))
        #expect(finding.story.count <= 6)
    }

    @Test func lostAdditionsAreALostUpdateWithTheFewestThatContradict() throws {
        var run = RunBuilder(.quota(limit: 100), writes: ["reserve", "release"], reads: ["usage"])
        for _ in 0..<10 { run.add("reserve", 0, 5, values: ["units": 1]) }
        run.add("usage", 10, 11, captures: ["used": 7], phase: .after)
        let finding = try run.onlyFinding()
        #expect(finding.kind == .lostUpdate)
        #expect(finding.example.count == 9)
        #expect(
            finding.title
                == "Of 10 acknowledged reserve, at least one was lost: usage gives 7 where at least 10 must be."
        )
        #expect(finding.story.contains("Together: 0 and 10 added before it make at least 10."))
    }

    @Test func countBelowZeroIsADoubleTransition() throws {
        var run = RunBuilder(.quota(), writes: ["reserve", "release"], reads: ["usage"])
        run.add("reserve", 0, 1, values: ["units": 2])
        run.add("release", 2, 5, values: ["reserve.units": 2])
        run.add("release", 3, 6, values: ["reserve.units": 2])
        run.add("usage", 10, 11, captures: ["used": 0], phase: .after)
        let finding = try run.onlyFinding()
        #expect(finding.kind == .doubleTransition)
        #expect(finding.title.hasSuffix("the count goes below zero."))
    }

    @Test func refusedAdditionThatCountsIsRefusedButApplied() throws {
        var run = RunBuilder(.quota(), writes: ["reserve", "release"], reads: ["usage"])
        run.add("reserve", 0, 2, values: ["units": 2])
        run.add("reserve", 1, 3, .fail, values: ["units": 2])
        run.add("usage", 10, 11, captures: ["used": 4], phase: .after)
        #expect(try run.onlyFinding().kind == .refusedButApplied)
    }

    @Test func missingElementIsLostAndOthersOfItsKeyAreCounted() throws {
        var run = RunBuilder(.tags(), writes: ["tag", "untag"], reads: ["list"])
        for name in ["a", "b", "c"] { run.add("tag", 0, 5, values: ["tag": .string(name)]) }
        run.add("list", 10, 11, captures: ["tags": .array(["b"])], phase: .after)
        let finding = try run.onlyFinding()
        #expect(finding.kind == .lostElement)
        #expect(finding.title.hasPrefix(#""a" is missing from list although tag was acknowledged."#))
        #expect(finding.title.hasSuffix("So is another element of it."))
    }

    @Test func removedElementThatIsBackIsResurrected() throws {
        var run = RunBuilder(.tags(), writes: ["tag", "untag"], reads: ["list"])
        run.add("tag", 0, 1, values: ["tag": "a"])
        run.add("tag", 2, 5, values: ["tag": "b"])
        run.add("untag", 2, 4, values: ["tag": "a"])
        run.add("list", 10, 11, captures: ["tags": .array(["a", "b"])], phase: .after)
        let finding = try run.onlyFinding()
        #expect(finding.kind == .resurrected)
        #expect(finding.title == #""a" is there again after untag was acknowledged: list shows it."#)
    }

    @Test func elementTwiceInOneAnswerIsADuplicate() throws {
        var run = RunBuilder(.tags(), writes: ["tag", "untag"], reads: ["list"])
        run.add("tag", 0, 5, values: ["tag": "a"])
        run.add("tag", 1, 4, values: ["tag": "a"])
        run.add("list", 10, 11, captures: ["tags": .array(["a", "a"])], phase: .after)
        let finding = try run.onlyFinding()
        #expect(finding.kind == .duplicate)
        #expect(finding.example.map(\.name) == ["list"])
    }

    @Test func twoClaimsOfOneKeyAreADuplicate() throws {
        var run = RunBuilder(.claims, writes: ["create", "drop"])
        run.add("create", 0, 5)
        run.add("create", 1, 4)
        run.add("create", 1, 4, .fail)
        let finding = try run.onlyFinding()
        #expect(finding.kind == .duplicate)
        #expect(finding.example.map(\.id) == [0, 1])
        #expect(finding.title == #"2 create of the one key "k" were acknowledged."#)
        run.add("drop", 6, 7)
        #expect(!run.judged().findings.isEmpty)
    }

    @Test func claimAfterAReleaseIsFine() {
        var run = RunBuilder(.claims, writes: ["create", "drop"])
        run.add("create", 0, 5)
        run.add("drop", 1, 8, .unknown)
        run.add("create", 6, 7)
        // One unknown outcome of three would be too many to conclude anything.
        for key in ["l", "m"] { run.add("create", 0, 5, key: key) }
        #expect(run.judged().findings.isEmpty)
        #expect(run.judged().verdict == .pass)
    }

    @Test func classIdIsStableAndFreeOfKeysAndTimes() throws {
        func finding(_ key: String, _ shift: Double) throws -> Finding {
            var run = RunBuilder(.register(initial: "first"), writes: ["rename"], reads: ["show"])
            run.add("rename", shift, shift + 2, key: key, values: ["unique": .string("a" + key)])
            run.add("rename", shift, shift + 2, .fail, key: key, values: ["unique": .string("b" + key)])
            run.add(
                "show", shift + 10, shift + 11, key: key, captures: ["name": "first"], phase: .after)
            return try run.onlyFinding()
        }
        #expect(try finding("k", 0).classID == finding("other", 50).classID)
        #expect(Grouping.stableHash("") == "4fd0bfc1")
    }
}
