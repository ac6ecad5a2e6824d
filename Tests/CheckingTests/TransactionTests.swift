// Transactions: each anomaly by hand, and all of them against every order on small random histories.

import Core
import Scenarios
import Testing

@testable import Checking

/// Writes histories of transactions down in a line each: `ok 0 1 r x 1,2; a y 3` is acknowledged, invoked at
/// 0 and returned at 1.
private struct Script {
    var history: TransactionHistory

    init(_ model: TransactionModel, _ lines: [String]) {
        history = TransactionHistory(model)
        for (process, line) in lines.enumerated() {
            let words = line.split(separator: " ", maxSplits: 3).map(String.init)
            let outcome: Outcome = words[0] == "ok" ? .ok : words[0] == "fail" ? .fail : .unknown
            history.begin(
                process: process, outcome: outcome, invoked: Int64(words[1]) ?? 0,
                returned: outcome == .unknown ? nil : Int64(words[2]))
            for step in words[3].split(separator: ";") {
                let parts = step.split(separator: " ").map(String.init)
                let key = history.number(ofKey: .string(parts[1]))
                let values = parts.count > 2 ? parts[2].split(separator: ",").compactMap { Int32($0) } : []
                switch (parts[0], model) {
                case ("r", .listAppend): history.read(values, from: key)
                case ("r", .versionedRegister): history.read(values.first, from: key)
                default: history.write(values[0], to: key)
                }
            }
        }
    }

    var names: [String] { names(.strictSerializable) }

    func names(_ isolation: Isolation) -> [String] {
        judgeTransactions(history, isolation).anomalies.map(\.name)
    }
}

@Suite struct TransactionTests {
    // MARK: - By hand

    @Test(arguments: [
        ("phantom", ["ok 0 1 r x 7"]),
        ("internal", ["ok 0 1 a x 1", "ok 2 3 r x 1;a x 2;r x 1"]),
        ("duplicate-elements", ["ok 0 1 a x 1", "ok 2 3 r x 1,1"]),
        ("incompatible-order", ["ok 0 9 a x 1", "ok 0 9 a x 2", "ok 0 9 r x 1,2", "ok 0 9 r x 2"]),
        ("G1a", ["fail 0 1 a x 1", "ok 2 3 r x 1"]),
        ("G1b", ["ok 0 9 a x 1;a x 2", "ok 0 9 r x 1", "ok 10 11 r x 1,2"]),
        ("lost-update", ["ok 0 9 r x;a x 1", "ok 0 9 r x;a x 2", "ok 10 11 r x 1,2"]),
        ("G0", ["ok 0 9 a x 1;a y 1", "ok 0 9 a x 2;a y 2", "ok 10 11 r x 1,2;r y 2,1"]),
        ("G1c", ["ok 0 9 a x 1;r y 2", "ok 0 9 a y 2;r x 1"]),
        ("G-single", ["ok 0 9 a x 1;a y 1", "ok 0 9 r x 1;r y"]),
        ("G-single-realtime", ["ok 0 1 a x 1", "ok 2 3 r x"]),
        (
            "G-nonadjacent",
            ["ok 0 9 a x 1", "ok 0 9 r x 1;r y", "ok 0 9 a y 1", "ok 0 9 r x;r y 1"]
        ),
        ("G2-item", ["ok 0 9 r x;a y 1", "ok 0 9 r y;a x 1"]),
        ("G0-realtime", ["ok 0 1 a x 1", "ok 2 3 a x 2", "ok 4 9 r x 2,1"]),
    ])
    func anomaliesOfListsAreFoundByName(name: String, lines: [String]) {
        let script = Script(.listAppend, lines)
        #expect(script.names.contains(name), "\(script.names)")
        expectEvidence(script.history)
    }

    @Test(arguments: [
        ("G1a", ["fail 0 1 w x 1", "ok 2 3 r x 1"]), ("G1b", ["ok 0 9 w x 1;w x 2", "ok 0 9 r x 1"]),
        ("internal", ["ok 0 9 w x 1;r x"]), ("phantom", ["ok 0 1 r x 7"]),
        ("lost-update", ["ok 0 1 w x 1", "ok 2 9 r x 1;w x 2", "ok 2 9 r x 1;w x 3"]),
        ("G1c", ["ok 0 9 w x 1;r y 2", "ok 0 9 w y 2;r x 1"]),
        ("G-single", ["ok 0 9 w x 1;w y 1", "ok 0 9 r x 1;r y"]),
        ("G2-item", ["ok 0 9 r x;w y 1", "ok 0 9 r y;w x 1"]),
        ("G-single-realtime", ["ok 0 1 w x 1", "ok 2 3 r x"]),
    ])
    func anomaliesOfRegistersAreFoundByName(name: String, lines: [String]) {
        let script = Script(.versionedRegister, lines)
        #expect(script.names.contains(name), "\(script.names)")
        expectEvidence(script.history)
    }

    @Test(arguments: [
        [], ["ok 0 1 a x 1", "ok 2 3 r x 1;a x 2;r x 1,2", "unknown 0 0 a x 3", "ok 9 10 r x 1,2"],
        ["unknown 0 0 a x 3", "ok 9 10 r x 3"], ["fail 0 1 a x 3", "ok 9 10 r x"],
        ["ok 0 9 a x 1", "ok 0 9 r x", "ok 0 9 r x 1"],
    ])
    func soundListsHaveNoAnomaly(lines: [String]) {
        #expect(Script(.listAppend, lines).names == [])
    }

    /// What a level forbids is found beside what it allows, in one component with it.
    @Test func aWriteSkewHidesNoLongerCycleThatSnapshotIsolationForbids() {
        let lines = [
            "ok 0 9 r x;a y 1", "ok 0 9 r y;a x 1", "ok 0 9 r x 1;a z 1", "ok 0 9 r z 1;r y;a u 1",
            "ok 0 9 r u 1;r x",
        ]
        let script = Script(.listAppend, lines)
        #expect(script.names(.serializable).contains("G2-item"))
        #expect(script.names(.snapshotIsolation) == ["G-single"])
        #expect(script.names(.readCommitted) == [])
    }

    /// A cycle of a weaker level is one of every stricter level.
    @Test(arguments: [TransactionModel.listAppend, .versionedRegister])
    func aStricterLevelForbidsMore(model: TransactionModel) {
        var generator = SeededGenerator(state: 5)
        var held: [Isolation: Int] = [:]
        for number in 0..<Self.histories {
            let history = randomTransactions(model, isBroken: number % 2 == 1, &generator)
            let verdicts = Isolation.allCases.map { judgeTransactions(history, $0).anomalies.isEmpty }
            #expect(verdicts == verdicts.sorted { !$0 && $1 }, "\(described(history))")
            for (isolation, isHeld) in zip(Isolation.allCases, verdicts) where isHeld {
                held[isolation, default: 0] += 1
            }
        }
        #expect(held[.readCommitted, default: 0] > held[.strictSerializable, default: 0], "\(held)")
    }

    @Test func twoWritesOfOneValueAreRefused() {
        let history = Script(.listAppend, ["ok 0 1 a x 1", "ok 2 3 a x 1"]).history
        let repeated = judgeTransactions(history).repeated
        #expect(repeated?.first == 0 && repeated?.second == 1)
    }

    /// Every edge of every cycle is proved once more from the transactions alone.
    private func expectEvidence(_ history: TransactionHistory, _ label: String = "") {
        let evidence = TransactionEvidence(history: history)
        for anomaly in judgeTransactions(history).anomalies where !anomaly.edges.isEmpty {
            for (index, edge) in anomaly.edges.enumerated() {
                let (from, to) = (
                    anomaly.transactions[index],
                    anomaly.transactions[(index + 1) % anomaly.transactions.count]
                )
                #expect(evidence.reason(from, edge, to) != nil, "\(label) \(anomaly)")
            }
        }
    }

    // MARK: - Against every order

    private static let histories = Sample.histories(2_000)

    @Test(arguments: [UInt64(1), 2], [TransactionModel.listAppend, .versionedRegister])
    func everyAnomalyIsOneByAllOrders(seed: UInt64, model: TransactionModel) {
        var generator = SeededGenerator(state: seed)
        var found = 0
        var held = 0
        for number in 0..<Self.histories {
            let isBroken = number % 2 == 1
            let history = randomTransactions(model, isBroken: isBroken, &generator)
            let judged = judgeTransactions(history)
            let truth = AllOrders(history: history).isSerializable
            let label = "\(model), seed \(seed), history \(number): \(described(history))"
            if !isBroken, !truth {
                Issue.record("\(label): a serial execution is no anomaly")
                return
            }
            if truth, !judged.anomalies.isEmpty {
                Issue.record("\(label): \(judged.anomalies) although an order explains all")
                return
            }
            // Lists whose every append is read leave nothing to infer: there, nothing may be missed.
            if !truth, model == .listAppend, isFullyRead(history), judged.anomalies.isEmpty {
                Issue.record("\(label): nothing found, but no order explains it")
                return
            }
            judged.anomalies.isEmpty ? (held += 1) : (found += 1)
            expectEvidence(history, label)
        }
        #expect(found > Self.histories / 20 && held > Self.histories / 4, "\(found) of \(Self.histories)")
    }

    /// Up to five transactions on two keys, run one by one in some order that respects their times; a broken
    /// one has a read changed, or an outcome.
    private func randomTransactions(
        _ model: TransactionModel, isBroken: Bool, _ generator: inout SeededGenerator
    ) -> TransactionHistory {
        var history = TransactionHistory(model)
        let keys = [history.number(ofKey: "x"), history.number(ofKey: "y")]
        var lists: [Int32: [Int32]] = [:]
        var next: Int32 = 1
        let count = Int.random(in: 2...5, using: &generator)
        let damaged = isBroken ? Int.random(in: 0..<count, using: &generator) : -1
        for number in 0..<count {
            let isLast = number == count - 1
            let roll = isLast ? 9 : Int.random(in: 0...9, using: &generator)
            let outcome: Outcome = roll == 0 ? .fail : roll <= 2 ? .unknown : .ok
            let isApplied = outcome == .ok || (outcome == .unknown && Bool.random(using: &generator))
            let moment = Int64(number * 3)
            let spread = isLast ? 0 : Int64.random(in: 0...6, using: &generator)
            history.begin(
                process: number, outcome: outcome, invoked: moment - spread,
                returned: outcome == .unknown ? nil : moment + Int64.random(in: 0...6, using: &generator))
            let before = lists
            for step in 0..<Int.random(in: 1...3, using: &generator) {
                let key = isLast && step < 2 ? keys[step] : keys[Int.random(in: 0...1, using: &generator)]
                if !isLast, Bool.random(using: &generator) || outcome != .ok {
                    history.write(next, to: key)
                    lists[key, default: []].append(next)
                    next += 1
                } else {
                    var list = lists[key] ?? []
                    if number == damaged {
                        switch Int.random(in: 0...2, using: &generator) {
                        case 0: list = list.dropLast()
                        case 1: list = list.reversed()
                        default: if next > 1 { list.append(Int32.random(in: 1..<next, using: &generator)) }
                        }
                    }
                    model == .listAppend ? history.read(list, from: key) : history.read(list.last, from: key)
                }
            }
            if !isApplied { lists = before }
        }
        return history
    }

    private func isFullyRead(_ history: TransactionHistory) -> Bool {
        let versions = VersionOrder(history)
        return (0..<history.count).allSatisfy { transaction in
            history.operations(of: transaction).allSatisfy {
                $0.kind == .read || history.outcomes[transaction] == .fail
                    || versions.order(of: $0.key).contains($0.value)
            }
        }
    }

    private func described(_ history: TransactionHistory) -> String {
        (0..<history.count).map { transaction in
            let steps = history.operations(of: transaction).map {
                $0.kind == .write
                    ? "w\($0.key)=\($0.value)"
                    : "r\($0.key)=\(history.model == .listAppend ? Array(history.list($0)) : [$0.value])"
            }
            return
                "\(history.outcomes[transaction]) \(history.invoked[transaction])–"
                + "\(history.returned[transaction]) " + steps.joined(separator: " ")
        }.joined(separator: " | ")
    }
}

/// An independent decision: every order of the transactions that respects time, with every choice of those
/// that may or may not have happened.
private struct AllOrders {
    let history: TransactionHistory

    var isSerializable: Bool { extend(Set(0..<history.count), [:]) }

    private func extend(_ left: Set<Int>, _ lists: [Int32: [Int32]]) -> Bool {
        if left.allSatisfy({ history.outcomes[$0] != .ok }) { return true }
        for transaction in left where history.outcomes[transaction] != .fail {
            let isNext = left.allSatisfy {
                history.outcomes[$0] != .ok || history.returned[$0] >= history.invoked[transaction]
            }
            guard isNext, let after = run(transaction, on: lists) else { continue }
            if extend(left.subtracting([transaction]), after) { return true }
        }
        return false
    }

    private func run(_ transaction: Int, on lists: [Int32: [Int32]]) -> [Int32: [Int32]]? {
        var lists = lists
        for operation in history.operations(of: transaction) {
            switch operation.kind {
            case .write: lists[operation.key, default: []].append(operation.value)
            case .read:
                let list = lists[operation.key] ?? []
                let isRight =
                    history.model == .listAppend
                    ? list.elementsEqual(history.list(operation))
                    : list.last ?? TransactionHistory.nothing == operation.value
                guard isRight || history.outcomes[transaction] != .ok else { return nil }
            }
        }
        return lists
    }
}
