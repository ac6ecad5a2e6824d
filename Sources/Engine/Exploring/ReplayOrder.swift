// `contend replay`: the schedule of a stored finding, to be run again.

import Checking
import Core
import Histories
public import RunStore
import Scenarios

/// What a finding's schedule needs to run again.
public struct ReplayOrder: Sendable {
    /// The scenario's file, as it is now.
    public let scenarioFile: String
    /// As it was typed: `RUN#ID`.
    let name: String
    private let identity: RunIdentity
    private let schedule: ScheduleRecord

    /// Of `RUN#ID`, a finding of `contend explore`.
    public init(of name: String, out: String) throws(RunError) {
        let named = try NamedFinding(name, out: out)
        guard let id = named.id else {
            throw RunError(.usage, "replay needs a finding of the run: \(name)#1 is its first")
        }
        let report = try named.run.report()
        guard let schedule = try report.finding(id).schedule else {
            throw RunError(
                .usage,
                "\(name) has no schedule: only what `contend explore` has found can be replayed")
        }
        self.name = name
        self.schedule = schedule
        identity = report.identity
        scenarioFile = identity.scenarioFile
    }

    /// The options of the run that found it, and those that are given now.
    public func applied(to options: RunOptions, times: Int) -> RunOptions {
        var options = options
        for parameter in identity.parameters where options.settings[parameter.name] == nil {
            options.settings[parameter.name] = parameter.value
        }
        if options.database == nil { options.database = identity.database }
        var exploration = ExploreOptions()
        exploration.replay = ExploreOptions.Replay(name: name, schedule: schedule, times: times)
        options.exploration = exploration
        return options
    }
}
