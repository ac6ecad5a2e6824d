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
        case .always(let condition): always(condition)
        case .finally(let condition): finally(condition)
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

    /// Compares every acknowledged answer with itself.
    private func always(_ condition: Condition) -> InvariantOutcome {
        judged(condition, nothing: { "no answer of \($0) has the values it compares" }) { _ in true }
    }

    /// Compares reads after quiescence with what was sent before them on the same keys.
    private func finally(_ condition: Condition) -> InvariantOutcome {
        judged(condition, nothing: { "no \($0) after quiescence has the values it compares" }) {
            $0.phase == .after || $0.phase == .final
        }
    }

    /// Where answers belong together: reads of other names that are compared with one.
    private struct Moment: Hashable {
        var group: EntityGroup
        var phase: Phase
        var round: Int?
        var replica: Int?

        init(_ operation: OperationRecord, _ group: EntityGroup) {
            self.group = group
            phase = operation.phase
            round = operation.round
            replica = operation.decisiveRequest?.replica
        }
    }

    /// The operations that a condition is about.
    private struct Compared {
        /// The operation whose answers are judged.
        var subject: String
        var answers: [EntityGroup: [Int]] = [:]
        var companions: [Moment: [String: Int]] = [:]
        /// What sums range over; without sums, writes are not counted, but told.
        var writes: [EntityGroup: [Int]] = [:]
        var hasSums: Bool
        /// Where a change may yet come, between two reads as well.
        var uncertain: Set<EntityGroup> = []

        func isUncertain(_ group: EntityGroup) -> Bool {
            group.hasKeys ? uncertain.contains(group) : !uncertain.isEmpty
        }
    }

    private func compared(
        _ condition: Condition, where isMeant: (OperationRecord) -> Bool
    ) -> Compared? {
        let shown = condition.sides.flatMap(\.fields).flatMap(\.operations)
        let summed = Set(condition.sides.flatMap(\.aggregates).flatMap(\.operations))
        guard let subject = shown.first else { return nil }
        var compared = Compared(subject: subject, hasSums: !summed.isEmpty)
        for (index, operation) in facts.operations.enumerated() {
            let group = EntityGroup(operation, facts)
            if summed.isEmpty ? facts.isWrite(operation) : summed.contains(operation.name) {
                compared.writes[group, default: []].append(index)
            }
            if facts.isWrite(operation), operation.uncertainEffects > 0 { compared.uncertain.insert(group) }
            guard shown.contains(operation.name), operation.outcome == .ok, !facts.isVoid(operation),
                isMeant(operation)
            else { continue }
            if operation.name == subject {
                compared.answers[group, default: []].append(index)
            } else {
                compared.companions[Moment(operation, group), default: [:]][operation.name] = index
            }
        }
        return compared
    }

    private func judged(
        _ condition: Condition, nothing: (String) -> String, where isMeant: (OperationRecord) -> Bool
    ) -> InvariantOutcome {
        var outcome = InvariantOutcome()
        guard let compared = compared(condition, where: isMeant) else {
            outcome.refusal = "it names the values of no answer"
            return outcome
        }
        let needs = needs
        var lacking = 0
        var unsettled = 0
        for (group, indexes) in compared.answers.sorted(by: { $0.value[0] < $1.value[0] }) {
            var broken: BrokenAnswer?
            let writes = compared.writes[group] ?? []
            for index in indexes {
                let own = facts.operations[index]
                let beside = compared.companions[Moment(own, group)] ?? [:]
                let others = compared.hasSums ? writes.map { facts.operations[$0] } : []
                let evaluation = Evaluation(
                    subject: own, beside: beside.mapValues { facts.operations[$0] },
                    others: others.filter { $0.invoked < own.invoked }, needs: needs)
                guard let result = evaluate(condition, evaluation, into: &outcome) else {
                    lacking += 1
                    continue
                }
                if !result.holds, !beside.isEmpty, compared.isUncertain(group) {
                    unsettled += 1
                    continue
                }
                outcome.judged += 1
                outcome.places.insert(place(of: index, group))
                if !result.holds, broken == nil {
                    broken = BrokenAnswer(
                        operation: index, beside: beside.values.sorted(), comparisons: result.broken)
                }
            }
            if let broken {
                outcome.violations.append(
                    InvariantStory(
                        facts: facts, invariant: invariant, condition: condition, group: group,
                        answer: broken, others: indexes, writes: writes, needs: needs
                    ).violation)
            }
        }
        for index in outcome.violations.indices { outcome.violations[index].judged = outcome.places.count }
        outcome.doubt(lacking: lacking, unsettled: unsettled, answersOf: compared.subject)
        return outcome.concluded(nothing(compared.subject))
    }

    private func place(of answer: Int, _ group: EntityGroup) -> String {
        guard facts.isBurst, let round = facts.operations[answer].round else { return group.name ?? "" }
        return "\(round)"
    }

    private func evaluate(
        _ condition: Condition, _ evaluation: Evaluation, into outcome: inout InvariantOutcome
    ) -> Evaluation.Result? {
        do throws(EvaluationError) {
            return try evaluation.mayHold(condition.root)
        } catch {
            outcome.refusal = error.message
            return nil
        }
    }
}

/// An answer of which a condition does not hold.
struct BrokenAnswer: Sendable {
    var operation: Int
    /// Reads of other names that it was compared with.
    var beside: [Int]
    /// Those that are false, as in `4 <= 3`.
    var comparisons: [String]
}

extension InvariantOutcome {
    /// Says what could not be judged, where that is much.
    fileprivate mutating func doubt(lacking: Int, unsettled: Int, answersOf subject: String) {
        guard refusal == nil else { return }
        if unsettled > 0 {
            refusal =
                "\(Figures.count(unsettled, "answer")) of \(subject) differed where a change of unknown outcome "
                + "may have come between the reads"
        } else if lacking > judged, judged > 0 {
            refusal =
                "\(lacking) of \(Figures.count(lacking + judged, "answer")) of \(subject) lack a value that it "
                + "compares"
        }
    }

    func concluded(_ nothing: String) -> InvariantOutcome {
        var outcome = self
        if outcome.judged == 0, outcome.refusal == nil { outcome.refusal = nothing }
        return outcome
    }
}
