// One load from its setup to its last read, recorded as it goes. Once an operation is recorded nothing is
// thrown any more: what goes wrong is recorded beside the operations, and they are judged.

import Clusters
import Core
import FoundationEssentials
import Histories
import Reporting
import RunStore
import Scenarios
import Traffic

struct LoadRecording {
    /// What final reads may still take after a signal, or on a cluster that is no longer whole.
    static let finalReadsGrace = Duration.seconds(5)

    let trial: Trial
    let traffic: LoadGenerator
    let cluster: Cluster
    let observer: ClusterObserver
    let statements: StatementRecording?
    let schedules: ScheduleRecording?

    private var interruption: Interruption { trial.run.interruption }

    /// Setup, load with its faults, final reads, the monitors' record; the error that ended it early, if one
    /// did.
    func run() async -> (any Error)? {
        let monitor =
            trial.options.monitors
            ? await cluster.watch(
                recordingIn: trial.directory.file(RunDirectory.monitorFile), now: trial.clock.now) : nil
        var figures = RunFigures.Load()
        var failure = await setUp()
        if failure == nil {
            failure = await load(&figures)
            await readFinally(after: failure)
        }
        let summary = await traffic.finish()
        await cluster.settle()
        if let monitor {
            if monitor.asksServer { trial.tell(.phase(.databaseLog)) }
            for warning in await monitor.finish() { observer.note(.monitoringLost, warning) }
        }
        await cluster.stopObservingStatements()
        figures.durationNanoseconds = summary.durationNanoseconds
        observer.complete(
            notices: summary.notices + pace(summary) + (statements?.finish() ?? []) + trial.originNotices,
            figures: figures.members)
        return failure
    }

    // MARK: - Parts

    private func setUp() async -> (any Error)? {
        trial.tell(.phase(.setup))
        do {
            let isExploring = schedules != nil
            try await interruption.cancelling { try await traffic.setUp(exploring: isExploring) }
            return nil
        } catch {
            if !noteInterruption("the setup") { note(error, as: .setupFailed) }
            return error
        }
    }

    private func load(_ figures: inout RunFigures.Load) async -> (any Error)? {
        trial.tell(.phase(.load))
        let begin = await cluster.cpuClock()
        let ending = await LoadPhase(
            trial: trial, traffic: traffic, cluster: cluster, observer: observer, schedules: schedules
        ).run()
        let used = await cluster.cpuClock().seconds(since: begin)
        if used != CPUUse() {
            figures.cpuSeconds = CPUSeconds(service: used.service, database: used.database)
        }
        figures.abortedEarly = ending.exceeded.map { AbortedEarly($0) }
        if let failure = ending.failure { note(failure, as: .loadFailed) }
        if ending.wasInterrupted { noteInterruption("the load") }
        // A database that was lost unseen explains what its replicas answered.
        if !observer.hasLostItsGround { await cluster.checkDatabase() }
        return ending.failure
    }

    /// The reads after quiescence; of what is left where the cluster is no longer whole.
    private func readFinally(after failure: (any Error)?) async {
        // Nothing is read from a database that is gone, and nothing recorded by a recorder that failed.
        guard !observer.hasLostItsGround, !isRecordingFailure(failure) else { return }
        trial.tell(.phase(.finalReads))
        let hadCome = interruption.count > 0
        do {
            try await interruption.cancelling(
                grace: Self.finalReadsGrace, limit: observer.endsLoad ? Self.finalReadsGrace : nil
            ) { try await traffic.readFinally() }
        } catch {
            note(error, as: .finalReadsFailed)
        }
        if !hadCome { noteInterruption("the final reads") }
    }

    // MARK: - Troubles

    private func isRecordingFailure(_ error: (any Error)?) -> Bool {
        (error as? TrafficError)?.code == .recording
    }

    private func note(_ error: any Error, as kind: Trouble.Kind) {
        let reason = RunError(during: error)
        observer.note(isRecordingFailure(error) ? .recordingFailed : kind, reason.message)
    }

    /// Whether a signal has come, which is then the reason of what ended.
    @discardableResult
    private func noteInterruption(_ part: String) -> Bool {
        guard let signal = interruption.first else { return false }
        observer.note(.stoppedEarly, "\(signal.rawValue) ended \(part) early")
        return true
    }

    /// What an open load could not keep up with.
    private func pace(_ summary: TrafficSummary) -> [String] {
        guard case .open(let perSecond, _, let clients, _) = trial.scenario.load.shape,
            summary.lateStarts + summary.missedStarts > 0
        else { return [] }
        return [
            "the rate of \(Figures.decimal(perSecond, places: 0))/s was not kept: "
                + "\(Figures.grouped(summary.lateStarts, "start")) late, "
                + "\(Figures.grouped(summary.missedStarts)) never made, with at most \(clients) clients"
        ]
    }
}

extension AbortedEarly {
    fileprivate init(_ exceeded: ExceededThreshold) {
        let threshold = exceeded.threshold
        self.init(
            threshold: threshold.name, measured: threshold.shown(exceeded.measured),
            limit: threshold.shown(threshold.limit), unit: threshold.unit, operations: exceeded.operations)
    }
}
