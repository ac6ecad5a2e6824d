// The run: scenario → cluster → traffic → history → judgement → report, connected in one screenful.

import Checking
import Clusters
import Core
import Histories
import Reporting
import RunStore
public import Scenarios

/// One scenario on one cluster, once or several times.
public struct Run: Sendable {
    let scenario: Scenario
    /// An exploration runs another scenario than it was given.
    private let given: Scenario
    let options: RunOptions
    /// Ends a burst early.
    let goal: Goal?
    let interruption: Interruption
    let events: RunEvents
    /// Tests let it fail.
    var makeRecorder: RecorderMaker = { try HistoryRecorder(directory: $0, header: $1) }

    typealias RecorderMaker = @Sendable (_ directory: String, HistoryHeader) throws -> HistoryRecorder

    public init(
        _ scenario: Scenario, options: RunOptions, goal: Goal? = nil,
        interruption: Interruption = Interruption(),
        tell: @escaping RunEventSink
    ) {
        given = scenario
        var options = options
        // A regression is no load: its order is played, whatever else the flags say.
        if options.exploration == nil { options.exploration = scenario.regression.map(ExploreOptions.init) }
        self.scenario = options.exploration.map { scenario.explored($0) } ?? scenario
        self.options = options
        self.goal = goal ?? (options.untilFinding == nil ? nil : .anyFinding)
        self.interruption = interruption
        events = RunEvents(tell, redactor: Redactor(scenario.sensitiveTexts(options.environment)))
    }

    /// Starts the cluster, runs and judges the load as often as asked, and stops the cluster whatever came of
    /// it.
    ///
    /// Never throws: an experiment that did not happen is a result too, with the verdict `notRun` and the
    /// reason.
    public func execute() async -> [RunResult] {
        let clock = RunClock()
        let seed = options.seed ?? scenario.seed ?? UInt64.random(in: 1...UInt64(UInt32.max))
        var trial = Trial(self, seed: seed, clock: clock)
        let observer = ClusterObserver(events, toldToEnd: interruption.relayTerminate)
        let cluster: Cluster
        do {
            try trial.open()
            events.tell(.phase(.starting))
            cluster = try await start(in: trial.directory, observer)
        } catch {
            let result = trial.notRun(RunError(during: error))
            return writePages(of: [result])
        }
        var results: [RunResult] = []
        while true {
            do {
                results.append(try await trial.perform(on: cluster, observer))
                guard wantsAnother(after: results, clock), !observer.hasLostItsGround else { break }
                trial = Trial(self, seed: seed &+ UInt64(results.count), clock: clock)
                try trial.open()
                // Each load begins on a whole cluster, whatever became of the one before.
                try await interruption.cancelling { try await cluster.makeReady() }
                try await cluster.reset()
            } catch {
                results.append(trial.notRun(RunError(during: error)))
                break
            }
        }
        if options.keep, interruption.count == 0 {
            events.tell(.kept(cluster.endpoints, runDirectory: trial.directory.path))
            await interruption.wait()
        }
        events.tell(.phase(.stopping))
        let late = observer.takePending()
        let warnings = await cluster.stop() + late + observer.warnings
        for warning in warnings { events.tell(.warning(warning)) }
        var complete = trial.addingWarnings(warnings, to: results)
        if options.explain { complete = await explaining(complete) }
        return writePages(of: complete)
    }

    /// `--times` and `--until finding`: whether the load runs once more on the same cluster.
    private func wantsAnother(after results: [RunResult], _ clock: RunClock) -> Bool {
        guard interruption.count == 0, let last = results.last else { return false }
        if let most = options.untilFinding {
            return last.report.judgement.newFindings.isEmpty && clock.now() < most.nanoseconds
        }
        return results.count < options.times
    }

    func start(in directory: RunDirectory, _ observer: ClusterObserver) async throws -> Cluster {
        try scenario.requireSecrets(in: options.environment)
        if let exploration = options.exploration {
            try given.requireSchedules(of: exploration.requestNames)
            if options.sequential {
                throw RunError(
                    .usage, "a regression plays one order of statements: leave out --sequential")
            }
        }
        if options.seesStatements { try scenario.requireStatements() }
        let clusterOptions = clusterOptions(in: directory)
        let scenario = scenario
        return try await interruption.cancelling {
            try await Cluster.start(scenario, options: clusterOptions, onEvent: { observer.receive($0) })
        }
    }

    func clusterOptions(in directory: RunDirectory) -> ClusterOptions { options.cluster(in: directory.path) }
}
