// Judges one invariant: a sentence about every answer, about the end, about captured values, or about
// progress.

import Core
import Histories
import Scenarios

struct InvariantOutcome: Sendable {
    var violations: [Violation] = []
    /// Answers or windows looked at.
    var judged = 0
    /// The keys, of a burst the rounds, in which something was looked at: what violations are counted among.
    var places: Set<String> = []
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
        case .unique(let operation, let name, let scope):
            UniqueJudging(facts: facts, invariant: invariant).run(operation, name, per: scope)
        case .same(let operation, let name, let per):
            SameJudging(facts: facts, invariant: invariant).run(operation, name, per: per)
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

    /// Compares every acknowledged answer with itself.
    private func always(_ comparison: Comparison) -> InvariantOutcome {
        judged(
            comparison, nothing: "no answer of \(subject(of: comparison) ?? "it") has the values it compares"
        ) {
            _ in true
        }
    }

    /// Compares reads after quiescence with what was sent before them on the same keys.
    private func finally(_ comparison: Comparison) -> InvariantOutcome {
        let subject = subject(of: comparison) ?? "read"
        return judged(comparison, nothing: "no \(subject) after quiescence has the values it compares") {
            $0.phase == .after || $0.phase == .final
        }
    }

    private func judged(
        _ comparison: Comparison, nothing: String, where isMeant: (OperationRecord) -> Bool
    ) -> InvariantOutcome {
        var outcome = InvariantOutcome()
        guard let subject = subject(of: comparison) else {
            outcome.refusal = "it must name the fields of exactly one operation"
            return outcome
        }
        let needs = needs
        let summed = comparison.left.operations.union(comparison.right.operations).subtracting([subject])
        // Without sums, writes are not counted, but told.
        var writes: [EntityGroup: [Int]] = [:]
        var answers: [EntityGroup: [Int]] = [:]
        for (index, operation) in facts.operations.enumerated() {
            let group = EntityGroup(operation, facts)
            if summed.isEmpty ? facts.isWrite(operation) : summed.contains(operation.name) {
                writes[group, default: []].append(index)
            }
            if operation.name == subject, operation.outcome == .ok, !facts.isVoid(operation),
                isMeant(operation)
            {
                answers[group, default: []].append(index)
            }
        }
        let groups = answers.sorted { $0.value[0] < $1.value[0] }
        for (group, indexes) in groups {
            var broken: ComparedAnswer?
            for index in indexes {
                let evaluation = Evaluation(
                    subject: facts.operations[index],
                    others: summed.isEmpty
                        ? []
                        : (writes[group] ?? []).map { facts.operations[$0] }
                            .filter { $0.invoked < facts.operations[index].invoked }, needs: needs)
                guard let answer = compare(index, comparison, evaluation, into: &outcome) else { continue }
                outcome.judged += 1
                outcome.places.insert(place(of: index, group))
                if !answer.holds, broken == nil { broken = answer }
            }
            if let broken {
                outcome.violations.append(
                    InvariantStory(
                        facts: facts, invariant: invariant, comparison: comparison, group: group,
                        answer: broken, others: indexes, writes: writes[group] ?? [], needs: needs
                    ).violation)
            }
        }
        for index in outcome.violations.indices { outcome.violations[index].judged = outcome.places.count }
        return outcome.concluded(nothing)
    }

    private func place(of answer: Int, _ group: EntityGroup) -> String {
        guard facts.isBurst, let round = facts.operations[answer].round else { return group.name ?? "" }
        return "\(round)"
    }

    private func compare(
        _ index: Int, _ comparison: Comparison, _ evaluation: Evaluation, into outcome: inout InvariantOutcome
    ) -> ComparedAnswer? {
        do throws(EvaluationError) {
            guard let left = try evaluation.worth(of: comparison.left),
                let right = try evaluation.worth(of: comparison.right)
            else { return nil }
            guard let holds = Evaluation.mayHold(left, comparison.comparison, right) else {
                outcome.refusal = "\(left.text) and \(right.text) cannot be compared"
                return nil
            }
            return ComparedAnswer(operation: index, left: left, right: right, holds: holds)
        } catch {
            outcome.refusal = error.message
            return nil
        }
    }
}

/// One answer with what both sides of a comparison were worth.
struct ComparedAnswer: Sendable {
    var operation: Int
    var left: Worth
    var right: Worth
    var holds: Bool
}

extension InvariantOutcome {
    func concluded(_ nothing: String) -> InvariantOutcome {
        var outcome = self
        if outcome.judged == 0, outcome.refusal == nil { outcome.refusal = nothing }
        return outcome
    }
}
