// Uniqueness: a captured value never comes twice on one key, in one round, or wherever `per` says.

import Core
import Histories
import Scenarios

struct UniqueJudging {
    /// Operations of one value that a finding lists; of more it gives the number.
    static let listLimit = 40

    let facts: RunFacts
    let invariant: Invariant

    private struct Holding: Hashable {
        var group: String
        var value: Value
    }

    func run(_ operation: String, _ field: String, per scope: UniqueScope) -> InvariantOutcome {
        var outcome = InvariantOutcome()
        var holders: [Holding: [Int]] = [:]
        var order: [Holding] = []
        var lacking = 0
        for (index, record) in facts.operations.enumerated()
        where record.name == operation && record.outcome == .ok && !facts.isVoid(record) {
            // contend itself reads the same thing through every replica in the end.
            guard record.phase != .after, record.phase != .final else { continue }
            guard let value = record.lookUp(field).map(Canonical.value) else {
                lacking += 1
                continue
            }
            guard let group = group(of: record, scope) else {
                outcome.refusal = "for some \(operation) it is not known what `per` puts it with"
                continue
            }
            outcome.judged += 1
            let holding = Holding(group: group, value: value)
            if holders[holding] == nil { order.append(holding) }
            holders[holding, default: []].append(index)
            if facts.isBurst { outcome.places.insert("\(record.round ?? -1)") }
        }
        let judged = facts.isBurst ? outcome.places.count : order.count
        outcome.violations = order.compactMap { holding in
            guard let indexes = holders[holding], indexes.count > 1 else { return nil }
            return violation(operation, field, holding, indexes, of: judged)
        }
        if lacking > outcome.judged, outcome.refusal == nil, outcome.judged > 0 {
            outcome.refusal =
                "\(lacking) of \(lacking + outcome.judged) acknowledged \(operation) have no \(field)"
        }
        return outcome.concluded("no acknowledged \(operation) has a \(field)")
    }

    /// The name of the group, empty for the whole run; `nil` where it cannot be told.
    private func group(of record: OperationRecord, _ scope: UniqueScope) -> String? {
        switch scope {
        case .key: EntityGroup(record, facts).name ?? ""
        case .run: ""
        case .each(let template): record.text(of: template)
        }
    }

    private func violation(
        _ operation: String, _ field: String, _ holding: Holding, _ indexes: [Int], of judged: Int
    ) -> Violation {
        let place = holding.group.isEmpty ? "" : " of \(holding.group)"
        var violation = Violation(
            kind: .duplicate, check: invariant.name, key: Canonical.text(holding.value),
            round: facts.operations[indexes[1]].round,
            title: "\(indexes.count) \(operation)\(place) were answered with the same \(field) "
                + "\(shown(holding.value)).",
            names: [operation], example: Array(indexes.prefix(Self.listLimit)),
            closing: "“\(invariant.name)” asks that it never comes twice.", judged: judged)
        if indexes.count > Self.listLimit {
            violation.account = ["… \(indexes.count - Self.listLimit) \(operation) more, not listed"]
        }
        return violation
    }
}
