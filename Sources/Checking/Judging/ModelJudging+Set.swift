// A set, judged element by element: every violation of one element is a violation of the set.

import Core
import History
import Scenario

/// What an operation did to a whole set.
enum SetAction: Sendable, Hashable {
    case add(Value)
    case remove(Value)
    case elements([Value])
}

extension ModelJudging {
    mutating func judgeSet(
        _ add: [OperationBinding], _ remove: [OperationBinding], _ read: [Observation]
    ) {
        if read.isEmpty { needNoRead() }
        let projection = Projection<SetAction>(facts, model, isIdempotent: { _ in true }) { operation in
            var meanings: [Meaning<SetAction>] = []
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
            return meanings
                + read.filter { $0.operation == operation.name }.compactMap { observation in
                    operation.observedValue(observation)?.elements.map { .read(.elements($0)) }
                }
        }
        let keys = tellElsewhere(admit(projection))
        countKeys(keys.count)
        var cases: [KeyCase<PresenceModel>] = []
        for key in keys {
            guard let initial = initialValue(of: key) else { continue }
            if let value = initial.value, value.elements == nil {
                skip(key.key, "its initial state is not a list of elements")
                continue
            }
            tellRepeats(in: key)
            cases.append(contentsOf: Self.cases(of: key, initial: initial.value?.elements))
        }
        judge(cases)
        mergeElements()
    }

    /// One case for each element that is added, removed, read or there from the beginning.
    private static func cases(
        of key: KeyCalls<SetAction>, initial: [Value]?
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
        return elements.map { element in
            let presence = declared.map { $0.contains(element) ? Presence.present : .missing } ?? .unbound
            return KeyCase(
                key: key.key, element: shown(element), model: PresenceModel(initial: presence),
                calls: (changes[element] ?? [])
                    + reads.map { $0.call.as(.seen($0.seen.contains(element))) },
                refused: refused[element] ?? [])
        }.sorted { ($0.element ?? "") < ($1.element ?? "") }
    }

    /// A read that holds the same element twice.
    private mutating func tellRepeats(in key: KeyCalls<SetAction>) {
        for call in key.calls {
            guard case .elements(let values) = call.action else { continue }
            var seen: Set<Value> = []
            guard let twice = values.first(where: { !seen.insert($0).inserted }) else { continue }
            let operation = facts.operations[call.operation]
            add(
                Violation(
                    kind: .duplicate, check: model.name, key: key.key, round: operation.round,
                    title: "\(operation.name) shows \(shown(twice)) more than once.",
                    names: [operation.name], example: [call.operation],
                    remarks: [call.operation: "shows \(shown(twice)) twice"]))
            return
        }
    }

    /// Elements of one key that are wrong in the same way are one violation, told by the smallest example.
    private mutating func mergeElements() {
        var merged: [Violation] = []
        var counts: [Int] = []
        for violation in outcome.violations {
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
        replaceViolations(merged)
    }
}

extension Call {
    /// The same call, seen as another model's action.
    fileprivate func `as`<Other: Hashable & Sendable>(_ action: Other) -> Call<Other> {
        Call<Other>(operation: operation, action: action, invoked: invoked, returned: returned)
    }
}
