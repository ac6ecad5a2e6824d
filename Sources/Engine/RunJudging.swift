// The one way in which a run is judged, while it lasts, when it is over and again later.

import Checking
import History
import Scenario

/// What is known of a run beside its scenario.
struct RunJudging {
    var history: History
    var observations = Observations()
    var isSequential: Bool

    /// By what the scenario says must hold; what it accepts is marked so.
    func judgement(by scenario: Scenario) -> Judgement {
        var options = JudgeOptions()
        options.sequential = isSequential
        return judge(history, by: scenario, options: options, observations: observations)
            .accepting(scenario.knownFindings, of: scenario.name, on: CalendarDay(history.header.started))
    }
}
