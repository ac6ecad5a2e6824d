// How a state machine is read from a run: its states are numbered before any key is judged.

import Core
import Histories
import Scenarios

struct StateMachineReading: ModelReading {
    let refusal: String?
    private let transitions: [Transition]
    /// The operations that lead from state to state, each once.
    private let order: [String]
    /// By number, in order of appearance.
    private let states: Numbering<String>
    /// For each of them and each state, where it may lead.
    private let table: [[UInt64]]

    init(_ facts: RunFacts, _ model: Model, _ transitions: [Transition]) {
        self.transitions = transitions
        let operations = transitions.map(\.operation)
        order = operations.indices.filter { operations.firstIndex(of: operations[$0]) == $0 }
            .map { operations[$0] }
        var states = Numbering<String>()
        for transition in transitions {
            for state in transition.from + [transition.to] { _ = states.number(of: state) }
        }
        let observations = model.observations
        let observers = Set(model.observers)
        for index in facts.operations.indices where observers.contains(facts.operations[index].name) {
            for value in facts.operations[index].observed(by: observations) {
                _ = states.number(of: Canonical.text(value))
            }
        }
        if let initial = model.initial {
            for members in facts.entities.members {
                let value = members.lazy.compactMap { facts.operations[$0].value(of: initial) }.first
                if let value { _ = states.number(of: Canonical.text(Canonical.value(value))) }
            }
        }
        refusal =
            states.items.count <= StateMachineModel.stateLimit
            ? nil : "more than \(StateMachineModel.stateLimit) states were observed"
        table = order.map { states.table(of: $0, transitions) }
        self.states = states
    }

    func isIdempotent(_ action: StateMachineAction) -> Bool {
        switch action {
        case .observe: true
        case .transition(let number): transitions.leadNowhereElse(order[number])
        }
    }

    func read(
        _ operation: OperationRecord, observed: [Value], into meanings: inout [Meaning<StateMachineAction>]
    ) {
        if let number = order.firstIndex(of: operation.name) {
            meanings.append(.change(.transition(number), retried: .transition(number)))
        }
        for value in observed {
            meanings.append(.read(.observe(number(of: value))))
        }
    }

    /// Of a state that was seen before any key was judged.
    private func number(of value: Value) -> Int { states.known(Canonical.text(value)) ?? 0 }

    func cases(
        of key: KeyCalls<StateMachineAction>, initial: Value?, _ facts: RunFacts
    ) -> [KeyCase<StateMachineModel>] {
        let every = UInt64.max >> UInt64(StateMachineModel.stateLimit - max(1, states.items.count))
        let first: UInt64? = initial.map { 1 << UInt64(number(of: $0) & 63) }
        return [
            KeyCase(
                key,
                StateMachineModel(
                    initial: first ?? every, names: states.items, transitions: table))
        ]
    }
}

extension StateMachineAction: KeyAction {}

extension [Transition] {
    /// Whether the operation, done again, stays in the state to which it led.
    fileprivate func leadNowhereElse(_ operation: String) -> Bool {
        let mine = filter { $0.operation == operation }
        return Set(mine.map(\.to)).count == 1
            && mine.contains { $0.from.isEmpty || $0.from.contains($0.to) }
    }
}

extension Numbering<String> {
    /// For each state, where the operation may lead.
    fileprivate func table(of operation: String, _ transitions: [Transition]) -> [UInt64] {
        items.map { state in
            var targets: UInt64 = 0
            for transition in transitions where transition.operation == operation {
                guard transition.from.isEmpty || transition.from.contains(state),
                    let target = known(transition.to)
                else { continue }
                targets |= 1 << UInt64(target)
            }
            return targets
        }
    }
}
