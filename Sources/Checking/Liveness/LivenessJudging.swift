// Whether the run got on: deadlocks, pools that nothing comes out of, livelocks, starvation.

import History
import Scenario

struct LivenessJudging {
    let facts: RunFacts
    let isSafetyBroken: Bool

    init(_ facts: RunFacts, explainedBy violations: [Violation]) {
        self.facts = facts
        isSafetyBroken = violations.contains { $0.kind.severity == .safety }
    }

    func judge() -> (violations: [Violation], checks: [Check], steps: [LoadStep], aborted: Int) {
        let deadlocks = DeadlockJudging(
            facts: facts, attribution: Attribution(facts), isSafetyBroken: isSafetyBroken
        ).judge()
        let livelocks = LivelockJudging(facts: facts).judge()
        let violations =
            deadlocks.violations + SQLiteDeadlockJudging(facts: facts).violations()
            + PoolDeadlockJudging(facts: facts).violations() + livelocks.violations
            + StarvationJudging(facts: facts).violations()
        let waits = LockWaitFigures(waits: facts.observations.waits)
        return (
            violations, [deadlocks.check, waits.told, livelocks.check].compactMap(\.self), livelocks.steps,
            livelocks.aborted
        )
    }
}
