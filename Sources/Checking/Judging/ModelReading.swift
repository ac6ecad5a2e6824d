// How one kind of model reads a run: which calls an operation makes, and what each key is held against.

import Core
import Histories
import Scenarios

/// What an operation did to one key.
protocol KeyAction: Hashable, Sendable {
    /// The value that it puts there, where values can be followed from key to key.
    var put: Value? { get }
    /// The values that a read gives.
    var given: [Value] { get }
    /// The same read without what it must not be judged by; `nil` where nothing is left of it.
    func without(_ values: Set<Value>) -> Self?
}

extension KeyAction {
    var put: Value? { nil }
    var given: [Value] { [] }
    func without(_ values: Set<Value>) -> Self? { nil }
}

/// One kind of model: everything that judging must know of it.
protocol ModelReading: Sendable {
    associatedtype Action: KeyAction
    associatedtype Judged: AccusingModel

    /// Why the whole model cannot be judged. The default is that it can.
    var refusal: String? { get }
    /// Whether a declared initial value means anything to it. The default is that it does.
    var hasInitial: Bool { get }

    /// What an operation means to the model, whichever key it is about; nothing where it has no part in it.
    /// `observed` is what the model's reads among it gave.
    func read(_ operation: OperationRecord, observed: [Value], into meanings: inout [Meaning<Action>])

    /// Whether doing a change again leaves what doing it once left.
    func isIdempotent(_ action: Action) -> Bool

    /// What is to be decided of one key, by the value that it is declared to hold at first.
    func cases(
        of key: KeyCalls<Action>, initial: Value?, _ facts: RunFacts
    ) throws(Unreadable) -> [KeyCase<Judged>]

    /// What is wrong with single reads of a key, whatever all others say. The default is nothing.
    func misread(_ key: KeyCalls<Action>, _ check: String, _ facts: RunFacts) -> Violation?

    /// Violations of the whole model, alike ones put together. The default leaves them as they are.
    func merged(_ violations: [Violation]) -> [Violation]
}

extension ModelReading {
    var refusal: String? { nil }
    var hasInitial: Bool { true }
    func misread(_ key: KeyCalls<Action>, _ check: String, _ facts: RunFacts) -> Violation? { nil }
    func merged(_ violations: [Violation]) -> [Violation] { violations }
}

extension OperationRecord {
    /// What the observations of it gave.
    func observed(by observations: [Observation]) -> [Value] {
        var values: [Value] = []
        let observations = observations.span
        for place in observations.indices where observations[place].operation == name {
            if let value = observedValue(observations[place]) { values.append(value) }
        }
        return values
    }
}

/// Why a key cannot be judged.
struct Unreadable: Error {
    var reason: String

    init(_ reason: String) { self.reason = reason }
}

extension Model {
    /// Judges it by its kind: the one place that knows which kind is read how.
    func judged(_ facts: RunFacts, budget: Int) -> ModelOutcome {
        func judged<Reading: ModelReading>(_ reading: Reading) -> ModelOutcome {
            var judging = ModelJudging(Partition(facts, self, reading), budget: budget)
            judging.run()
            return judging.outcome
        }
        func together(_ options: ForeignOptions) -> ModelOutcome {
            TogetherJudging(facts: facts, model: self, options: options).run(budget: budget)
        }
        switch kind {
        case .register(let write, _):
            return judged(RegisterReading(write: write, compareAndSet: []))
        case .casRegister(let write, let compareAndSet, _):
            return judged(RegisterReading(write: write, compareAndSet: compareAndSet))
        case .stateMachine(let transitions, _):
            return judged(StateMachineReading(facts, self, transitions))
        case .boundedCounter(let minimum, let limit, let add, let subtract, _):
            return judged(CounterReading(minimum: minimum, limit: limit, add: add, subtract: subtract))
        case .set(let add, let remove, _, let phantoms):
            return judged(SetReading(add: add, remove: remove, phantoms: phantoms))
        case .unique(let claim, let release):
            return judged(ClaimReading(claim: claim, release: release))
        case .bank(_, _, let total, let overdraft):
            var options = ForeignOptions(.bank)
            options.total = total
            options.allowsOverdraft = overdraft
            return together(options)
        case .multiRegister: return together(ForeignOptions(.multiRegister))
        case .listAppend(_, let isolation): return together(ForeignOptions(.listAppend, isolation))
        case .rwRegister(_, let isolation): return together(ForeignOptions(.rwRegister, isolation))
        }
    }
}
