// Values that were written to one key and are read on another: whatever that key held at first, it was not
// that.

import Core
import Histories
import Scenarios

/// Where each value that was read strangely was written, if contend drew it once for the whole run.
///
/// Only such values say where they come from: `true` or `1` may well have been there from the beginning.
struct ValueOrigins: Sendable {
    private var writes: [Value: (key: String, operation: Int)] = [:]

    var isEmpty: Bool { writes.isEmpty }

    /// Values that reads of the key give and that nothing on it put there.
    static func strange(in key: KeyCalls<some KeyAction>) -> [Value] {
        let own = own(key)
        var strange: Set<Value> = []
        for call in key.calls {
            for value in call.action.given where !own.contains(value) { strange.insert(value) }
        }
        return Array(strange)
    }

    private static func own(_ key: KeyCalls<some KeyAction>) -> Set<Value> {
        var own = Set<Value>(minimumCapacity: key.calls.count)
        for call in key.calls { call.action.put.map { _ = own.insert($0) } }
        for call in key.refused { call.action.put.map { _ = own.insert($0) } }
        return own
    }

    /// The first write of each strange value, in order of the keys.
    init<Reading: ModelReading>(_ partition: Partition<Reading>, _ keys: [JudgedKey<Reading.Judged>]) {
        let strange = Set(keys.flatMap(\.strange))
        guard !strange.isEmpty else { return }
        let judged = Set(keys.lazy.filter { $0.unreadable == nil }.map(\.key))
        let drawing = ["unique", "uuid"] + partition.facts.scenario.operations.flatMap(\.drawn)
        let sent = partition.entities(with: strange, among: drawing)
        for entity in partition.keys
        where sent.contains(entity) && judged.contains(partition.facts.entities.names[entity]) {
            guard let key = partition.read([entity]).first?.calls else { continue }
            for call in [key.calls, key.refused].joined() {
                guard let value = call.action.put, strange.contains(value), writes[value] == nil,
                    partition.isDrawn(value, by: call.operation)
                else { continue }
                writes[value] = (key.key, call.operation)
            }
        }
    }

    /// The write to another key that had been sent by then.
    private func elsewhere(
        _ value: Value, than key: String, before read: Call<some KeyAction>, _ facts: RunFacts
    ) -> Int? {
        guard let write = writes[value], write.key != key,
            facts.operations[write.operation].invoked <= read.returned ?? .max
        else { return nil }
        return write.operation
    }

    /// Tells the first read of the key that gives what was written to another key only, and leaves out of
    /// the key what such reads gave.
    func tell<Action: KeyAction>(
        _ key: inout KeyCalls<Action>, check: String, _ facts: RunFacts
    ) -> Violation? {
        let own = Self.own(key)
        var told: Violation?
        key.calls = key.calls.compactMap { call in
            var strange: [Value: Int] = [:]
            for value in call.action.given where !own.contains(value) {
                strange[value] = elsewhere(value, than: key.key, before: call, facts)
            }
            guard let first = call.action.given.first(where: { strange[$0] != nil }),
                let write = strange[first]
            else { return call }
            if told == nil { told = violation(call.operation, first, write, key.key, check, facts) }
            var rest = call
            guard let action = call.action.without(Set(strange.keys)) else { return nil }
            rest.action = action
            return rest
        }
        return told
    }

    private func violation(
        _ read: Int, _ value: Value, _ write: Int, _ key: String, _ check: String, _ facts: RunFacts
    ) -> Violation {
        let reader = facts.operations[read]
        let isRefused = facts.operations[write].outcome == .fail
        return Violation(
            kind: .phantom, check: check, key: key, otherKeys: [writes[value]?.key].compactMap(\.self),
            round: reader.round,
            title: "\(reader.name) gives \(shown(value)), which was sent to the key "
                + "\(shown(.string(writes[value]?.key ?? ""))) only.",
            names: [reader.name],
            example: facts.inOrder([write, read]),
            named: [write, read],
            remarks: [
                read: "shows \(shown(value))",
                write: (isRefused ? "refused, " : "") + "sends \(shown(value))",
            ],
            closing: "Nobody sent \(shown(value)) to \(shown(.string(key))).")
    }
}

extension Partition {
    /// Whether contend drew the value once for the whole run, for this operation.
    fileprivate func isDrawn(_ value: Value, by index: Int) -> Bool {
        let own = facts.operations[index].values
        if own["unique"] == value || own["uuid"] == value { return true }
        return facts.declaration(facts.operations[index].name)?.drawn.contains {
            facts.operations[index].values[$0] == value
        } ?? false
    }

    /// Those about which an operation was sent one of the values under one of the names, in one pass over
    /// the run in its order.
    fileprivate func entities(with values: Set<Value>, among names: [String]) -> Set<Int> {
        var found: Set<Int> = []
        for index in column.indices where column[index] >= 0 {
            let sent = facts.operations[index].values
            for name in names {
                // Few are compared faster than looked up.
                guard let value = sent[name],
                    values.count > 4 ? values.contains(value) : values.contains(where: { $0 == value })
                else { continue }
                found.insert(Int(column[index]))
            }
        }
        return found
    }
}

extension OperationDeclaration {
    /// Names of the values that are drawn once for the whole run.
    fileprivate var drawn: [String] { vary.filter { $0.variation == .unique }.map(\.name) }
}
