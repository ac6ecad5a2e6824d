// How a bounded counter is read from a run.

import Core
import Histories
import Scenarios

struct CounterReading: ModelReading {
    let limit: Template
    let add: [OperationBinding]
    let subtract: [OperationBinding]

    func isIdempotent(_ action: CounterAction) -> Bool { false }

    func read(
        _ operation: OperationRecord, observed: [Value], into meanings: inout [Meaning<CounterAction>]
    ) {
        for (bindings, sign) in [(add, 1), (subtract, -1)] {
            for binding in bindings where binding.operation == operation.name {
                let amount = operation.value(of: binding.value).flatMap(Canonical.integer)
                meanings.append(
                    amount.map { .change(.change(sign * $0), retried: .change(sign * $0)) }
                        ?? .unreadable("the amount of \(operation.name) is not a known whole number"))
            }
        }
        for value in observed {
            meanings.append(
                Canonical.integer(value).map { .read(.observe($0)) }
                    ?? .unreadable("\(operation.name) does not show a whole number"))
        }
    }

    func cases(
        of key: KeyCalls<CounterAction>, initial: Value?, _ facts: RunFacts
    ) throws(Unreadable) -> [KeyCase<CounterModel>] {
        let bounds = key.operations.lazy.compactMap { facts.operations[$0].value(of: limit) }
        guard let limit = bounds.first.flatMap(Canonical.integer), limit >= 0 else {
            throw Unreadable("its limit is not a known whole number")
        }
        let count = initial.flatMap(Canonical.integer)
        if initial != nil, count == nil { throw Unreadable("its initial count is not a whole number") }
        return [KeyCase(key, CounterModel(initial: count, limit: limit))]
    }
}

extension CounterAction: KeyAction {}
