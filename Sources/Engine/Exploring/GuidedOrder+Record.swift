// Between what the proxy tells, what a history keeps of a schedule, and what a guided replay follows.

import Core
import DatabaseProxy
import Exploration
import Histories

extension Turn {
    /// The statement of a replica, which is the request of that number.
    init(_ statement: PendingStatement, _ footprint: Footprint? = nil) {
        self.init(
            request: statement.replica, statement: statement.text, reads: statement.reads,
            writes: statement.writes, isEnd: statement.isEnd, isUncut: statement.isUncut, footprint: footprint
        )
    }
}

extension GuidedOrder {
    /// The order of a recorded schedule.
    init(_ schedule: ScheduleRecord) {
        self.init(
            schedule.steps.map { step in
                Step(
                    Turn(PendingStatement(recorded: step.statement, replica: step.request)),
                    enabled: step.enabled)
            })
    }
}
