// Values that were written to one key and are read on another: whatever that key held at first, it was not
// that.

import Core
import History
import Scenario

/// Where each value was written that contend drew once for the whole run.
///
/// Only such values say where they come from: `true` or `1` may well have been there from the beginning.
struct ValueOrigins {
    private var writes: [Value: (key: String, operation: Int)] = [:]

    init(_ facts: RunFacts) { self.facts = facts }

    private let facts: RunFacts

    mutating func note(_ value: Value, on key: String, by operation: Int) {
        guard isDrawn(value, by: facts.operations[operation]), writes[value] == nil else { return }
        writes[value] = (key, operation)
    }

    /// The write to another key that had been sent by then.
    func elsewhere(_ value: Value, than key: String, before read: Call<some ValueAction>) -> Int? {
        guard let write = writes[value], write.key != key,
            facts.operations[write.operation].invoked <= read.returned ?? .max
        else { return nil }
        return write.operation
    }

    var isEmpty: Bool { writes.isEmpty }

    func key(of value: Value) -> String? { writes[value]?.key }

    private func isDrawn(_ value: Value, by operation: OperationRecord) -> Bool {
        if operation.values["unique"] == value { return true }
        return facts.declaration(operation.name)?.vary.contains {
            $0.variation == .unique && operation.values[$0.name] == value
        } ?? false
    }
}

/// An action that writes values and shows values, of a register or of a set.
protocol ValueAction: Hashable, Sendable {
    /// What it puts there.
    var put: Value? { get }
    /// What a read gives.
    var given: [Value] { get }
    /// The same read without what it must not be judged by; `nil` where nothing is left of it.
    func without(_ values: Set<Value>) -> Self?
}

extension RegisterAction: ValueAction {
    var put: Value? { written }

    var given: [Value] {
        if case .read(let value) = self { [value] } else { [] }
    }

    func without(_ values: Set<Value>) -> Self? { nil }
}

extension SetAction: ValueAction {
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

extension ModelJudging {
    /// Tells the first read of each key that gives what was written to another key only; gives back the keys
    /// without what such reads gave.
    mutating func tellElsewhere<Action: ValueAction>(_ keys: [KeyCalls<Action>]) -> [KeyCalls<Action>] {
        var origins = ValueOrigins(facts)
        for key in keys {
            for call in key.calls + key.refused {
                if let value = call.action.put { origins.note(value, on: key.key, by: call.operation) }
            }
        }
        guard !origins.isEmpty else { return keys }
        return keys.map { key in
            var key = key
            let own = Set((key.calls + key.refused).compactMap(\.action.put))
            var isTold = false
            key.calls = key.calls.compactMap { call in
                var strange: [Value: Int] = [:]
                for value in call.action.given where !own.contains(value) {
                    strange[value] = origins.elsewhere(value, than: key.key, before: call)
                }
                guard let first = call.action.given.first(where: { strange[$0] != nil }),
                    let write = strange[first]
                else { return call }
                if !isTold {
                    tellElsewhere(call.operation, first, write, key.key, origins.key(of: first) ?? "")
                }
                isTold = true
                var rest = call
                guard let action = call.action.without(Set(strange.keys)) else { return nil }
                rest.action = action
                return rest
            }
            return key
        }
    }

    private mutating func tellElsewhere(
        _ read: Int, _ value: Value, _ write: Int, _ key: String, _ other: String
    ) {
        let reader = facts.operations[read]
        let isRefused = facts.operations[write].outcome == .fail
        var violation = Violation(
            kind: .phantom, check: model.name, key: key, round: reader.round,
            title: "\(reader.name) gives \(shown(value)), which was sent to the key "
                + "\(shown(.string(other))) only.",
            names: [reader.name],
            example: [write, read].sorted {
                (facts.operations[$0].invoked, $0) < (facts.operations[$1].invoked, $1)
            },
            remarks: [
                read: "shows \(shown(value))",
                write: (isRefused ? "refused, " : "") + "sends \(shown(value))",
            ])
        violation.named = [write, read]
        violation.closing = "Nobody sent \(shown(value)) to \(shown(.string(key)))."
        add(violation)
    }
}
