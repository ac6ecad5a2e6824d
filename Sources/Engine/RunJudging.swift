// The one way in which a run is judged, while it lasts, when it is over and again later.

import Checking
import Histories
import Reporting
import RunStore
import Scenarios

/// What is known of a run beside its scenario.
struct RunJudging {
    var history: History
    /// What the monitors saw, and what of it cannot be used.
    var observed: (observations: Observations, notices: [String]) = (Observations(), [])
    var isSequential: Bool

    /// By what the scenario says must hold; what it accepts is marked so.
    func judgement(by scenario: Scenario) -> Judgement {
        var options = JudgeOptions()
        options.sequential = isSequential
        return judge(history, by: scenario, options: options, observations: observed.observations)
            .accepting(scenario.knownFindings, of: scenario.name, on: CalendarDay(history.header.started))
    }

    /// A report with its judgement, its figures and what there is to say beside them.
    func report(_ identity: RunIdentity, by scenario: Scenario) throws -> RunReport {
        let judgement = judgement(by: scenario)
        return RunReport(
            identity, figures: try RunFigures(of: history, isSequential: isSequential), judgement: judgement,
            notices: history.notices + observed.notices + judgement.notices)
    }
}
