// Each kind of model: which operations change it, which read it, and from where it starts.

import Core
import History
import Scenario

extension ModelJudging {
    mutating func run() {
        switch model.kind {
        case .register(let write, let read): judgeRegister(write, [], read)
        case .casRegister(let write, let compareAndSet, let read): judgeRegister(write, compareAndSet, read)
        case .stateMachine(let transitions, let observe): judgeStateMachine(transitions, observe)
        case .boundedCounter(let limit, let add, let subtract, let observe):
            judgeCounter(limit, add, subtract, observe)
        case .set(let add, let remove, let read): judgeSet(add, remove, read)
        case .unique(let claim, let release): judgeClaims(claim, release)
        }
    }

    private mutating func judgeRegister(
        _ write: [OperationBinding], _ compareAndSet: [CompareAndSet], _ read: [Observation]
    ) {
        if read.isEmpty { needNoRead() }
        let projection = Projection<RegisterAction>(facts, model, isIdempotent: \.isIdempotent) { operation in
            var meanings: [Meaning<RegisterAction>] = []
            for binding in write where binding.operation == operation.name {
                meanings.append(
                    operation.value(of: binding.value).map { .change(.write($0), retried: .write($0)) }
                        ?? .unreadable("the value written by \(operation.name) is not known"))
            }
            for binding in compareAndSet where binding.operation == operation.name {
                guard let new = operation.value(of: binding.new) else {
                    meanings.append(.unreadable("the value written by \(operation.name) is not known"))
                    continue
                }
                if let expected = operation.value(of: binding.expected) {
                    // An earlier attempt may have expected something else.
                    meanings.append(
                        .change(.compareAndSet(expected: expected, new: new), retried: .write(new)))
                } else if operation.outcome == .ok {
                    meanings.append(.unreadable("the value expected by \(operation.name) is not known"))
                } else {
                    meanings.append(.change(.write(new), retried: .write(new)))
                }
            }
            return meanings + Self.reads(operation, read) { .read($0) }
        }
        var cases: [KeyCase<RegisterModel>] = []
        for key in tellElsewhere(admit(projection)) {
            guard let initial = initialValue(of: key) else { continue }
            cases.append(
                KeyCase(
                    key: key.key, model: RegisterModel(initial: initial.value), calls: key.calls,
                    refused: key.refused))
        }
        countKeys(cases.count)
        judge(cases)
    }

    private mutating func judgeStateMachine(_ transitions: [Transition], _ observe: [Observation]) {
        if observe.isEmpty { needNoRead() }
        var states = StateNumbers()
        for transition in transitions {
            for state in transition.from + [transition.to] { states.add(state) }
        }
        let operations = transitions.map(\.operation)
        let order = operations.indices.filter { operations.firstIndex(of: operations[$0]) == $0 }
            .map { operations[$0] }
        func isIdempotent(_ action: StateMachineAction) -> Bool {
            switch action {
            case .observe: true
            case .transition(let number): transitions.leadNowhereElse(order[number])
            }
        }
        let projection = Projection<StateMachineAction>(facts, model, isIdempotent: isIdempotent) {
            operation in
            var meanings: [Meaning<StateMachineAction>] = []
            if let number = order.firstIndex(of: operation.name) {
                meanings.append(.change(.transition(number), retried: .transition(number)))
            }
            return meanings
                + Self.reads(operation, observe) { .observe(states.add(Canonical.text($0))) }
        }
        let keys = admit(projection)
        var initials: [UInt64?] = []
        var admitted: [KeyCalls<StateMachineAction>] = []
        for key in keys {
            guard let initial = initialValue(of: key) else { continue }
            initials.append(initial.value.map { 1 << UInt64(states.add(Canonical.text($0)) & 63) })
            admitted.append(key)
        }
        guard states.names.count <= StateMachineModel.stateLimit else {
            return refuse("more than \(StateMachineModel.stateLimit) states were observed")
        }
        let every = UInt64.max >> UInt64(StateMachineModel.stateLimit - max(1, states.names.count))
        let table = order.map { states.table(of: $0, transitions) }
        let cases = zip(admitted, initials).map { key, initial in
            KeyCase(
                key: key.key,
                model: StateMachineModel(initial: initial ?? every, names: states.names, transitions: table),
                calls: key.calls, refused: key.refused)
        }
        countKeys(cases.count)
        judge(cases)
    }

    private mutating func judgeCounter(
        _ limit: Template, _ add: [OperationBinding], _ subtract: [OperationBinding],
        _ observe: [Observation]
    ) {
        if observe.isEmpty { needNoRead() }
        let projection = Projection<CounterAction>(facts, model, isIdempotent: { _ in false }) { operation in
            var meanings: [Meaning<CounterAction>] = []
            for (bindings, sign) in [(add, 1), (subtract, -1)] {
                for binding in bindings where binding.operation == operation.name {
                    let amount = operation.value(of: binding.value).flatMap(Canonical.integer)
                    meanings.append(
                        amount.map { .change(.change(sign * $0), retried: .change(sign * $0)) }
                            ?? .unreadable("the amount of \(operation.name) is not a known whole number"))
                }
            }
            for observation in observe where observation.operation == operation.name {
                guard let value = operation.observedValue(observation) else { continue }
                meanings.append(
                    Canonical.integer(value).map { .read(.observe($0)) }
                        ?? .unreadable("\(operation.name) does not show a whole number"))
            }
            return meanings
        }
        var cases: [KeyCase<CounterModel>] = []
        for key in admit(projection) {
            guard let initial = initialValue(of: key) else { continue }
            let bounds = operations(of: key).lazy.compactMap { $0.value(of: limit) }
            guard let limit = bounds.first.flatMap(Canonical.integer), limit >= 0 else {
                skip(key.key, "its limit is not a known whole number")
                continue
            }
            let count = initial.value.flatMap(Canonical.integer)
            if initial.value != nil, count == nil {
                skip(key.key, "its initial count is not a whole number")
                continue
            }
            cases.append(
                KeyCase(
                    key: key.key, model: CounterModel(initial: count, limit: limit), calls: key.calls,
                    refused: key.refused))
        }
        countKeys(cases.count)
        judge(cases)
    }

    private mutating func judgeClaims(_ claim: [String], _ release: [String]) {
        needNoRead()
        let projection = Projection<ClaimAction>(facts, model, isIdempotent: { _ in false }) { operation in
            var meanings: [Meaning<ClaimAction>] = []
            if claim.contains(operation.name) { meanings.append(.change(.claim, retried: .claim)) }
            if release.contains(operation.name) { meanings.append(.change(.release, retried: .release)) }
            return meanings
        }
        let cases = admit(projection).map {
            KeyCase(key: $0.key, model: ClaimModel(), calls: $0.calls, refused: $0.refused)
        }
        countKeys(cases.count)
        judge(cases)
    }

    static func reads<Action>(
        _ operation: OperationRecord, _ observations: [Observation], _ action: (Value) -> Action
    ) -> [Meaning<Action>] {
        observations.filter { $0.operation == operation.name }
            .compactMap { operation.observedValue($0).map { .read(action($0)) } }
    }

    func operations<Action>(of key: KeyCalls<Action>) -> [OperationRecord] {
        (key.calls + key.refused).map { facts.operations[$0.operation] }
    }

    /// The declared initial value for this key, or none; `nil` if it is declared but cannot be filled in,
    /// which is noted.
    mutating func initialValue<Action>(of key: KeyCalls<Action>) -> (value: Value?, Void)? {
        guard let template = model.initial else { return (nil, ()) }
        for operation in operations(of: key) {
            if let value = operation.value(of: template) { return (Canonical.value(value), ()) }
        }
        skip(key.key, "its initial state names a value that no operation on it has")
        return nil
    }
}

extension [Transition] {
    /// Whether the operation, done again, stays in the state to which it led.
    fileprivate func leadNowhereElse(_ operation: String) -> Bool {
        let mine = filter { $0.operation == operation }
        return Set(mine.map(\.to)).count == 1
            && mine.contains { $0.from.isEmpty || $0.from.contains($0.to) }
    }
}

/// States by number, in order of appearance.
struct StateNumbers {
    private(set) var names: [String] = []
    private var numbers: [String: Int] = [:]

    @discardableResult
    mutating func add(_ name: String) -> Int {
        if let number = numbers[name] { return number }
        numbers[name] = names.count
        names.append(name)
        return names.count - 1
    }

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
