// Judges one model over all its keys: decides each, and turns a contradiction into a violation with its
// smallest example.

import Histories
import Scenarios

/// What became of one model.
struct ModelOutcome: Sendable {
    var violations: [Violation] = []
    var keys = 0
    var explored = 0
    /// Reads that observed the model, and acknowledged changes, over all keys.
    var reads = 0
    var acknowledged = 0
    /// Keys whose first read, before any write, is not the declared initial state.
    var contradictedInitial: [String] = []
    /// Keys for which the budget was used up, and the share of their calls that some order explains.
    var exhausted: [(key: String, fraction: Double)] = []
    /// Keys that cannot be judged, with the reason of each.
    var unreadable: [(key: String, reason: String)] = []
    /// What of it was observed.
    var coverage = Coverage()
    /// The whole model cannot be judged.
    var refusal: String?
}

/// Judges one model; the work is bounded by `budget` configurations, and `examplesBudget` more for examples.
///
/// Keys are read and first decided side by side, each within a small budget of its own. What is left over,
/// and all that is told, comes one after the other in the order of the keys: the outcome is the same whatever
/// the machine.
struct ModelJudging<Reading: ModelReading> {
    /// Configurations that all examples of one model may explore: a verdict is told in seconds, with larger
    /// examples if need be.
    static var examplesBudget: Int { 1_000_000 }

    let partition: Partition<Reading>
    private(set) var outcome = ModelOutcome()
    private var budget: Int
    private var examplesLeft = ModelJudging.examplesBudget

    init(_ partition: Partition<Reading>, budget: Int) {
        self.partition = partition
        self.budget = budget
    }

    mutating func run() {
        outcome.coverage.hasReads = partition.hasReads
        partition.countKeyless(into: &outcome.coverage)
        let key = KeyJudging(partition: partition, budget: budget)
        var keys = key.judge(partition.keys, without: nil)
        if let refusal = partition.reading.refusal {
            admit(keys.filter { !$0.isVoid })
            outcome.refusal = refusal
            return
        }
        let origins = ValueOrigins(partition, keys.filter { !$0.isVoid })
        if !origins.isEmpty {
            let strange = keys.indices.filter { !keys[$0].strange.isEmpty }
            let again = key.judge(strange.map { partition.keys[$0] }, without: origins)
            for (index, judged) in zip(strange, again) { keys[index] = judged }
        }
        keys.removeAll(where: \.isVoid)
        admit(keys)
        for key in keys {
            if let reason = key.skipped { outcome.unreadable.append((key.key, reason)) }
            if let elsewhere = key.elsewhere { outcome.violations.append(elsewhere) }
        }
        outcome.violations += keys.compactMap(\.misread)
        outcome.explored = keys.reduce(0) { $0 + $1.explained }
        outcome.keys = keys.filter { $0.unreadable == nil && $0.skipped == nil }.count
        conclude(keys.flatMap(\.cases))
        outcome.violations = partition.reading.merged(outcome.violations)
    }

    /// Takes over what was counted on each key.
    private mutating func admit(_ keys: [JudgedKey<Reading.Judged>]) {
        for key in keys {
            outcome.reads += key.reads
            outcome.acknowledged += key.acknowledged
            if let reason = key.unreadable { outcome.unreadable.append((key.key, reason)) }
        }
        outcome.coverage.add(keys.lazy.map(\.coverage))
    }

    /// Small cases first, so that one hard key does not use up the budget of the others.
    private mutating func conclude(_ cases: [JudgedCase<Reading.Judged>]) {
        for judged in cases.sorted(by: { ($0.size, $0.key) < ($1.size, $1.key) }) {
            if judged.isInitialContradicted {
                if outcome.contradictedInitial.last != judged.key {
                    outcome.contradictedInitial.append(judged.key)
                }
                continue
            }
            guard budget > 0 else {
                outcome.exhausted.append((judged.key, 0))
                continue
            }
            var decision = judged.decision
            if let keyCase = judged.keyCase, decision.verdict == .exhausted || decision.explored > budget {
                decision = keyCase.decide(budget: budget)
            }
            budget -= decision.explored
            outcome.explored += decision.explored
            switch decision.verdict {
            case .linearizable: continue
            case .exhausted: outcome.exhausted.append((judged.key, decision.fraction))
            case .violated:
                if let keyCase = judged.keyCase {
                    outcome.violations.append(violation(of: keyCase, decision))
                }
            }
        }
    }

    private mutating func violation(
        of keyCase: KeyCase<Reading.Judged>, _ decision: Decision<Reading.Judged>
    ) -> Violation {
        let (contradiction, accusation) = accusation(of: keyCase, decision)
        guard !accusation.repeats.isEmpty else { return violation(contradiction, accusation) }
        // Beside the repeats of one change something else may contradict: then that is the story.
        var rest = keyCase
        rest.calls.removeAll { accusation.repeats.contains($0.operation) }
        let again = rest.decide(budget: max(1, budget))
        budget -= again.explored
        outcome.explored += again.explored
        if again.verdict == .violated {
            let (other, told) = self.accusation(of: rest, again)
            if other.reads.isEmpty, told.names != accusation.names, other.isBeside(contradiction) {
                return violation(other, told)
            }
        }
        return violation(contradiction, accusation)
    }

    private mutating func accusation(
        of keyCase: KeyCase<Reading.Judged>, _ decision: Decision<Reading.Judged>
    ) -> (Contradiction<Reading.Judged>, Accusation) {
        let (found, explored) = keyCase.example(of: decision, budget: examplesLeft)
        examplesLeft -= explored
        outcome.explored += explored
        let contradiction = Contradiction(facts: partition.facts, key: keyCase, found: found)
        return (contradiction, keyCase.model.accuse(contradiction))
    }

    private func violation(
        _ contradiction: Contradiction<Reading.Judged>, _ accusation: Accusation
    ) -> Violation {
        let model = contradiction.key.model
        var remarks: [Int: String] = [:]
        for call in contradiction.example { remarks[call.operation] = model.remark(on: call.action) }
        let beside = accusation.context + (accusation.whole ?? [])
        for call in contradiction.key.calls where beside.contains(call.operation) {
            remarks[call.operation] = remarks[call.operation] ?? model.remark(on: call.action)
        }
        remarks.merge(accusation.remarks) { own, _ in own }
        let example = accusation.whole ?? contradiction.example.map(\.operation)
        let told = Set(example + accusation.context).sorted {
            (partition.facts.operations[$0].invoked, $0) < (partition.facts.operations[$1].invoked, $1)
        }
        var violation = Violation(
            kind: accusation.kind, check: partition.model.name, key: contradiction.key.key,
            round: told.compactMap { partition.facts.operations[$0].round }.max(), title: accusation.title,
            names: accusation.names, example: told, remarks: remarks)
        violation.named = accusation.named
        violation.opening =
            contradiction.isRestarted && accusation.whole == nil
            ? model.opening(contradiction.before.initial) : nil
        violation.account = accusation.account
        violation.closing = accusation.closing
        violation.isMinor = accusation.isMinor
        return violation
    }
}
