// Judges one invariant: a sentence about every answer, about the end, about captured values, or about
// progress.

import History
import Scenario

struct InvariantOutcome: Sendable {
    var violations: [Violation] = []
    /// Answers, groups or windows looked at.
    var judged = 0
    /// Why nothing can be said, if so.
    var refusal: String?
}

struct InvariantJudging {
    let facts: RunFacts
    let invariant: Invariant

    func run() -> InvariantOutcome {
        switch invariant.kind {
        case .always(let comparison): always(comparison)
        case .finally(let comparison): finally(comparison)
        case .unique(let operation, let name): unique(operation, name)
        case .progress(let operation, let within, let outsideFaults):
            ProgressJudging(facts: facts, name: invariant.name).run(
                operation, within: within, outsideFaults: outsideFaults)
        }
    }

    private var needs: [String: String] {
        Dictionary(
            facts.scenario.operations.compactMap { operation in
                operation.needs.map { (operation.name, $0.operation) }
            }
        ) { first, _ in first }
    }

    /// The operation whose answers a comparison is about.
    private func subject(of comparison: Comparison) -> String? {
        let names = comparison.left.fieldOperations.union(comparison.right.fieldOperations)
        return names.count == 1 ? names.first : nil
    }

    private func always(_ comparison: Comparison) -> InvariantOutcome {
        var outcome = InvariantOutcome()
        guard let subject = subject(of: comparison) else {
            outcome.refusal = "it must name the fields of exactly one operation"
            return outcome
        }
        let needs = needs
        for (index, operation) in facts.operations.enumerated()
        where operation.name == subject && operation.outcome == .ok && !facts.isVoid(operation) {
            judge(
                index, comparison, Evaluation(subject: operation, others: [], needs: needs), into: &outcome)
        }
        return concluded(outcome, "no answer of \(subject) has the values it compares")
    }

    /// Groups operations by the load's keys that they have, and else by round; a read is compared with what
    /// was sent before it.
    private func finally(_ comparison: Comparison) -> InvariantOutcome {
        var outcome = InvariantOutcome()
        guard let subject = subject(of: comparison) else {
            outcome.refusal = "it must name the fields of exactly one operation"
            return outcome
        }
        let needs = needs
        let summed = comparison.left.operations.union(comparison.right.operations).subtracting([subject])
        var groups: [[String]: [Int]] = [:]
        for (index, operation) in facts.operations.enumerated() where summed.contains(operation.name) {
            groups[group(of: operation), default: []].append(index)
        }
        for (index, operation) in facts.operations.enumerated()
        where operation.name == subject && operation.outcome == .ok && !facts.isVoid(operation) {
            guard operation.phase == .after || operation.phase == .final else { continue }
            let others = (groups[group(of: operation)] ?? []).map { facts.operations[$0] }
                .filter { $0.invoked < operation.invoked }
            judge(
                index, comparison, Evaluation(subject: operation, others: others, needs: needs),
                into: &outcome)
        }
        return concluded(outcome, "no \(subject) after quiescence has the values it compares")
    }

    private func group(of operation: OperationRecord) -> [String] {
        let keys = facts.scenario.load.keys.compactMap { key in
            operation.value(key.name).map { "\(key.name) \(Canonical.text($0))" }
        }
        return keys.isEmpty ? operation.round.map { ["round \($0)"] } ?? [] : keys
    }

    private func judge(
        _ index: Int, _ comparison: Comparison, _ evaluation: Evaluation,
        into outcome: inout InvariantOutcome
    ) {
        do throws(EvaluationError) {
            guard let left = try evaluation.worth(of: comparison.left),
                let right = try evaluation.worth(of: comparison.right)
            else { return }
            guard let holds = Evaluation.mayHold(left, comparison.comparison, right) else {
                outcome.refusal = "\(left.text) and \(right.text) cannot be compared"
                return
            }
            outcome.judged += 1
            if holds { return }
            let operation = facts.operations[index]
            let group = group(of: operation)
            outcome.violations.append(
                Violation(
                    kind: .invariantViolated, check: invariant.name,
                    key: group.isEmpty ? operation.name : group.joined(separator: ", "),
                    round: operation.round,
                    title: "“\(invariant.name)” does not hold: \(comparison.source), but "
                        + "\(left.text) \(comparison.comparison.rawValue) \(right.text) is false.",
                    names: [operation.name], example: [index]))
        } catch {
            outcome.refusal = error.message
        }
    }

    private func unique(_ name: String, _ field: String) -> InvariantOutcome {
        var outcome = InvariantOutcome()
        var holders: [Value: [Int]] = [:]
        var order: [Value] = []
        for (index, operation) in facts.operations.enumerated()
        where operation.name == name && operation.outcome == .ok {
            guard let value = operation.lookUp(field).map(Canonical.value) else { continue }
            outcome.judged += 1
            if holders[value] == nil { order.append(value) }
            holders[value, default: []].append(index)
        }
        for value in order {
            guard let indexes = holders[value], indexes.count > 1 else { continue }
            let round = facts.operations[indexes[1]].round
            outcome.violations.append(
                Violation(
                    kind: .duplicate, check: invariant.name, key: Canonical.text(value), round: round,
                    title: "\(indexes.count) \(name) were answered with the same \(field) \(shown(value)).",
                    names: [name], example: Array(indexes.prefix(2)),
                    closing: "“\(invariant.name)” asks that it never comes twice."))
        }
        return concluded(outcome, "no acknowledged \(name) has a \(field)")
    }

    private func concluded(_ outcome: InvariantOutcome, _ nothing: String) -> InvariantOutcome {
        var outcome = outcome
        if outcome.judged == 0, outcome.refusal == nil { outcome.refusal = nothing }
        return outcome
    }
}
