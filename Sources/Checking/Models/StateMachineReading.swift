// How a state machine is read from a run: its states are numbered before any key is judged.

import Core
import History
import Scenario

struct StateMachineReading: ModelReading {
    let refusal: String?
    private let transitions: [Transition]
    private let observe: [Observation]
    /// The operations that lead from state to state, each once.
    private let order: [String]
    private let states: StateNumbers
    /// For each of them and each state, where it may lead.
    private let table: [[UInt64]]

    init(_ facts: RunFacts, _ model: Model, _ transitions: [Transition], _ observe: [Observation]) {
        self.transitions = transitions
        self.observe = observe
        let operations = transitions.map(\.operation)
        order = operations.indices.filter { operations.firstIndex(of: operations[$0]) == $0 }
            .map { operations[$0] }
        var states = StateNumbers()
        for transition in transitions {
            for state in transition.from + [transition.to] { states.add(state) }
        }
        let observers = Set(observe.map(\.operation))
        for index in facts.operations.indices where observers.contains(facts.operations[index].name) {
            for value in Self.observed(facts.operations[index], observe) { states.add(Canonical.text(value)) }
        }
        if let initial = model.initial {
            for members in facts.entities.members {
                let value = members.lazy.compactMap { facts.operations[$0].value(of: initial) }.first
                if let value { states.add(Canonical.text(Canonical.value(value))) }
            }
        }
        refusal =
            states.names.count <= StateMachineModel.stateLimit
            ? nil : "more than \(StateMachineModel.stateLimit) states were observed"
        table = order.map { states.table(of: $0, transitions) }
        self.states = states
    }

    var needsRead: Bool { !observe.isEmpty }

    func isIdempotent(_ action: StateMachineAction) -> Bool {
        switch action {
        case .observe: true
        case .transition(let number): transitions.leadNowhereElse(order[number])
        }
    }

    func read(_ operation: OperationRecord, into meanings: inout [Meaning<StateMachineAction>]) {
        if let number = order.firstIndex(of: operation.name) {
            meanings.append(.change(.transition(number), retried: .transition(number)))
        }
        for value in Self.observed(operation, observe) {
            meanings.append(.read(.observe(states.number(of: Canonical.text(value)))))
        }
    }

    func cases(
        of key: KeyCalls<StateMachineAction>, initial: Value?, _ facts: RunFacts
    ) -> [KeyCase<StateMachineModel>] {
        let every = UInt64.max >> UInt64(StateMachineModel.stateLimit - max(1, states.names.count))
        let first: UInt64? = initial.map { 1 << UInt64(states.number(of: Canonical.text($0)) & 63) }
        return [
            KeyCase(
                key: key.key,
                model: StateMachineModel(initial: first ?? every, names: states.names, transitions: table),
                calls: key.calls, refused: key.refused)
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

/// States by number, in order of appearance.
struct StateNumbers: Sendable {
    private(set) var names: [String] = []
    private var numbers: [String: Int] = [:]

    mutating func add(_ name: String) {
        if numbers[name] != nil { return }
        numbers[name] = names.count
        names.append(name)
    }

    /// Of a state that was added.
    func number(of name: String) -> Int { numbers[name] ?? 0 }

    /// For each state, where the operation may lead.
    func table(of operation: String, _ transitions: [Transition]) -> [UInt64] {
        names.map { state in
            var targets: UInt64 = 0
            for transition in transitions where transition.operation == operation {
                guard transition.from.isEmpty || transition.from.contains(state),
                    let target = numbers[transition.to]
                else { continue }
                targets |= 1 << UInt64(target)
            }
            return targets
        }
    }
}
