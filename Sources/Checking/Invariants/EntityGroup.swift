// Which operations an invariant puts together: those on the same keys of the load, else those of one round.

import Histories
import Scenarios

/// The load's keys that an operation has, else its round, else nothing: then the whole run is one group.
struct EntityGroup: Hashable, Sendable {
    private struct Part: Hashable {
        /// Of the key.
        var name: String
        var value: String
    }

    private let keys: [Part]
    private let round: Int?

    init(_ operation: OperationRecord, _ facts: RunFacts) {
        keys = facts.scenario.load.keys.compactMap { key in
            operation.value(key.name).map { Part(name: key.name, value: Canonical.text($0)) }
        }
        round = keys.isEmpty ? operation.round : nil
    }

    var hasKeys: Bool { !keys.isEmpty }

    /// What a finding names, such as the value of the only key; `nil` for the whole run.
    var name: String? {
        if keys.count == 1 { return keys[0].value }
        if let round { return "round \(round)" }
        return keys.isEmpty ? nil : keys.map { "\($0.name) \($0.value)" }.joined(separator: ", ")
    }
}
