// How a state machine is read from a run: what each operation may do is numbered before any key is judged,
// and so are the states, in the whole run or, where these are too many, in each key.

import Core
import Histories
import Scenarios

struct StateMachineReading: ModelReading {
    /// One way of an operation, its placeholders filled.
    private struct Move: Hashable {
        /// Empty: from any state.
        var from: [String]
        var to: String
    }

    private let transitions: [String: [Transition]]
    /// What an operation of these values may do, by the number of its action.
    private let moves: Numbering<[Move]>
    /// Of the whole run, in order of appearance; those that stand in the scenario come first.
    private let states: Numbering<String>
    /// How many stand in the scenario.
    private let declared: Int
    /// For each action and each of the run's states, where it may lead; `nil` where there are too many.
    private let table: [[UInt64]]?

    init(_ facts: RunFacts, _ model: Model, _ transitions: [Transition]) {
        self.transitions = Dictionary(grouping: transitions, by: \.operation)
        var states = Numbering<String>()
        for template in transitions.flatMap({ $0.from + [$0.to] }) where template.placeholders.isEmpty {
            _ = states.number(of: template.source)
        }
        declared = states.items.count
        var moves = Numbering<[Move]>()
        let observations = model.observations
        let observers = Set(model.observers)
        for operation in facts.operations {
            if let own = Self.moves(of: operation, self.transitions), moves.known(own) == nil {
                _ = moves.number(of: own)
                for move in own { for state in move.from + [move.to] { _ = states.number(of: state) } }
            }
            guard observers.contains(operation.name) else { continue }
            for value in operation.observed(by: observations) {
                _ = states.number(of: Canonical.text(value))
            }
        }
        if let initial = model.initial {
            for members in facts.entities.members {
                let value = members.lazy.compactMap { facts.operations[$0].value(of: initial) }.first
                if let value { _ = states.number(of: Canonical.text(Canonical.value(value))) }
            }
        }
        self.moves = moves
        self.states = states
        table =
            states.items.count <= StateMachineModel.stateLimit
            ? moves.items.map { Self.row($0, among: states) } : nil
    }

    /// `nil` where it has no part in the model, or a value of it is not known.
    private static func moves(
        of operation: OperationRecord, _ transitions: [String: [Transition]]
    ) -> [Move]? {
        guard let own = transitions[operation.name] else { return nil }
        var moves: [Move] = []
        for transition in own {
            let from = transition.from.compactMap { operation.text(of: $0) }
            guard let to = operation.text(of: transition.to), from.count == transition.from.count else {
                return nil
            }
            moves.append(Move(from: from, to: to))
        }
        return moves
    }

    /// For each state, where the moves may lead.
    private static func row(_ moves: [Move], among states: Numbering<String>) -> [UInt64] {
        states.items.map { state in
            moves.reduce(0) { targets, move in
                guard move.from.isEmpty || move.from.contains(state), let target = states.known(move.to)
                else { return targets }
                return targets | 1 << UInt64(target)
            }
        }
    }

    /// Whether the operation, done again, stays in the state to which it led.
    func isIdempotent(_ action: StateMachineAction) -> Bool {
        guard case .transition(let number) = action else { return true }
        let own = moves.items[number]
        return Set(own.map(\.to)).count == 1 && own.contains { $0.from.isEmpty || $0.from.contains($0.to) }
    }

    func read(
        _ operation: OperationRecord, observed: [Value], into meanings: inout [Meaning<StateMachineAction>]
    ) {
        if transitions[operation.name] != nil {
            let number = Self.moves(of: operation, transitions).flatMap(moves.known)
            meanings.append(
                number.map { .change(.transition($0), retried: .transition($0)) }
                    ?? .unreadable("the states between which \(operation.name) leads are not known"))
        }
        for value in observed {
            meanings.append(.read(.observe(number(of: value))))
        }
    }

    /// Of a state that was seen before any key was judged.
    private func number(of value: Value) -> Int { states.known(Canonical.text(value)) ?? 0 }

    func cases(
        of key: KeyCalls<StateMachineAction>, initial: Value?, _ facts: RunFacts
    ) throws(Unreadable) -> [KeyCase<StateMachineModel>] {
        guard let table else {
            return [try caseOfItsOwn(of: key, initial: initial.map(Canonical.text))]
        }
        let every = UInt64.max >> UInt64(StateMachineModel.stateLimit - max(1, states.items.count))
        let first: UInt64? = initial.map { 1 << UInt64(number(of: $0) & 63) }
        return [
            KeyCase(
                key,
                StateMachineModel(
                    initial: first ?? every, names: states.items, transitions: table))
        ]
    }

    /// With the states of this key only.
    private func caseOfItsOwn(
        of key: KeyCalls<StateMachineAction>, initial: String?
    ) throws(Unreadable) -> KeyCase<StateMachineModel> {
        var own = Numbering<String>()
        for state in states.items[..<declared] + [initial].compactMap(\.self) { _ = own.number(of: state) }
        var actions = Numbering<[Move]>()
        func renumbered(_ calls: [Call<StateMachineAction>]) -> [Call<StateMachineAction>] {
            calls.map { call in
                switch call.action {
                case .observe(let state): return call.as(.observe(own.number(of: states.items[state])))
                case .transition(let number):
                    let moves = moves.items[number]
                    for move in moves { for state in move.from + [move.to] { _ = own.number(of: state) } }
                    return call.as(.transition(actions.number(of: moves)))
                }
            }
        }
        let calls = renumbered(key.calls)
        let refused = renumbered(key.refused)
        guard own.items.count <= StateMachineModel.stateLimit else {
            throw Unreadable("it has more than \(StateMachineModel.stateLimit) states")
        }
        let every = UInt64.max >> UInt64(StateMachineModel.stateLimit - max(1, own.items.count))
        let first: UInt64? = initial.flatMap(own.known).map { 1 << UInt64($0) }
        return KeyCase(
            key: key.key,
            model: StateMachineModel(
                initial: first ?? every, names: own.items,
                transitions: actions.items.map { Self.row($0, among: own) }),
            calls: calls, refused: refused)
    }
}

extension StateMachineAction: KeyAction {}
