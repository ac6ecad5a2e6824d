// Large histories that are right by construction, of which one operation is damaged: it must be found, and
// named.

import Core
import Histories
import HistoryGenerator
import Testing

@testable import Checking

@Suite struct MutationTests {
    private static let seeds: [UInt64] = Array(1...(Sample.isFull ? 60 : 6))

    private func options(_ failedCompareAndSet: FailedCompareAndSet = .mismatch) -> ForeignOptions {
        var options = ForeignOptions(.casRegister)
        options.failedCompareAndSet = failedCompareAndSet
        options.initial = 0
        return options
    }

    private func simulation(_ seed: UInt64, isUnique: Bool = false) -> SimulatedRegister {
        var simulation = SimulatedRegister()
        simulation.operations = 3_000
        simulation.isUnique = isUnique
        simulation.unknownEvery = 200
        simulation.seed = seed
        return simulation
    }

    @Test(arguments: seeds, [false, true])
    func undamagedHistoriesPass(seed: UInt64, isUnique: Bool) async throws {
        for reading in isUnique ? [FailedCompareAndSet.ignored] : FailedCompareAndSet.allCases {
            let operations = simulation(seed, isUnique: isUnique).history()
            let judgement = try ForeignCheck(options(reading)).judge(operations)
            #expect(judgement.verdict == .pass, "seed \(seed), \(reading): \(judgement.violations)")
        }
    }

    @Test(arguments: seeds, [false, true])
    func aReadOfAValueThatNobodyWroteIsNamed(seed: UInt64, isUnique: Bool) async throws {
        var operations = simulation(seed, isUnique: isUnique).history()
        let damaged = try #require(operations[2_500...].firstIndex { $0.f == "read" && $0.outcome == .ok })
        operations[damaged].result = -7
        try await expectNamed(damaged, in: operations, seed, isUnique ? .ignored : .mismatch)
    }

    /// With values of their own, an old one is stale; with five values it may well be there again.
    @Test(arguments: seeds)
    func aStaleReadIsNamed(seed: UInt64) async throws {
        var operations = simulation(seed, isUnique: true).history()
        let old = try #require(operations.first { $0.f == "read" && $0.outcome == .ok && $0.result != 0 })
        let damaged = try #require(operations[2_500...].firstIndex { $0.f == "read" && $0.outcome == .ok })
        operations[damaged].result = old.result
        try await expectNamed(damaged, in: operations, seed, .ignored)
    }

    @Test(arguments: seeds)
    func aCompareAndSetOfAnOldValueIsNamed(seed: UInt64) async throws {
        var operations = simulation(seed, isUnique: true).history()
        let old = try #require(operations.first { $0.f == "cas" && $0.outcome == .ok }?.argument.elements)
        let damaged = try #require(
            operations[2_500...].firstIndex { $0.f == "cas" && $0.outcome == .ok })
        let pair = try #require(operations[damaged].argument.elements)
        operations[damaged].argument = .array([old[0], pair[1]])
        try await expectNamed(damaged, in: operations, seed, .ignored)
    }

    /// An acknowledged write that had no effect: at rest, what is read after it is what was read before.
    @Test(arguments: seeds)
    func aDroppedEffectIsNamed(seed: UInt64) async throws {
        var operations = simulation(seed, isUnique: true).history()
        let end = try #require(operations.compactMap(\.returned).max())
        let last = operations.count
        let read = ForeignOperation(
            process: -1, f: "read", result: -1, outcome: .ok, invoked: end + 1, returned: end + 2)
        operations.append(read)
        let held = try await heldValue(after: operations, at: last)
        operations[last].result = held
        operations.append(
            ForeignOperation(
                process: -1, f: "write", argument: -5, outcome: .ok, invoked: end + 3, returned: end + 4))
        operations.append(
            ForeignOperation(
                process: -1, f: "read", result: held, outcome: .ok, invoked: end + 5, returned: end + 6))
        try await expectNamed(last + 1, in: operations, seed, .ignored)
    }

    /// The one value with which the read at `position` is explained.
    private func heldValue(after operations: [ForeignOperation], at position: Int) async throws -> Value {
        var operations = operations
        let latest = operations.filter { $0.outcome == .ok && $0.f != "read" }
            .sorted { $0.returned ?? 0 > $1.returned ?? 0 }
        for value in latest.prefix(40).map({ $0.argument.elements?.last ?? $0.argument }) {
            operations[position].result = value
            if try ForeignCheck(options(.ignored)).judge(operations).verdict == .pass { return value }
        }
        throw ForeignError(operations[position], "no value explains it")
    }

    private func expectNamed(
        _ damaged: Int, in operations: [ForeignOperation], _ seed: UInt64, _ reading: FailedCompareAndSet
    ) async throws {
        let judgement = try ForeignCheck(options(reading)).judge(operations)
        let violation = try #require(judgement.violations.first, "seed \(seed)")
        #expect(violation.operations.contains(damaged), "seed \(seed): \(violation)")
        #expect(violation.operations.count <= 24, "seed \(seed): \(violation.operations.count) operations")
    }

    @Test func anElementLostFromALargeSetIsNamed() async throws {
        var simulation = SimulatedSet()
        simulation.adds = 5_000
        var operations = simulation.history()
        let read = try #require(operations.lastIndex { $0.f == "read" })
        let elements = try #require(operations[read].result.elements)
        let sound = try ForeignCheck(ForeignOptions(.setFull)).judge(operations)
        #expect(sound.verdict == .pass)
        let cases: [(FindingKind, [Value])] = [
            (.lostElement, elements.filter { $0 != 1234 }), (.duplicate, elements + [1234]),
            (.phantom, elements + [-1]),
        ]
        for (kind, damaged) in cases {
            operations[read].result = .array(damaged)
            let judgement = try ForeignCheck(ForeignOptions(.setFull)).judge(operations)
            #expect(judgement.violations.map(\.kind) == [kind.rawValue])
            #expect(judgement.violations.first?.operations.contains(read) == true)
        }
        operations[read].result = .array(elements)
        let earlier = try #require(operations[..<read].lastIndex { $0.f == "read" })
        operations[earlier].result = .array((operations[earlier].result.elements ?? []).filter { $0 != 17 })
        let stale = try ForeignCheck(ForeignOptions(.setFull)).judge(operations)
        #expect(stale.violations.map(\.kind) == [FindingKind.staleRead.rawValue])
    }

    @Test func eachKeyIsJudgedForItself() async throws {
        func add(_ key: String, _ at: Int64) -> ForeignOperation {
            ForeignOperation(
                process: 0, f: "add", key: .string(key), argument: 1, outcome: .ok, invoked: at,
                returned: at + 1)
        }
        func read(_ key: String, _ elements: [Value], _ at: Int64) -> ForeignOperation {
            ForeignOperation(
                process: 0, f: "read", key: .string(key), result: .array(elements), outcome: .ok, invoked: at,
                returned: at + 1)
        }
        let operations = [add("x", 0), add("y", 2), read("x", [1], 4), read("y", [], 6)]
        let judgement = try ForeignCheck(ForeignOptions(.setFull)).judge(operations)
        #expect(judgement.keys == 2)
        #expect(judgement.violations.map(\.key) == ["\"y\""])
        #expect(judgement.violations.map(\.operations) == [[1, 3]])
    }

    /// An element is judged by all that was done to add it: what the first or the last of it did is not all.
    @Test(arguments: [Outcome.ok, .fail, .unknown])
    func anElementThatIsAddedTwiceIsThereOnce(again: Outcome) throws {
        func operation(_ f: String, _ value: Value, _ at: Int64, _ outcome: Outcome) -> ForeignOperation {
            ForeignOperation(
                process: Int(at), f: f, argument: value, result: value, outcome: outcome, invoked: at,
                returned: outcome == .unknown ? nil : at + 1)
        }
        for elements in [[1], []] as [[Value]] {
            let operations = [
                operation("add", 1, 0, .ok), operation("add", 1, 2, again),
                operation("read", .array(elements), 4, .ok),
            ]
            let judgement = try ForeignCheck(ForeignOptions(.setFull)).judge(operations)
            let kinds = elements.isEmpty ? [FindingKind.lostElement.rawValue] : []
            #expect(judgement.violations.map(\.kind) == kinds)
        }
        // One addition was refused, the other never ended: either may be why it is there.
        let open = [operation("add", 1, 0, .unknown), operation("add", 1, 2, .fail)]
        let read = operation("read", .array([1]), 4, .ok)
        #expect(try ForeignCheck(ForeignOptions(.setFull)).judge(open + [read]).verdict == .pass)
    }

    @Test func aWholeThatNobodyReadIsUndecided() async throws {
        for (model, name) in [(ForeignModel.setFull, "add"), (.set, "add"), (.bank, "transfer")] {
            let change = ForeignOperation(
                process: 0, f: name, argument: 1, outcome: .ok, invoked: 0, returned: 1)
            let judgement = try ForeignCheck(ForeignOptions(model)).judge([change])
            #expect(judgement.verdict == .unknown, "\(model)")
        }
    }
}
