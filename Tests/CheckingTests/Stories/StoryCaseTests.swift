// Histories whose stories were once not true, each the smallest of its kind.

import Core
import Histories
import Testing

@testable import Checking
@testable import Scenarios

@Suite struct StoryCaseTests {
    private func editing() -> RunBuilder {
        var run = RunBuilder(
            SimulatedModel.casRegister.model(initial: nil), writes: ["edit", "put"], reads: ["show"])
        run.isBurst = false
        return run
    }

    @Test func twoUpdatesOfAVersionWhoseWriterIsKnownAreALostUpdate() throws {
        var run = editing()
        run.add("put", 1, 2, values: ["unique": "v0"])
        run.add("edit", 3, 10, values: ["unique": "a"], captures: ["seen": "v0"])
        run.add("edit", 4, 8, values: ["unique": "b"], captures: ["seen": "v0"])
        let finding = try run.onlyFinding()
        #expect(finding.kind == .lostUpdate)
        #expect(
            finding.title
                == #"2 updates of the same version "v0" were acknowledged: one overwrote the other."#)
        #expect(Set([1, 2]).isSubset(of: finding.example.map(\.id)))
    }

    @Test func anUpdateOfAVersionThatWasReplacedBeforeItBeganIsIllegal() throws {
        var run = editing()
        run.add("put", 1, 2, values: ["unique": "v0"])
        run.add("put", 3, 4, values: ["unique": "v1"])
        run.add("edit", 5, 6, values: ["unique": "a"], captures: ["seen": "v0"])
        let finding = try run.onlyFinding()
        #expect(finding.kind == .illegalTransition)
        #expect(
            finding.title
                == #"edit was acknowledged although "v0", which it expects, was no longer there."#)
    }

    private func states() -> RunBuilder {
        let model = Model(
            name: "state",
            kind: .stateMachine(
                transitions: [
                    Transition(operation: "approve", from: ["draft"], to: "approved"),
                    Transition(operation: "reject", from: ["draft"], to: "rejected"),
                    Transition(operation: "revoke", from: ["approved"], to: "revoked"),
                    Transition(operation: "use", from: ["approved"], to: "approved"),
                ], observe: [Observation(operation: "show", value: .name("status"))]),
            key: .name("key"), initial: .literal("draft"))
        var run = RunBuilder(model, writes: ["approve", "reject", "revoke", "use"], reads: ["show"])
        run.isBurst = false
        return run
    }

    @Test func repeatsBesideAContradictingChangeAreNotCalledRepeats() throws {
        var run = states()
        run.add("reject", 3, 10)
        run.add("reject", 4, 11)
        run.add("approve", 5, 12)
        run.add("show", 20, 21, captures: ["status": "rejected"])
        let finding = try run.onlyFinding()
        #expect(finding.kind == .doubleTransition)
        #expect(finding.title == "approve and reject were both acknowledged, and no order allows that.")
        #expect(finding.example.map(\.name).sorted() == ["approve", "reject"])
    }

    @Test func anActionAfterARevocationThatWasSeenIsIllegalAndTheRevocationStands() throws {
        var run = states()
        run.add("approve", 0, 1)
        run.add("revoke", 2, 30)
        run.add("show", 3, 4, captures: ["status": "revoked"])
        run.add("use", 5, 9)
        run.add("show", 6, 7, captures: ["status": "revoked"])
        run.add("show", 40, 41, captures: ["status": "revoked"])
        let finding = try run.onlyFinding()
        #expect(finding.kind == .illegalTransition)
        #expect(finding.title == "use was acknowledged in a state where it is not allowed.")
    }

    @Test func aRefusedAdditionThatWasSentLaterExplainsNothing() throws {
        var run = RunBuilder(.quota(limit: 50), writes: ["reserve", "release"], reads: ["usage"])
        run.isBurst = false
        run.add("reserve", 1, 2, values: ["units": 1])
        run.add("release", 3, 4, values: ["reserve.units": 1])
        run.add("usage", 5, 6, captures: ["used": 1])
        run.add("reserve", 1000, 1001, .fail, values: ["units": 1])
        let finding = try run.onlyFinding()
        #expect(finding.kind == .lostUpdate)
        #expect(
            finding.title == "An acknowledged release was lost: usage gives 1 where at most 0 can be.")
    }

    @Test func aLostAdditionStaysLostWhateverALaterReadLeavesOpen() throws {
        var run = RunBuilder(.quota(limit: 50), writes: ["reserve", "release"], reads: ["usage"])
        run.isBurst = false
        run.add("reserve", 1, 2, values: ["units": 1])
        run.add("usage", 3, 4, captures: ["used": 0])
        // Whether this one had counted when it was read or not, one of two is missing.
        run.add("reserve", 5, 20, values: ["units": 1])
        run.add("usage", 6, 7, captures: ["used": 1])
        let finding = try run.onlyFinding()
        #expect(finding.kind == .lostUpdate)
        #expect(
            finding.title
                == "An acknowledged reserve was lost: usage gives 0 where at least 1 must be.")
    }

    @Test(arguments: [100, 400, 480, 3000], [nil, "first"] as [Value?])
    func theLengthOfAHistoryChangesNoStory(_ length: Int, _ initial: Value?) throws {
        var run = RunBuilder(.register(initial: initial), writes: ["rename"], reads: ["show"])
        run.isBurst = false
        // A read that is open all the time leaves no quiet moment.
        run.add("rename", 0, 1, values: ["unique": "v0"], client: 0)
        let end = Double(length) * 4 + 10
        run.add(
            "show", 2, end, captures: ["name": .string("v\(length - 1)")], client: 9)
        for number in 1..<length {
            let at = Double(number) * 4
            run.add("rename", at, at + 2, values: ["unique": .string("v\(number)")], client: 1 + number % 3)
            let isStale = number == length / 2
            run.add(
                "show", at + 2.5, at + 3, captures: ["name": .string("v\(isStale ? number - 1 : number)")],
                client: 5)
        }
        let finding = try run.onlyFinding()
        let (old, new) = (length / 2 - 1, length / 2)
        #expect(finding.kind == .lostUpdate)
        #expect(
            finding.title
                == #"An acknowledged rename was lost: show gives "v\#(old)" instead of "v\#(new)"."#)
        #expect(finding.example.map(\.id) == [2 * new, 2 * new + 1])
    }

    @Test func oneDefectIsOneFindingWithItsOtherSidesBelowIt() throws {
        var run = RunBuilder(
            .status(), writes: ["once", "reactivate", "deactivate", "delete"], reads: ["show"])
        run.isBurst = false
        for (number, key) in ["k", "l", "m"].enumerated() {
            run.add("once", 0, 5, key: key)
            if number == 0 { run.add("once", 1, 4, key: key) }
            run.add("show", 10, 11, key: key, captures: ["status": "active"], replica: 0)
            if number == 2 {
                run.add("show", 12, 13, key: key, captures: ["status": "deactivated"], replica: 0)
            }
        }
        let finding = try run.onlyFinding()
        #expect(finding.kind == .lostUpdate)
        #expect(finding.count == 3)
        #expect(finding.sides.map(\.kind) == [.doubleTransition, .staleRead])
        #expect(finding.sides.map(\.count) == [1, 1])
        #expect(Set(finding.sides.map(\.classID)).count == 2)
    }

    // MARK: - Values of other keys

    @Test(arguments: [nil, "first"] as [Value?])
    func aValueThatWasSentToAnotherKeyOnlyIsAPhantom(_ initial: Value?) throws {
        var run = RunBuilder(.register(initial: initial), writes: ["rename"], reads: ["show"])
        run.isBurst = false
        run.add("rename", 0, 2, key: "other", values: ["unique": "token-1"])
        run.add("show", 3, 4, key: "k", captures: ["name": "token-1"])
        run.add("rename", 5, 6, key: "k", values: ["unique": "token-2"])
        let finding = try run.onlyFinding()
        #expect(run.judged().verdict == .violation)
        #expect(finding.kind == .phantom && finding.keys == ["k", "other"])
        #expect(finding.title == #"show gives "token-1", which was sent to the key "other" only."#)
        #expect(finding.example.map(\.id) == [0, 1])
    }

    @Test func aValueThatContendDidNotDrawMayHaveBeenThereBefore() {
        var run = RunBuilder(.register(), writes: ["rename"], reads: ["show"])
        run.isBurst = false
        run.models[0].kind = .register(
            write: [OperationBinding(operation: "rename", value: .name("flag"))],
            read: [Observation(operation: "show", value: .name("name"))])
        run.add("rename", 0, 2, key: "other", values: ["flag": true])
        run.add("show", 1, 4, key: "k", captures: ["name": true])
        #expect(run.judged().findings.isEmpty)
    }

    @Test func anElementOfAnotherKeyIsAPhantom() throws {
        var run = RunBuilder(.tags(), writes: ["tag", "untag"], reads: ["list"])
        run.isBurst = false
        run.add("tag", 0, 2, key: "other", values: ["tag": "token-1", "unique": "token-1"])
        run.add("list", 3, 4, key: "k", captures: ["tags": .array(["token-1"])])
        let finding = try run.onlyFinding()
        #expect(finding.kind == .phantom && finding.key == "k")
        #expect(run.judged().verdict == .violation)
    }
}
