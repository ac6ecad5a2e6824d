// How a bounded counter is read from a run.

import Core
import Histories
import Scenarios

struct CounterReading: ModelReading {
    let minimum: Template?
    let limit: Template?
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
        func bound(_ template: Template?, _ name: String, otherwise: Int) throws(Unreadable) -> Int {
            guard let template else { return otherwise }
            let known = key.operations.lazy.compactMap { facts.operations[$0].value(of: template) }.first
            guard let number = known.flatMap(Canonical.integer), number >= 0 else {
                throw Unreadable("its \(name) is not a known whole number")
            }
            return number
        }
        let least = try bound(minimum, "minimum", otherwise: 0)
        let most = try bound(limit, "limit", otherwise: .max)
        guard least <= most else { throw Unreadable("its minimum \(least) is above its limit \(most)") }
        let count = initial.flatMap(Canonical.integer)
        if initial != nil, count == nil { throw Unreadable("its initial count is not a whole number") }
        if let count, !(least...most).contains(count) {
            throw Unreadable("its initial count \(count) is not from \(least) to \(most)")
        }
        return [KeyCase(key, CounterModel(initial: count, minimum: least, limit: most))]
    }
}

extension CounterAction: KeyAction {}
