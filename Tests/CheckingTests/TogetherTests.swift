// Models over several keys in own runs: banks, several registers, and transactions on lists and registers.

import Core
import Histories
import Testing

@testable import Checking
@testable import Scenarios

extension Model {
    fileprivate static func bank(
        total: Int? = 20, overdraft: Bool = false, key: Template = .name("key"),
        consistency: Consistency = .linearizable
    ) -> Model {
        Model(
            name: "money",
            kind: .bank(
                transfer: ["transfer"], read: [Observation(operation: "show", value: .name("balances"))],
                total: total, overdraft: overdraft), key: key, consistency: consistency)
    }

    /// `set` reads x and writes y, `put` writes both, `show` reads both.
    fileprivate static func together(
        _ kind: (([TransactionBinding]) -> Kind), writing: KeyAccess.Kind, initial: Value? = nil,
        key: Template = .name("key")
    ) -> Model {
        func read(_ key: String, _ value: String) -> KeyAccess {
            KeyAccess(.read, key: .text(key), value: .name(value))
        }
        func write(_ key: String) -> KeyAccess { KeyAccess(writing, key: .text(key), value: .name("unique")) }
        return Model(
            name: "both",
            kind: kind([
                TransactionBinding(operation: "set", accesses: [read("x", "found"), write("y")]),
                TransactionBinding(operation: "back", accesses: [read("y", "found"), write("x")]),
                TransactionBinding(operation: "edit", accesses: [read("x", "found"), write("x")]),
                TransactionBinding(operation: "put", accesses: [write("x"), write("y")]),
                TransactionBinding(operation: "show", accesses: [read("x", "x"), read("y", "y")]),
            ]), key: key, initial: initial.map { .literal($0) })
    }

    fileprivate static func lists(_ isolation: Isolation = .strictSerializable) -> Model {
        together({ .listAppend($0, isolation) }, writing: .append)
    }

    fileprivate static func registers(_ isolation: Isolation = .strictSerializable) -> Model {
        together({ .rwRegister($0, isolation) }, writing: .write, initial: 0)
    }

    fileprivate static func multi(initial: Value? = 0) -> Model {
        together({ .multiRegister($0) }, writing: .write, initial: initial)
    }
}

extension RunBuilder {
    fileprivate init(together model: Model) {
        self.init(model, writes: ["set", "back", "edit", "put", "transfer"], reads: ["show"])
    }

    fileprivate mutating func balances(
        _ from: Double, _ to: Double, _ balances: Value?, phase: Phase = .load
    ) {
        add("show", from, to, captures: balances.map { ["balances": $0] } ?? [:], phase: phase)
    }

    fileprivate mutating func write(
        _ name: String, _ from: Double, _ to: Double, _ value: String, found: Value? = nil,
        _ outcome: Outcome = .ok, client: Int? = nil
    ) {
        add(
            name, from, to, outcome, values: ["unique": .string(value)],
            captures: found.map { ["found": $0] } ?? [:], client: client)
    }

    fileprivate mutating func show(_ from: Double, _ to: Double, _ x: Value, _ y: Value, client: Int? = nil) {
        add("show", from, to, captures: ["x": x, "y": y], client: client)
    }
}

private func list(_ elements: Value...) -> Value { .array(elements) }

@Suite struct TogetherTests {
    // MARK: - Banks

    @Test func aLostUpdateBetweenTwoTransfersIsAWrongTotal() throws {
        var run = RunBuilder(together: .bank())
        run.balances(0, 1, .object(["a": 10, "b": 10]))
        run.add("transfer", 2, 6)
        run.add("transfer", 3, 7)
        run.balances(8, 9, .object(["a": 5, "b": 20]))
        let finding = try run.onlyFinding()
        #expect(finding.kind == .wrongTotal)
        #expect(finding.title == "show shows balances of 25 in all, not 20.")
        #expect(finding.example.map(\.name) == ["show", "transfer", "transfer", "show"])
        #expect(finding.story.last == "No later read shows 20 again.")
        #expect(finding.story.filter { $0.contains("/transfer ") }.count == 2, "\(finding.story)")
        #expect(!finding.story.contains { $0.hasSuffix(", ") }, "\(finding.story)")
        #expect(run.judged().verdict == .violation)
    }

    @Test func aReadBetweenTheTwoHalvesOfATransferIsTold() throws {
        var run = RunBuilder(together: .bank(total: nil))
        run.balances(0, 1, list(10, 10))
        run.add("transfer", 2, 6)
        run.balances(3, 4, list(5, 10))
        run.balances(8, 9, list(5, 15))
        let finding = try run.onlyFinding()
        #expect(finding.title == "show shows balances of 15 in all, not 20.")
        #expect(finding.story.last == "A later read shows 20 again: this one saw money on its way.")
    }

    @Test func aSoundBankHolds() {
        var run = RunBuilder(together: .bank())
        run.add("transfer", 2, 6)
        run.add("transfer", 3, 7, .unknown)
        run.add("transfer", 3, 7)
        run.add("transfer", 3, 7)
        run.balances(8, 9, .object(["a": 5, "b": 15]))
        #expect(run.judged().verdict == .pass, "\(run.judged().checks)")
    }

    @Test(arguments: [false, true])
    func aBalanceBelowZeroIsAFindingUnlessItIsAllowed(overdraft: Bool) {
        var run = RunBuilder(together: .bank(overdraft: overdraft))
        run.add("transfer", 2, 6)
        run.add("transfer", 3, 7)
        run.balances(8, 9, .object(["a": -5, "b": 25]))
        #expect(run.judged().findings.map(\.kind) == (overdraft ? [] : [.negativeBalance]))
        #expect(run.judged().verdict == (overdraft ? .pass : .violation))
    }

    @Test func onlyReadsAfterQuiescenceCountWhereThatIsAsked() {
        var run = RunBuilder(together: .bank(consistency: .final))
        run.add("transfer", 2, 6)
        run.balances(3, 4, list(5, 10))
        run.add("transfer", 2, 6)
        #expect(run.judged().verdict == .unknown)
        run.balances(8, 9, list(5, 15), phase: .after)
        #expect(run.judged().verdict == .pass, "\(run.judged().checks)")
        run.balances(10, 11, list(5, 16), phase: .after)
        #expect(run.judged().verdict == .violation)
    }

    @Test func aTotalThatWasNeverThereIsNoViolation() {
        var run = RunBuilder(together: .bank(total: 30))
        run.balances(0, 1, list(10, 10))
        run.add("transfer", 2, 6)
        run.add("transfer", 3, 7)
        run.balances(8, 9, list(5, 15))
        #expect(run.judged().verdict == .unknown)
        #expect(run.judged().checks.contains { $0.name == "initial state of money" })
    }

    @Test(arguments: [nil, .string("20"), .object([:]), .object(["a": "ten", "b": 10])] as [Value?])
    func aBankOfWhichNoReadTellsABalanceIsUnknown(balances: Value?) {
        var run = RunBuilder(together: .bank())
        run.add("transfer", 2, 6)
        run.add("transfer", 3, 7)
        run.balances(8, 9, balances)
        #expect(run.judged().verdict == .unknown)
        #expect(run.judged().checks.contains { $0.name == "money: read" })
    }

    @Test func aBankWithoutAnAcknowledgedTransferIsUnknown() {
        var run = RunBuilder(together: .bank())
        run.add("transfer", 2, 6, .fail)
        run.balances(3, 7, list(10, 10))
        #expect(run.judged().verdict == .unknown)
        #expect(run.judged().checks.contains { $0.name == "money: write" })
    }

    @Test func theWholeRunIsOneBankWithoutAKey() throws {
        var run = RunBuilder(together: .bank(total: nil, key: Template(parts: [])))
        run.isBurst = false
        run.balances(0, 1, list(10, 10))
        run.add("transfer", 2, 6, key: "a")
        run.add("transfer", 3, 7, key: "b")
        run.balances(8, 9, list(5, 10))
        #expect(try run.onlyFinding().kind == .wrongTotal)
        run.operations.removeLast()
        run.balances(8, 9, list(5, 15))
        #expect(run.judged().verdict == .pass, "\(run.judged().checks)")
    }

    // MARK: - Several registers

    @Test func halfOfAWriteOfTwoRegistersIsAViolation() throws {
        var run = RunBuilder(together: .multi())
        run.write("put", 0, 5, "a")
        run.show(1, 2, "a", 0)
        run.show(6, 7, "a", "a")
        let finding = try run.onlyFinding()
        #expect(finding.kind == .isolationViolated)
        #expect(finding.keys == ["k", "x", "y"])
        #expect(finding.story.joined().contains("reads \"a\" in x, reads 0 in y"))
    }

    @Test func writesOfTwoRegistersAtOneInstantHold() {
        var run = RunBuilder(together: .multi())
        run.write("put", 0, 5, "a")
        run.write("put", 1, 6, "b", .unknown)
        run.write("put", 1, 6, "c")
        run.show(2, 3, 0, 0)
        run.write("put", 1, 6, "d", .fail)
        run.write("put", 1, 6, "e")
        run.show(8, 9, "b", "b")
        #expect(run.judged().verdict == .pass, "\(run.judged().checks)")
    }

    @Test func aRefusedWriteOfSeveralRegistersMayNotShow() {
        var run = RunBuilder(together: .multi())
        run.write("put", 0, 5, "a")
        run.write("put", 1, 6, "b", .fail)
        run.show(8, 9, "b", "b")
        #expect(run.judged().verdict == .violation)
    }

    // MARK: - Transactions

    @Test func twoAppendsOfWhichOneIsLostAreFound() {
        var run = RunBuilder(together: .lists())
        run.write("edit", 0, 5, "a", found: list())
        run.write("edit", 1, 6, "b", found: list())
        run.show(8, 9, list("a"), list())
        let judgement = run.judged()
        #expect(judgement.verdict == .violation)
        #expect(judgement.findings.first?.kinds.contains(.lostUpdate) == true, "\(judgement.findings)")
        #expect(judgement.findings.first?.keys == ["k", "x"])
        #expect(
            judgement.findings.first?.title
                == "client 0 and client 1 both updated what they had read: one is lost.")
    }

    @Test func transactionsInOneOrderHold() {
        var run = RunBuilder(together: .lists())
        run.write("edit", 0, 5, "a", found: list())
        run.write("edit", 1, 6, "b", found: list("a"))
        run.write("edit", 1, 6, "c", .unknown)
        run.write("set", 1, 6, "d", found: list("a"))
        run.write("edit", 1, 6, "e", .fail)
        run.show(8, 9, list("a", "b", "c"), list("d"))
        #expect(run.judged().verdict == .pass, "\(run.judged().checks)")
    }

    /// What each level allows and forbids: write skew, an old read, an update that is lost.
    @Test(arguments: [Model.lists, Model.registers])
    func alevelOfIsolationForbidsWhatItsNameSays(model: @Sendable (Isolation) -> Model) {
        let none: Value = model(.serializable).initial == nil ? list() : 0
        func shown(_ value: Value) -> Value { none == 0 ? value : list(value) }
        let expected: [(name: String, allowed: Set<Isolation>, run: (inout RunBuilder) -> Void)] = [
            (
                "write skew", [.snapshotIsolation, .readCommitted],
                { run in
                    run.write("set", 0, 5, "a", found: none)
                    run.write("back", 1, 6, "b", found: none)
                    run.show(8, 9, shown("b"), shown("a"))
                }
            ),
            (
                "an old read", [.serializable, .snapshotIsolation, .readCommitted],
                { run in
                    run.write("put", 0, 1, "a")
                    run.show(2, 3, none, none)
                    run.write("edit", 2, 4, "b", found: shown("a"))
                    run.show(8, 9, none == 0 ? "b" : list("a", "b"), shown("a"))
                }
            ),
            (
                "a lost update", [.readCommitted],
                { run in
                    run.write("edit", 0, 5, "a", found: none)
                    run.write("edit", 1, 6, "b", found: none)
                    run.show(8, 9, none == 0 ? "b" : list("a", "b"), none)
                }
            ),
            (
                "half a write", [.readCommitted],
                { run in
                    run.write("put", 0, 5, "a")
                    run.show(1, 6, shown("a"), none)
                    run.show(8, 9, shown("a"), shown("a"))
                }
            ),
        ]
        for (name, allowed, build) in expected {
            for isolation in Isolation.allCases {
                var run = RunBuilder(together: model(isolation))
                build(&run)
                let verdict: Verdict = allowed.contains(isolation) ? .pass : .violation
                #expect(run.judged().verdict == verdict, "\(name), \(isolation): \(run.judged().findings)")
            }
        }
    }

    @Test func whatAClientDoesAfterALostAnswerIsNotOrderedByIt() {
        var run = RunBuilder(together: .lists())
        run.write("edit", 0, 1, "a", .unknown, client: 7)
        run.show(2, 3, list(), list(), client: 7)
        run.write("edit", 2, 4, "b", found: list("a"))
        run.write("edit", 2, 4, "c", found: list("a", "b"))
        run.show(8, 9, list("a", "b", "c"), list())
        #expect(run.judged().verdict == .pass, "\(run.judged().findings)")
    }

    @Test func whatWasThereBeforeIsNoViolation() {
        var run = RunBuilder(together: .lists())
        run.show(0, 1, list("old"), list())
        run.write("edit", 2, 5, "a", found: list("old"))
        run.write("edit", 3, 6, "b", found: list("old", "a"))
        run.show(8, 9, list("old", "a", "b"), list())
        #expect(run.judged().verdict == .unknown)
        #expect(run.judged().checks.contains { $0.name == "initial state of both" })
    }

    @Test func aValueThatIsWrittenTwiceMakesItUnknown() {
        var run = RunBuilder(together: .lists())
        run.write("edit", 0, 5, "a", found: list())
        run.write("edit", 1, 6, "a", found: list("a"))
        run.show(8, 9, list("a", "a"), list())
        let check = run.judged().checks.first { $0.name == "both" }
        #expect(run.judged().verdict == .unknown)
        #expect(check?.explanation.contains("every write needs a value of its own") == true)
    }

    @Test func aWriteOfWhatWasThereAtFirstMakesRegistersUnknown() {
        var run = RunBuilder(together: .registers())
        run.write("edit", 0, 1, "a", found: 0)
        run.add("edit", 2, 5, values: ["unique": 0], captures: ["found": "a"])
        run.show(3, 6, "a", 0)
        run.show(8, 9, 0, 0)
        #expect(run.judged().verdict == .unknown, "\(run.judged().findings)")
    }

    @Test func whatARegisterHeldAtFirstIsTold() throws {
        var run = RunBuilder(together: .registers(.snapshotIsolation))
        run.write("edit", 0, 5, "a", found: 0)
        run.write("edit", 1, 6, "b", found: 0)
        run.show(8, 9, "b", 0)
        let story = try run.onlyFinding().story.joined()
        #expect(story.contains("T1 before T2 (rw): read 0 in \"x\", before the other wrote \"b\""))
    }

    @Test func transactionsThatNobodyReadAreUnknown() {
        var run = RunBuilder(together: .lists())
        run.write("put", 0, 5, "a")
        run.write("put", 1, 6, "b")
        run.add("show", 8, 9)
        #expect(run.judged().verdict == .unknown)
        #expect(run.judged().checks.contains { $0.name == "both: read" })
    }

    @Test func readsWithoutWhatTheyShouldCaptureMakeItUnknown() {
        var run = RunBuilder(together: .lists())
        run.write("put", 0, 5, "a")
        run.write("put", 1, 6, "b")
        run.add("show", 8, 9, captures: ["x": list("a", "b")])
        #expect(run.judged().verdict == .unknown)
        #expect(run.judged().checks.contains { $0.name == "both: value of reads" })
    }

    @Test func transactionsOnOtherKeysDoNotContend() {
        var run = RunBuilder(together: .lists())
        run.write("edit", 0, 5, "a", found: list())
        run.show(8, 9, list("a"), list())
        #expect(run.judged().checks.contains { $0.name == "overlap" })
        run = RunBuilder(together: .lists())
        run.write("edit", 0, 5, "a", found: list())
        run.write("set", 1, 6, "b", found: list())
        run.show(8, 9, list("a"), list("b"))
        #expect(run.judged().tally.contended == 2)
        #expect(run.judged().verdict == .pass, "\(run.judged().checks)")
    }
}
