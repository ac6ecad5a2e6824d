// Judges one model over all its keys: decides each, and turns a contradiction into a violation with its
// smallest example.

import History
import Scenario

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
    var keyless = 0
    /// The whole model cannot be judged.
    var refusal: String?
    /// Neither read nor observed by declaration: no read is asked for.
    var needsRead = true
}

/// Judges one model; the work is bounded by `budget` configurations, and `examplesBudget` more for examples.
struct ModelJudging {
    /// Configurations that all examples of one model may explore: a verdict is told in seconds, with larger
    /// examples if need be.
    static let examplesBudget = 1_000_000

    let facts: RunFacts
    let model: Model
    private(set) var outcome = ModelOutcome()
    private var budget: Int
    private var examplesLeft = ModelJudging.examplesBudget

    init(_ facts: RunFacts, _ model: Model, budget: Int) {
        self.facts = facts
        self.model = model
        self.budget = budget
    }

    mutating func refuse(_ reason: String) { outcome.refusal = reason }

    mutating func needNoRead() { outcome.needsRead = false }

    /// Takes over what a projection counted, and gives the keys that can be judged.
    mutating func admit<Action>(_ projection: Projection<Action>) -> [KeyCalls<Action>] {
        outcome.keyless += projection.keyless
        return projection.keys.filter { key in
            outcome.reads += key.reads
            outcome.acknowledged += key.acknowledged
            guard let reason = key.unreadable else { return true }
            outcome.unreadable.append((key.key, reason))
            return false
        }
    }

    mutating func skip(_ key: String, _ reason: String) { outcome.unreadable.append((key, reason)) }

    mutating func add(_ violation: Violation) { outcome.violations.append(violation) }

    mutating func replaceViolations(_ violations: [Violation]) { outcome.violations = violations }

    mutating func countKeys(_ count: Int) { outcome.keys += count }

    /// Decides every case, small ones first, so that one hard key does not use up the budget of the others.
    mutating func judge<Judged: AccusingModel>(_ cases: [KeyCase<Judged>]) {
        for keyCase in cases.sorted(by: { ($0.calls.count, $0.key) < ($1.calls.count, $1.key) }) {
            if isInitialContradicted(keyCase) {
                if outcome.contradictedInitial.last != keyCase.key {
                    outcome.contradictedInitial.append(keyCase.key)
                }
                continue
            }
            guard budget > 0 else {
                outcome.exhausted.append((keyCase.key, 0))
                continue
            }
            let decision = keyCase.model.decide(keyCase.calls, budget: budget, recordsOrder: false)
            budget -= decision.explored
            outcome.explored += decision.explored
            switch decision.verdict {
            case .linearizable: continue
            case .exhausted: outcome.exhausted.append((keyCase.key, decision.fraction))
            case .violated: outcome.violations.append(violation(of: keyCase, decision))
            }
        }
    }

    /// A read that ended before any write on the entity began, and is not what the model declares to be
    /// there.
    private func isInitialContradicted<Judged: AccusingModel>(_ keyCase: KeyCase<Judged>) -> Bool {
        let changes = (keyCase.calls + keyCase.refused).filter { !keyCase.model.isRead($0.action) }
        let firstChange = changes.map(\.invoked).min() ?? .max
        for call in keyCase.calls where keyCase.model.isRead(call.action) {
            guard let returned = call.returned, returned < firstChange,
                keyCase.model.apply(call.action, to: keyCase.model.initial) == nil
            else { continue }
            let isBeforeLoad = !facts.entities.neighbours(of: call.operation).contains {
                let other = facts.operations[$0]
                return other.phase == .load && facts.isWrite(other) && other.invoked <= returned
            }
            if isBeforeLoad { return true }
        }
        return false
    }

    private mutating func violation<Judged: AccusingModel>(
        of keyCase: KeyCase<Judged>, _ decision: Decision<Judged>
    ) -> Violation {
        let (contradiction, accusation) = accusation(of: keyCase, decision)
        guard !accusation.repeats.isEmpty else { return violation(contradiction, accusation) }
        // Beside the repeats of one change something else may contradict: then that is the story.
        var rest = keyCase
        rest.calls.removeAll { accusation.repeats.contains($0.operation) }
        let again = rest.model.decide(rest.calls, budget: max(1, budget), recordsOrder: false)
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

    private mutating func accusation<Judged: AccusingModel>(
        of keyCase: KeyCase<Judged>, _ decision: Decision<Judged>
    ) -> (Contradiction<Judged>, Accusation) {
        var search = ExampleSearch(
            keyCase.model, keyCase.calls, decision,
            budget: min(examplesLeft, ExampleSearch<Judged>.budget))
        let found = search.find()
        examplesLeft -= search.explored
        outcome.explored += search.explored
        let contradiction = Contradiction(facts: facts, key: keyCase, found: found)
        return (contradiction, keyCase.model.accuse(contradiction))
    }

    private func violation<Judged: AccusingModel>(
        _ contradiction: Contradiction<Judged>, _ accusation: Accusation
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
            (facts.operations[$0].invoked, $0) < (facts.operations[$1].invoked, $1)
        }
        var violation = Violation(
            kind: accusation.kind, check: self.model.name, key: contradiction.key.key,
            round: told.compactMap { facts.operations[$0].round }.max(), title: accusation.title,
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
