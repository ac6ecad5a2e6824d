// Whether the run got on: deadlocks, pools that nothing comes out of, livelocks, starvation.

import Core
import Histories
import Scenarios

/// What the models of a run say of what was acknowledged, for findings that are about something else.
enum ModelWord {
    case broken
    case held
    /// Not all of them could be judged.
    case undecided
    /// There is none.
    case silent

    init(_ checks: [Check], isSafetyBroken: Bool) {
        if isSafetyBroken {
            self = .broken
        } else if checks.contains(where: { $0.kind == .model || $0.kind == .invariant }) {
            self = checks.contains { $0.verdict == .unknown } ? .undecided : .held
        } else {
            self = .silent
        }
    }

    var sentence: String {
        switch self {
        case .broken: "The run has safety findings as well: see them for what was lost."
        case .held: "Nothing acknowledged was lost: every model held."
        case .undecided: "No model was violated, but not all of them could be judged."
        case .silent: "Whether anything was lost is not known: the scenario has no model."
        }
    }
}

struct LivenessJudging {
    let facts: RunFacts
    let models: ModelWord

    /// `checks` and `violations` are those of the models and invariants.
    init(_ facts: RunFacts, checks: [Check], violations: [Violation]) {
        self.facts = facts
        models = ModelWord(checks, isSafetyBroken: violations.contains { $0.kind.severity == .safety })
    }

    func judge() -> (violations: [Violation], checks: [Check], steps: [LoadStep], aborted: Int) {
        let deadlocks = DeadlockJudging(facts: facts, attribution: Attribution(facts), models: models).judge()
        let circles = deadlocks.violations + UpgradeDeadlockJudging(facts: facts).violations()
        // Where statements were held, waits and attempts are the schedule's and no service's.
        if facts.isExplored { return (circles, [monitoring, deadlocks.check].compactMap(\.self), [], 0) }
        let livelocks = LivelockJudging(facts: facts).judge()
        let violations =
            circles + PoolDeadlockJudging(facts: facts).violations() + livelocks.violations
            + StarvationJudging(facts: facts).violations()
        let certification = CertificationFigures(
            observations: facts.observations, databaseName: facts.databaseName)
        let waits = LockWaitFigures(waits: facts.observations.waits)
        return (
            violations,
            [monitoring, deadlocks.check, certification.told, waits.told, livelocks.check].compactMap(\.self),
            livelocks.steps, livelocks.aborted
        )
    }

    /// What the monitors did not see makes unknown what they are asked for.
    private var monitoring: Check? {
        let gaps = facts.observations.gaps
        let isTold = facts.troubles.contains { $0.kind.explainsLostMonitoring }
        guard !gaps.isEmpty, !isTold else { return nil }
        let missed =
            facts.observations.isWatchedInTheEnd
            ? "what happened in between was not seen" : "deadlocks and waits after that are not known"
        return Check(
            kind: .liveness, name: "monitoring", verdict: .unknown,
            explanation: gaps.joined(separator: "; ")
                + ": \(missed); run it again, or with --no-monitors")
    }
}

extension Trouble.Kind {
    /// Whether it says already why the monitors saw no more.
    fileprivate var explainsLostMonitoring: Bool {
        switch self {
        case .databaseDied, .supervisorDied, .monitoringLost, .stoppedEarly: true
        case .faultNotInjected, .faultNotHealed, .replicaDied, .recordingFailed, .setupFailed, .loadFailed,
            .finalReadsFailed, .other:
            false
        }
    }
}
