// `run --once`: each operation once, with its request and answer in full, to see how a service is understood.

import Clusters
import Core
import Histories
public import RunStore
public import Scenarios
public import Traffic

/// Sends every operation of the load once against a fresh cluster.
public struct RunOnce: Sendable {
    let run: Run

    public init(
        _ scenario: Scenario, options: RunOptions, interruption: Interruption = Interruption(),
        tell: @escaping RunEventSink
    ) {
        run = Run(scenario, options: options, interruption: interruption, tell: tell)
    }

    /// The exchanges in order, redacted.
    public func execute() async throws(RunError) -> [Exchange] {
        let clock = RunClock()
        let seed = run.options.seed ?? run.scenario.seed ?? UInt64.random(in: 1...UInt64(UInt32.max))
        let trial = Trial(run, seed: seed, clock: clock)
        do {
            try trial.open()
            run.events.tell(.phase(.starting))
            let observer = ClusterObserver(run.events, toldToEnd: run.interruption.relayTerminate)
            let cluster = try await run.start(in: trial.directory, observer)
            let result = await exchanges(trial, on: cluster)
            for warning in await cluster.stop() { run.events.tell(.warning(warning)) }
            return try result.get()
        } catch {
            let error = RunError(during: error)
            throw RunError(error.code, trial.redactor.redact(error.message))
        }
    }

    private func exchanges(_ trial: Trial, on cluster: Cluster) async -> Result<[Exchange], any Error> {
        do {
            // No load, and so no figures of one at its end.
            var header = trial.header
            header.marksEnd = false
            let recorder = try HistoryRecorder(
                directory: trial.directory.file("segments"), header: header)
            let traffic = try trial.traffic(on: cluster, recorder)
            let exchanges: [Exchange]
            do {
                run.events.tell(.phase(.setup))
                try await run.interruption.cancelling { try await traffic.setUp() }
                run.events.tell(.phase(.once))
                exchanges = try await run.interruption.cancelling { try await traffic.once() }
            } catch {
                _ = await traffic.finish()
                throw error
            }
            _ = await traffic.finish()
            try RunDirectory.mergeHistory(in: trial.directory.path)
            return .success(exchanges)
        } catch {
            return .failure(error)
        }
    }
}
