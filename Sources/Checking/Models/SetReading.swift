// How a set is read from a run: it is judged element by element, and every violation of one element is a
// violation of the set.

import Core
import Histories
import Scenarios

/// What an operation did to a whole set.
enum SetAction: Sendable, Hashable {
    case add(Value)
    case remove(Value)
    case elements([Value])
}

extension SetAction: KeyAction {
    var put: Value? {
        switch self {
        case .add(let value): value
        case .remove, .elements: nil
        }
    }

    var given: [Value] {
        switch self {
        case .elements(let values): values
        case .add, .remove: []
        }
    }

    func without(_ values: Set<Value>) -> Self? { .elements(given.filter { !values.contains($0) }) }
}

struct SetReading: ModelReading {
    let add: [OperationBinding]
    let remove: [OperationBinding]
    let phantoms: Model.Phantoms

    func isIdempotent(_ action: SetAction) -> Bool { true }

    func read(
        _ operation: OperationRecord, observed: [Value], into meanings: inout [Meaning<SetAction>]
    ) {
        for binding in add where binding.operation == operation.name {
            meanings.append(
                operation.value(of: binding.value).map { .change(.add($0), retried: .add($0)) }
                    ?? .unreadable("the element added by \(operation.name) is not known"))
        }
        for binding in remove where binding.operation == operation.name {
            meanings.append(
                operation.value(of: binding.value).map { .change(.remove($0), retried: .remove($0)) }
                    ?? .unreadable("the element removed by \(operation.name) is not known"))
        }
        for value in observed {
            if let elements = value.elements { meanings.append(.read(.elements(elements))) }
        }
    }

    /// One case for each element that is added, removed, read or there from the beginning.
    ///
    /// Where nothing is ever removed, one pass over all reads tells which elements are right; only the others
    /// are left to be decided.
    func cases(
        of key: KeyCalls<SetAction>, initial: Value?, _ facts: RunFacts
    ) throws(Unreadable) -> [KeyCase<PresenceModel>] {
        if let initial, initial.elements == nil {
            throw Unreadable("its initial state is not a list of elements")
        }
        let key = withoutPhantoms(key, initial: initial?.elements)
        let wrong = PresenceSweep(key.calls, initial: initial?.elements).map {
            Set($0.wrongElements().map(\.value))
        }
        if let wrong, wrong.isEmpty { return [] }
        return Self.cases(of: key, initial: initial?.elements, among: wrong)
    }

    /// Where phantoms are ignored, reads without what nobody had sent by then and was not declared to be
    /// there: the service's own.
    private func withoutPhantoms(_ key: KeyCalls<SetAction>, initial: [Value]?) -> KeyCalls<SetAction> {
        guard phantoms == .ignored else { return key }
        var sent: [Value: Int64] = [:]
        for call in [key.calls, key.refused].joined() {
            if let value = call.action.put { sent[value] = min(sent[value] ?? .max, call.invoked) }
        }
        for value in initial ?? [] { sent[value] = .min }
        var own = key
        for index in own.calls.indices {
            guard case .elements(let values) = own.calls[index].action else { continue }
            let returned = own.calls[index].returned ?? .max
            own.calls[index].action = .elements(values.filter { sent[$0] ?? .max <= returned })
        }
        return own
    }

    /// Of those `among`, or of all.
    private static func cases(
        of key: KeyCalls<SetAction>, initial: [Value]?, among wanted: Set<Value>?
    ) -> [KeyCase<PresenceModel>] {
        var changes: [Value: [Call<PresenceAction>]] = [:]
        var refused: [Value: [Call<PresenceAction>]] = [:]
        var elements = Set(initial ?? [])
        var reads: [(call: Call<SetAction>, seen: Set<Value>)] = []
        for call in key.calls {
            switch call.action {
            case .add(let value):
                changes[value, default: []].append(call.as(.add))
                elements.insert(value)
            case .remove(let value):
                changes[value, default: []].append(call.as(.remove))
                elements.insert(value)
            case .elements(let values):
                let seen = Set(values)
                reads.append((call, seen))
                elements.formUnion(seen)
            }
        }
        for call in key.refused {
            switch call.action {
            case .add(let value): refused[value, default: []].append(call.as(.add))
            case .remove(let value): refused[value, default: []].append(call.as(.remove))
            case .elements: continue
            }
        }
        let declared = initial.map(Set.init)
        return elements.filter { wanted?.contains($0) ?? true }.map { element in
            let presence = declared.map { $0.contains(element) ? Presence.present : .missing } ?? .unbound
            return KeyCase(
                key: key.key, element: shown(element), model: PresenceModel(initial: presence),
                calls: (changes[element] ?? [])
                    + reads.map { $0.call.as(.seen($0.seen.contains(element))) },
                refused: refused[element] ?? [])
        }.sorted { ($0.element ?? "") < ($1.element ?? "") }
    }

    /// A read that holds the same element twice.
    func misread(_ key: KeyCalls<SetAction>, _ check: String, _ facts: RunFacts) -> Violation? {
        var numbers = Numbering<Value>()
        let key = withoutPhantoms(key, initial: nil)
        // For each element the call that showed it last.
        var shownBy: [Int] = []
        for (place, call) in key.calls.enumerated() {
            guard case .elements(let values) = call.action else { continue }
            let twice = values.first { value in
                let number = numbers.number(of: value)
                if number == shownBy.count { shownBy.append(-1) }
                defer { shownBy[number] = place }
                return shownBy[number] == place
            }
            guard let twice else { continue }
            let operation = facts.operations[call.operation]
            return Violation(
                kind: .duplicate, check: check, key: key.key, round: operation.round,
                title: "\(operation.name) shows \(shown(twice)) more than once.",
                names: [operation.name], example: [call.operation],
                remarks: [call.operation: "shows \(shown(twice)) twice"])
        }
        return nil
    }

    /// Elements of one key that are wrong in the same way are one violation, told by the smallest example.
    func merged(_ violations: [Violation]) -> [Violation] {
        var merged: [Violation] = []
        var counts: [Int] = []
        for violation in violations {
            let alike = merged.firstIndex {
                $0.key == violation.key && $0.kind == violation.kind && $0.names == violation.names
            }
            guard let alike else {
                merged.append(violation)
                counts.append(1)
                continue
            }
            counts[alike] += 1
            if violation.example.count < merged[alike].example.count { merged[alike] = violation }
        }
        for (index, count) in counts.enumerated() where count > 1 {
            merged[index].occurrences = count
            merged[index].title +=
                count == 2
                ? " So is another element of it." : " So are \(count - 1) other elements of it."
        }
        return merged
    }
}

extension Call {
    /// The same call, seen as another model's action.
    func `as`<Other: Hashable & Sendable>(_ action: Other) -> Call<Other> {
        Call<Other>(operation: operation, action: action, invoked: invoked, returned: returned)
    }
}
