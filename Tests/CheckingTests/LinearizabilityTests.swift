// The search and the zones against brute force on thousands of small random histories, and on large ones
// within budget.

import Core
import Testing

@testable import Checking

/// Simulates an atomic object with random delays, then breaks some of the histories.
struct HistoryGenerator<Model: SequentialModel> {
    var generator: SeededGenerator
    let model: Model
    /// A random change, given a number that no other call has.
    let change: (inout SeededGenerator, Int) -> Model.Action
    /// The read that a state shows.
    let read: (Model.State) -> Model.Action
    /// Some other read.
    let wrongRead: (inout SeededGenerator) -> Model.Action

    mutating func calls(_ count: Int, isBroken: Bool) -> [Call<Model.Action>] {
        var state = model.initial
        var calls: [Call<Model.Action>] = []
        // A small clock makes equal stamps common.
        for number in 0..<count {
            let at = Int64(number * 2)
            let spread = Int64.random(in: 0...8, using: &generator)
            let invoked = at - Int64.random(in: 0...spread, using: &generator)
            let returned = at + Int64.random(in: 0...spread, using: &generator)
            let isRead = Int.random(in: 0..<5, using: &generator) < 2
            var action = isRead ? read(state) : change(&generator, number)
            if isBroken, isRead, Int.random(in: 0..<4, using: &generator) == 0 {
                action = wrongRead(&generator)
            }
            let isUnknown = !isRead && Int.random(in: 0..<5, using: &generator) == 0
            let isApplied = !isUnknown || Bool.random(using: &generator)
            if isApplied {
                if let next = model.apply(action, to: state) {
                    state = next
                } else if !isBroken {
                    continue
                }
            }
            calls.append(
                Call(
                    operation: number, action: action, invoked: invoked,
                    returned: isUnknown ? nil : returned))
        }
        return calls.shuffled(using: &generator)
    }
}

@Suite struct LinearizabilityTests {
    /// Compares `decide` and the plain search with brute force; `seed` reproduces a failure.
    ///
    /// Where nothing is declared of the beginning, brute force tries every one of `beginnings`.
    private func compare<Model: SequentialModel>(
        _ model: Model, seed: UInt64, histories: Int = Sample.histories(2000), beginnings: [Model]? = nil,
        change: @escaping (inout SeededGenerator, Int) -> Model.Action,
        read: @escaping (Model.State) -> Model.Action,
        wrongRead: @escaping (inout SeededGenerator) -> Model.Action
    ) {
        var generator = HistoryGenerator(
            generator: SeededGenerator(state: seed), model: model, change: change, read: read,
            wrongRead: wrongRead)
        var violated = 0
        var held = 0
        for number in 0..<histories {
            let isBroken = number % 2 == 1
            let calls = generator.calls(
                Int.random(in: 2...6, using: &generator.generator), isBroken: isBroken)
            let truth = (beginnings ?? [model]).contains {
                BruteForce(model: $0, calls: calls).isLinearizable
            }
            let expected: LinearizabilityVerdict = truth ? .linearizable : .violated
            let decision = model.decide(calls, budget: 1_000_000, recordsOrder: true)
            var search = LinearizabilitySearch(model, calls)
            let searched = search.run(budget: 1_000_000)
            guard decision.verdict == expected, searched.verdict == expected else {
                Issue.record(
                    "seed \(seed), history \(number): \(calls) is \(expected), not \(decision.verdict)")
                return
            }
            if !isBroken, !truth {
                Issue.record("seed \(seed), history \(number): a real object made \(calls)")
                return
            }
            truth ? (held += 1) : (violated += 1)
            if let problem = truth
                ? self.problem(of: decision.order, model, calls) : problem(of: decision, model, calls)
            {
                Issue.record("seed \(seed), history \(number): \(problem) in \(calls)")
                return
            }
        }
        #expect(violated > histories / 100 && held > histories / 4, "\(violated) of \(histories) violated")
    }

    /// What is wrong with the order that is said to explain the calls.
    private func problem<Model: SequentialModel>(
        of order: [Int]?, _ model: Model, _ calls: [Call<Model.Action>]
    ) -> String? {
        guard let order else { return "no order is told" }
        return OrderCertificate(model, order: order).fault(with: calls).map { "order \(order): \($0)" }
    }

    /// What is wrong with the suspects or with the smallest example of a violation.
    private func problem<Model: SequentialModel>(
        of decision: Decision<Model>, _ model: Model, _ calls: [Call<Model.Action>]
    ) -> String? {
        let start = decision.restarted ?? model
        let suspects =
            decision.restarted == nil ? calls : decision.suspects.map { calls[$0] }
        if BruteForce(model: start, calls: suspects).isLinearizable { return "suspects explain each other" }
        var search = ExampleSearch(model, calls, decision)
        let example = search.find()
        let certificate = ContradictionCertificate(
            model: example.model, calls: example.calls, free: example.free)
        if let fault = certificate.fault() { return "the certificate \(example.calls) is none: \(fault)" }
        var shrinking = SmallestExample(model, calls, budget: 100_000)
        let kept = shrinking.find(suspects: decision.suspects)
        func contradicts(_ kept: [Int]) -> Bool {
            let probe = calls.indices.compactMap { index -> Call<Model.Action>? in
                if kept.contains(index) { return calls[index] }
                if model.isRead(calls[index].action) { return nil }
                return Call(
                    operation: 0, action: calls[index].action, invoked: .min, returned: nil)
            }
            return !BruteForce(model: model, calls: probe).isLinearizable
        }
        if !contradicts(kept) { return "the example \(kept) contradicts nothing" }
        for left in kept where contradicts(kept.filter { $0 != left }) {
            return "the example \(kept) is not the smallest: \(left) can go"
        }
        return nil
    }

    @Test(arguments: [UInt64(1), 2, 3])
    func registersWithUniqueValuesAreDecidedAsByBruteForce(seed: UInt64) {
        for initial in [Value.int(-1), nil] {
            compare(
                RegisterModel(initial: initial), seed: seed,
                beginnings: initial == nil
                    ? (-3...8).map { RegisterModel(initial: .int($0)) } : nil,
                change: { _, number in .write(.int(number)) },
                read: { if case .value(let value) = $0 { .read(value) } else { .read(.int(-2)) } },
                wrongRead: { .read(.int(Int.random(in: -2...6, using: &$0))) })
        }
    }

    @Test(arguments: [UInt64(13), 14, 15])
    func compareAndSetRegistersWithUniqueValuesAreDecidedAsByBruteForce(seed: UInt64) {
        compare(
            RegisterModel(initial: .int(-1)), seed: seed,
            change: { generator, number in
                if Int.random(in: 0...3, using: &generator) == 0 { return .write(.int(number)) }
                let expected = max(-1, number - Int.random(in: 1...3, using: &generator))
                return .compareAndSet(expected: .int(expected), new: .int(number))
            },
            read: { if case .value(let value) = $0 { .read(value) } else { .read(.int(-2)) } },
            wrongRead: { .read(.int(Int.random(in: -2...6, using: &$0))) })
    }

    @Test(arguments: [UInt64(4), 5])
    func compareAndSetRegistersWithRepeatedValuesAreDecidedAsByBruteForce(seed: UInt64) {
        for initial in [Value.int(0), nil] {
            compare(
                RegisterModel(initial: initial), seed: seed,
                beginnings: initial == nil
                    ? (-1...4).map { RegisterModel(initial: .int($0)) } : nil,
                change: { generator, _ in
                    let value = Value.int(Int.random(in: 0...2, using: &generator))
                    let other = Value.int(Int.random(in: 0...2, using: &generator))
                    return switch Int.random(in: 0...4, using: &generator) {
                    case 0, 1: .write(value)
                    case 2: initial == nil ? .write(value) : .mismatch(value)
                    default: .compareAndSet(expected: value, new: other)
                    }
                },
                read: { if case .value(let value) = $0 { .read(value) } else { .read(.int(1)) } },
                wrongRead: { .read(.int(Int.random(in: 0...3, using: &$0))) })
        }
    }

    @Test(arguments: [UInt64(16), 17])
    func refusedCompareAndSetsOfUniqueValuesAreDecidedAsByBruteForce(seed: UInt64) {
        compare(
            RegisterModel(initial: .int(-1)), seed: seed,
            change: { generator, number in
                let expected = max(-1, number - Int.random(in: 1...3, using: &generator))
                return switch Int.random(in: 0...3, using: &generator) {
                case 0: .compareAndSet(expected: .int(expected), new: .int(number))
                case 1: .mismatch(.int(expected))
                default: .write(.int(number))
                }
            },
            read: { if case .value(let value) = $0 { .read(value) } else { .read(.int(-2)) } },
            wrongRead: { .read(.int(Int.random(in: -2...6, using: &$0))) })
    }

    @Test(arguments: [UInt64(18), 19])
    func multiRegistersAreDecidedAsByBruteForce(seed: UInt64) {
        typealias Step = MultiRegisterAction.Step
        compare(
            MultiRegisterModel(initial: ["x": 0, "y": 0]), seed: seed,
            change: { generator, number in
                let names = ["x", "y"].shuffled(using: &generator).prefix(
                    Int.random(in: 1...2, using: &generator))
                return MultiRegisterAction(
                    steps: names.map { Step(register: .string($0), value: .int(number % 3), isRead: false) })
            },
            read: { state in
                MultiRegisterAction(
                    steps: ["x", "y"].map {
                        Step(register: $0, value: state.values[$0] ?? .null, isRead: true)
                    })
            },
            wrongRead: { generator in
                MultiRegisterAction(
                    steps: [
                        Step(
                            register: "x", value: .int(Int.random(in: 0...2, using: &generator)), isRead: true
                        ),
                        Step(
                            register: "y", value: .int(Int.random(in: 0...2, using: &generator)), isRead: true
                        ),
                    ])
            })
    }

    @Test(arguments: [UInt64(6), 7])
    func stateMachinesAreDecidedAsByBruteForce(seed: UInt64) {
        // a → b, b → a, a or b → c, any → a or b.
        let transitions: [[UInt64]] = [[2, 0, 0], [0, 1, 0], [4, 4, 0], [3, 3, 3]]
        for initial in [UInt64(1), 7] {
            compare(
                StateMachineModel(initial: initial, names: ["a", "b", "c"], transitions: transitions),
                seed: seed,
                beginnings: [UInt64(1), 2, 4].filter { $0 & initial != 0 }.map {
                    StateMachineModel(initial: $0, names: ["a", "b", "c"], transitions: transitions)
                },
                change: { generator, _ in .transition(Int.random(in: 0...3, using: &generator)) },
                read: { .observe($0.trailingZeroBitCount) },
                wrongRead: { .observe(Int.random(in: 0...2, using: &$0)) })
        }
    }

    @Test(arguments: [UInt64(8), 9])
    func boundedCountersAreDecidedAsByBruteForce(seed: UInt64) {
        for (initial, minimum) in [(1, 0), (nil, 0), (2, 1), (nil, 2)] as [(Int?, Int)] {
            compare(
                CounterModel(initial: initial, minimum: minimum, limit: 4), seed: seed,
                beginnings: initial == nil
                    ? (minimum...4).map { CounterModel(initial: $0, minimum: minimum, limit: 4) } : nil,
                change: { generator, _ in .change(Int.random(in: -2...2, using: &generator)) },
                read: { .observe($0.isBound ? $0.count : 2) },
                wrongRead: { .observe(Int.random(in: 0...5, using: &$0)) })
        }
    }

    @Test(arguments: [UInt64(10), 11])
    func elementsOfSetsAreDecidedAsByBruteForce(seed: UInt64) {
        for initial in [Presence.missing, .unbound] {
            compare(
                PresenceModel(initial: initial), seed: seed,
                beginnings: initial == .unbound
                    ? [PresenceModel(initial: .missing), PresenceModel(initial: .present)] : nil,
                change: { generator, _ in Bool.random(using: &generator) ? .add : .remove },
                read: { .seen($0 == .present) },
                wrongRead: { .seen(Bool.random(using: &$0)) })
        }
    }

    @Test func claimsAreDecidedAsByBruteForce() {
        compare(
            ClaimModel(), seed: 12,
            change: { generator, _ in Bool.random(using: &generator) ? .claim : .release },
            read: { $0 ? .release : .claim }, wrongRead: { _ in .claim })
    }

    @Test func exhaustedBudgetIsNoVerdict() {
        // Twelve concurrent writes, of which some are alike and each matters to somebody, and a
        // compare-and-set that no order explains.
        var actions = (0..<12).map { RegisterAction.write(.int($0 % 8)) }
        actions += (0..<8).map { RegisterAction.mismatch(.int($0)) }
        var calls = actions.enumerated().map { number, action in
            Call(operation: number, action: action, invoked: 0, returned: 10)
        }
        calls.append(
            Call(
                operation: 20, action: .compareAndSet(expected: .int(99), new: .int(1)), invoked: 11,
                returned: 12))
        let model = RegisterModel(initial: .int(-1))
        #expect(model.decide(calls, budget: 50, recordsOrder: false).verdict == .exhausted)
        #expect(model.decide(calls, budget: 1_000_000, recordsOrder: false).verdict == .violated)
    }

    /// Concurrent additions of different amounts have as many intermediate counts as subsets; the bounds
    /// refute without looking at one.
    @Test func manyConcurrentChangesAreRefutedWithinASmallBudget() {
        let amounts = Array(1...60)
        var calls = amounts.enumerated().map { number, amount in
            Call<CounterAction>(operation: number, action: .change(amount), invoked: 0, returned: 10)
        }
        let sum = amounts.reduce(0, +)
        func verdict(limit: Int) -> LinearizabilityVerdict {
            CounterModel(initial: 0, limit: limit).decide(calls, budget: 2_000, recordsOrder: false).verdict
        }
        #expect(verdict(limit: sum) == .linearizable)
        #expect(verdict(limit: sum - 1) == .violated)
        calls.append(Call(operation: 60, action: .observe(sum), invoked: 11, returned: 12))
        #expect(verdict(limit: sum) == .linearizable)
        calls[60].action = .observe(sum - 7)
        #expect(verdict(limit: sum) == .violated)
        calls[6].returned = nil
        #expect(verdict(limit: sum) == .linearizable)
    }

    @Test func equalStampsAreConcurrent() {
        let model = RegisterModel(initial: .int(0))
        let write = Call<RegisterAction>(operation: 0, action: .write(.int(1)), invoked: 0, returned: 5)
        func read(_ invoked: Int64) -> Call<RegisterAction> {
            Call(operation: 1, action: .read(.int(0)), invoked: invoked, returned: 9)
        }
        #expect(model.decide([write, read(5)], budget: 100, recordsOrder: false).verdict == .linearizable)
        #expect(model.decide([write, read(6)], budget: 100, recordsOrder: false).verdict == .violated)
    }

    @Test func manyUnknownWritesOfOneKindDoNotMultiply() {
        // 300 unknown additions of one: without folding them, the subsets alone would exhaust any budget.
        var calls = (0..<300).map {
            Call<CounterAction>(operation: $0, action: .change(1), invoked: Int64($0), returned: nil)
        }
        for (number, count) in [5, 40, 41, 200, 299].enumerated() {
            let at = Int64(400 + number * 10)
            calls.append(
                Call(operation: 300 + number, action: .observe(count), invoked: at, returned: at + 5))
        }
        let model = CounterModel(initial: 0, limit: 1000)
        #expect(model.decide(calls, budget: 100_000, recordsOrder: false).verdict == .linearizable)
        calls.append(Call(operation: 400, action: .observe(250), invoked: 900, returned: 901))
        #expect(model.decide(calls, budget: 100_000, recordsOrder: false).verdict == .violated)
    }
}
