// What a stored finding gives another exploration: the scenario and settings of its run, its schedule, and
// the operations that raced.

import Checking
import Core
import Histories
public import RunStore
import Scenarios

/// A finding of an earlier run, named `RUN#ID`.
public struct StoredFinding: Sendable {
    let name: String
    private let identity: RunIdentity
    let finding: Finding
    /// The directory of its run.
    private let directory: String

    public init(_ name: String, out: String) throws(RunError) {
        let named = try NamedFinding(name, out: out)
        guard let id = named.id else {
            throw RunError(.usage, "a finding of the run is needed: \(name)#1 is its first")
        }
        let report = try named.run.report()
        self.name = name
        identity = report.identity
        finding = try report.finding(id)
        directory = named.run.directory
    }

    /// Of a run that has just ended.
    init(_ finding: Finding, of result: RunResult) {
        name = "\(result.report.identity.run)#\(finding.number)"
        identity = result.report.identity
        self.finding = finding
        directory = result.directory
    }

    /// The scenario's file, as it is now.
    public var scenarioFile: String { identity.scenarioFile }

    /// The parameters and the database of the run, where the options name no others.
    public func applied(to options: RunOptions) -> RunOptions {
        var options = options
        for parameter in identity.parameters where options.settings[parameter.name] == nil {
            options.settings[parameter.name] = parameter.value
        }
        if options.database == nil { options.database = identity.database }
        return options
    }

    /// The values of its run.
    var parameters: [Parameter] { identity.parameters }

    /// Its schedule alone, so many times; `isGuided` where the service may have changed.
    public func replay(times: Int, isGuided: Bool = false) throws(RunError) -> ExploreOptions {
        var options = ExploreOptions()
        options.replay = ExploreOptions.Replay(
            name: name, schedule: try schedule(), times: times, isGuided: isGuided, origin: directory)
        return options
    }

    func schedule() throws(RunError) -> ScheduleRecord {
        guard let schedule = finding.schedule ?? finding.explained?.schedule else {
            throw RunError(
                .usage,
                "\(name) has no schedule, as `contend explore` has not found it: `contend explore --from "
                    + "\(RerunCommand.quoted(name))` looks for one")
        }
        return schedule
    }

    /// The operations of the load in its smallest example, each as often as it is there.
    public func racingOperations() throws(RunError) -> [String] {
        let names = finding.example.filter { $0.phase == .load }.map(\.name)
        guard ExploreSettings.requestsRange.contains(names.count) else {
            throw RunError(
                .usage,
                "\(name) has \(Figures.count(names.count, "operation")) of the load in its example; between 2 and "
                    + "\(ExploreSettings.requestsRange.upperBound) can be explored: name them with --operations"
            )
        }
        return names
    }
}
