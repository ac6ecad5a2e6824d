// The load phase of one trial: traffic, faults, progress, the user's signal and the deadline side by side.

import Checking
import Clusters
import Core
import Histories
import RunStore
import Scenarios
import Traffic

struct LoadPhase {
    /// Between two looks at the counters.
    static let progressInterval = Duration.milliseconds(100)

    let trial: Trial
    let traffic: LoadGenerator
    let cluster: Cluster
    let observer: ClusterObserver
    let schedules: ScheduleRecording?
    private let findings = FindingCount()

    /// Why the load is over.
    struct Result {
        /// The threshold that ended it early.
        var exceeded: ExceededThreshold?
        /// The error that ended it early.
        var failure: (any Error)?
        /// A signal came before it was over.
        var wasInterrupted = false
    }

    /// Whether the end of a part ends the phase.
    private enum Ending: Sendable {
        case decides
        case interrupted
        case exceeds(ExceededThreshold)
        case fails(any Error)
        case leavesOthers
    }

    /// Runs until the traffic is done, a signal comes, the deadline passes, a threshold ends it or the
    /// cluster is no longer what the scenario says; returns when every fault is healed.
    func run() async -> Result {
        let run = trial.run
        let (clock, seed, faults) = (trial.clock, trial.seed, trial.scenario.faults)
        let result = await withTaskGroup(of: Ending.self, returning: Result.self) { group in
            group.addTask {
                do { try await drive() } catch { return .fails(error) }
                return .decides
            }
            group.addTask {
                await run.interruption.wait()
                return run.interruption.count > 0 ? .interrupted : .leavesOthers
            }
            if let most = run.options.untilFinding {
                group.addTask {
                    try? await Task.sleep(for: .nanoseconds(max(0, most.nanoseconds - clock.now())))
                    return .decides
                }
            }
            if !faults.isEmpty {
                group.addTask {
                    await cluster.runFaults(faults, seed: seed, now: clock.now)
                    return .leavesOthers
                }
            }
            group.addTask { await watch() }
            var result = Result()
            var hasEnded = false
            while let ending = await group.next() {
                switch ending {
                case .leavesOthers: continue
                case .exceeds(let threshold): if !hasEnded { result.exceeded = threshold }
                case .interrupted: result.wasInterrupted = !hasEnded || result.wasInterrupted
                case .fails(let error): result.failure = error
                case .decides: break
                }
                hasEnded = true
                group.cancelAll()
            }
            return result
        }
        trial.tell(.progress(traffic.counters, findings: findings.value))
        return result
    }

    /// Tells the progress, and looks whether a threshold or a trouble ends the load.
    private func watch() async -> Ending {
        while !Task.isCancelled {
            trial.tell(.progress(traffic.counters, findings: findings.value))
            try? await Task.sleep(for: Self.progressInterval)
            if !Task.isCancelled, observer.endsLoad { return .decides }
            if !Task.isCancelled, traffic.canAbortEarly, let exceeded = await traffic.exceededThreshold() {
                return .exceeds(exceeded)
            }
        }
        return .leavesOthers
    }

    /// The whole load at once, or a burst batch by batch until the goal is reached.
    private func drive() async throws {
        if let exploration = trial.options.exploration, let schedules {
            return try await explore(exploration, schedules)
        }
        guard let goal = trial.run.goal, case .burst(let rounds, _) = trial.scenario.load.shape else {
            return try await traffic.run()
        }
        var soFar = JudgementSoFar(trial.scenario)
        let recording = try HistoryFollower(trial.directory.file("segments"))
        for batch in RoundBatches(rounds: rounds) {
            try await traffic.run(rounds: batch)
            guard !Task.isCancelled, batch.upperBound < rounds else { return }
            guard let judgement = judge(recording, &soFar) else { continue }
            findings.value = judgement.findings.count
            if goal.isReached(by: judgement) { return }
        }
    }

    /// Schedule after schedule instead of the load.
    private func explore(_ options: ExploreOptions, _ schedules: ScheduleRecording) async throws {
        let thread = ScheduleThread(
            release: cluster.releaseStatement, now: trial.clock.now,
            probe: { [cluster] () throws(ClusterError) in try cluster.lockProbe() })
        defer { thread.end() }
        let setup = try HistoryRecorder.history(in: trial.directory.file("segments")).operations
        let explorer = Explorer(
            trial: trial, options: options,
            round: ScheduledRound(
                cluster: cluster, traffic: traffic, thread: thread, redactor: trial.redactor),
            recording: schedules, setup: setup, found: { [findings] in findings.value = $0 })
        let operations = traffic.mixedOperations
        try await traffic.explore { try await explorer.run(operations) }
    }

    /// Judges the history as it stands between two batches, when no operation is open; `nil` where that tells
    /// nothing new.
    private func judge(_ recording: HistoryFollower, _ soFar: inout JudgementSoFar) -> Judgement? {
        do {
            return soFar.judgement(of: try recording.history()) { history in
                RunJudging(history: history, isSequential: trial.options.sequential)
                    .judgement(by: trial.scenario)
            }
        } catch {
            trial.tell(.warning("the rounds so far could not be judged, the run goes on: \(error)"))
            return nil
        }
    }
}

/// How many findings are known while the load goes on.
private final class FindingCount: Sendable {
    private let count = Locked(0)

    var value: Int {
        get { count.withLock { $0 } }
        set { count.withLock { $0 = newValue } }
    }
}
