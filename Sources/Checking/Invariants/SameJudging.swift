// Sameness: all answers that belong together carry one value, as all that have one Idempotency-Key carry the
// same payment.

import Core
import Histories
import Scenarios

struct SameJudging {
    let facts: RunFacts
    let invariant: Invariant

    func run(_ operation: String, _ field: String, per template: Template) -> InvariantOutcome {
        var outcome = InvariantOutcome()
        var groups: [String: [Int]] = [:]
        for (index, record) in facts.operations.enumerated()
        where record.name == operation && record.outcome == .ok && !facts.isVoid(record) {
            guard let group = record.text(of: template), record.lookUp(field) != nil else {
                outcome.refusal =
                    "some acknowledged \(operation) has no \(field), or not all that `per` names"
                continue
            }
            groups[group, default: []].append(index)
        }
        // An answer alone is the same as no other.
        let judged = groups.filter { $0.value.count > 1 }
        for indexes in judged.values {
            outcome.judged += indexes.count
            if facts.isBurst {
                outcome.places.formUnion(indexes.map { "\(facts.operations[$0].round ?? -1)" })
            }
        }
        let all = facts.isBurst ? outcome.places.count : judged.count
        outcome.violations = judged.sorted { $0.value[0] < $1.value[0] }.compactMap { group, indexes in
            violation(operation, field, group, indexes, of: all)
        }
        return outcome.concluded("no two acknowledged \(operation) belong together")
    }

    /// The first answer and the first that differs from it.
    private func violation(
        _ operation: String, _ field: String, _ group: String, _ indexes: [Int], of judged: Int
    ) -> Violation? {
        func value(_ index: Int) -> Value {
            facts.operations[index].lookUp(field).map(Canonical.value) ?? .null
        }
        let first = indexes[0]
        guard let other = indexes.first(where: { value($0) != value(first) }) else { return nil }
        let values = Set(indexes.map(value))
        return Violation(
            kind: .invariantViolated, check: invariant.name, key: group,
            round: facts.operations[other].round,
            title: "\(indexes.count) \(operation) of \(group) were answered with "
                + "\(Figures.count(values.count, "value")) of \(field) in place of one: "
                + "\(shown(value(first))) and \(shown(value(other))).",
            names: [operation], example: facts.inOrder([first, other]), named: [first, other],
            remarks: [first: "gives \(shown(value(first)))", other: "gives \(shown(value(other)))"],
            closing: "“\(invariant.name)” asks that it is the same.", judged: judged)
    }
}
