// The sentence beside each check: what a pass bounds, why it is unknown, how often it is violated.

import Core
import Scenarios

enum Explanation {
    static func check(_ model: Model, _ outcome: ModelOutcome, _ facts: RunFacts) -> Check {
        let (verdict, explanation) = judgement(of: outcome, facts)
        var check = Check(
            kind: .model, name: model.name, verdict: verdict, explanation: explanation, keys: outcome.keys,
            explored: outcome.explored, position: model.position)
        check.isUndecided =
            outcome.refusal != nil || !outcome.exhausted.isEmpty || !outcome.unreadable.isEmpty
            || !outcome.contradictedInitial.isEmpty
        return check
    }

    static func check(_ invariant: Invariant, _ outcome: InvariantOutcome, _ facts: RunFacts) -> Check {
        let verdict: Verdict
        let explanation: String
        if let first = outcome.violations.first {
            verdict = worst(of: outcome.violations.map(\.kind))
            explanation = first.title
        } else if let refusal = outcome.refusal {
            verdict = .unknown
            explanation = refusal
        } else {
            verdict = .pass
            explanation =
                "held \(Figures.count(outcome.judged, "time"))" + bound(facts, facts.writtenRounds)
        }
        var check = Check(
            kind: .invariant, name: invariant.name, verdict: verdict, explanation: explanation,
            keys: outcome.judged, position: invariant.position)
        check.isUndecided = outcome.refusal != nil
        return check
    }

    private static func worst(of kinds: [FindingKind]) -> Verdict {
        kinds.contains { $0.severity == .safety } ? .violation : .degraded
    }

    private static func judgement(of outcome: ModelOutcome, _ facts: RunFacts) -> (Verdict, String) {
        if !outcome.violations.isEmpty {
            let rounds = Set(outcome.violations.compactMap(\.round)).count
            let keys = Set(outcome.violations.map(\.key)).count
            let isByRound = facts.isBurst && rounds > 0
            return (
                worst(of: outcome.violations.map(\.kind)),
                "violated in \(isByRound ? rounds : keys) of "
                    + facts.unit(isByRound ? max(rounds, facts.rounds.count) : outcome.keys)
            )
        }
        if let refusal = outcome.refusal { return (.unknown, refusal) }
        if let undecided = outcome.exhausted.min(by: { $0.key < $1.key }) {
            return (
                .unknown,
                "the budget was used up after \(outcome.explored) configurations; "
                    + "\(outcome.exhausted.count) of \(Figures.count(outcome.keys, "key")) not decided, "
                    + "for instance \(undecided.key), explained to "
                    + Figures.percent(undecided.fraction)
            )
        }
        if let unreadable = outcome.unreadable.min(by: { $0.key < $1.key }) {
            return (
                .unknown,
                "\(Figures.count(outcome.unreadable.count, "key")) cannot be judged, "
                    + "for instance \(unreadable.key): " + unreadable.reason
            )
        }
        if !outcome.contradictedInitial.isEmpty {
            return (.unknown, "the declared initial state is not what was found")
        }
        if outcome.keys == 0 { return (.unknown, "no operation of the run is about it") }
        let held = max(0, outcome.keys - outcome.coverage.missing)
        let text = "held on \(Figures.count(held, "key"))" + bound(facts, outcome.coverage.rounds)
        return (.pass, ([text] + outcome.coverage.remarks).joined(separator: "; "))
    }

    /// The fewest rounds of which the rule of three says anything: with three it says "under 100 %".
    private static let leastRounds = 4

    /// What a pass over independent rounds bounds, of those in which a change was acknowledged and observed.
    private static func bound(_ facts: RunFacts, _ shown: Set<Int>) -> String {
        let rounds = shown.intersection(facts.rounds).count
        guard facts.isBurst, rounds >= leastRounds else { return "" }
        return
            "; 0 of \(Figures.count(rounds, "round")): under "
            + "\(Figures.percent(Figures.ruleOfThree(rounds))) a round at 95 %, rounds independent"
    }
}
