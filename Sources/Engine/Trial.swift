// One load on a running cluster, with its own seed, directory, history and verdict.

import Checking
import Cluster
import History
import Reporting
import Scenario
import Traffic

struct Trial {
    let run: Run
    let seed: UInt64
    let directory: RunDirectory
    let clock: RunClock
    /// What final reads may still take after a signal.
    static let finalReadsGrace = Duration.seconds(5)

    let redactor: Redactor
    private(set) var log: EventLog?

    init(_ run: Run, seed: UInt64, clock: RunClock) {
        self.run = run
        self.seed = seed
        self.clock = clock
        directory = RunDirectory(out: run.options.out, scenario: run.scenario.name, seed: seed)
        redactor = run.scenario.redactor(run.options.environment)
    }

    var scenario: Scenario { run.scenario }
    var options: RunOptions { run.options }

    /// Makes the run directory with all that is known before anything starts.
    mutating func open() throws(EngineError) {
        try directory.create()
        log = EventLog(file: directory.file("events.log"), clock: clock, redactor: redactor)
        log?.append(.seed(seed, runDirectory: directory.path))
        var resolved = scenario
        resolved.seed = seed
        try directory.write(redactor.redact(resolved.resolvedYAML()), to: "scenario.yaml")
        let record = RunRecord(
            report: blankReport(), arguments: options.arguments.map(redactor.redact), clock: clock,
            sensitiveValues: scenario.sensitiveValues.count + scenario.secrets.count)
        try directory.write(JSON.text(record.document) + "\n", to: "run.json")
    }

    func tell(_ event: RunEvent) {
        log?.append(event)
        run.tell(event)
    }

    /// Setup, load with its faults, final reads, history, judgement, report.
    func perform(on cluster: Cluster, _ observer: ClusterObserver) async throws -> RunResult {
        observer.log(to: log)
        let recorder = try HistoryRecorder(directory: directory.file("segments"), header: header)
        try observer.begin(recorder, redactor: redactor, now: clock.now)
        let traffic = try traffic(on: cluster, recorder)
        let monitor =
            options.monitors
            ? await cluster.watch(recordingIn: directory.file(RunDirectory.monitorFile), now: clock.now) : nil
        var exceeded: ExceededThreshold?
        let used: CPUUse
        do {
            tell(.phase("setup"))
            try await run.interruption.cancelling { try await traffic.setUp() }
            tell(.phase("load"))
            let begin = await cluster.cpuClock()
            exceeded = try await Load(trial: self, traffic: traffic, cluster: cluster).run()
            used = await cluster.cpuClock().seconds(since: begin)
            tell(.phase("final reads"))
            try await run.interruption.cancelling(grace: Self.finalReadsGrace) {
                try await traffic.readFinally()
            }
        } catch {
            _ = await traffic.finish()
            _ = await monitor?.finish()
            throw error
        }
        let summary = await traffic.finish()
        if let monitor {
            if monitor.asksServer { tell(.phase("reading the database's log")) }
            for warning in await monitor.finish() { tell(.warning(warning)) }
        }
        observer.end()
        tell(.phase("judging"))
        let judged = try judgeRecorded()
        var report = report(summary, judged.judgement, notices: judged.notices)
        report.abortedEarly = exceeded.map { AbortedEarly($0) }
        if used != CPUUse() {
            report.cpuSeconds = CPUSeconds(service: used.service, database: used.database)
        }
        return try finish(report)
    }

    /// Completes the history on disk, then reads it back: what is judged is what is stored.
    private func judgeRecorded() throws -> (judgement: Judgement, notices: [String]) {
        try RunDirectory.mergeHistory(in: directory.path)
        let history = try HistoryReader.read(directory.file("history.jsonl"))
        let observed = StoredRun.observations(in: directory.file(RunDirectory.monitorFile))
        let judgement = RunJudging(
            history: history, observations: observed.observations, isSequential: options.sequential
        ).judgement(by: scenario)
        return (judgement, interruptionNotices + history.notices + observed.notices + judgement.notices)
    }

    private var interruptionNotices: [String] {
        run.interruption.first.map {
            ["\($0.name) ended the load early: judged is what was recorded until then"]
        }
            ?? []
    }

    func traffic(on cluster: Cluster, _ recorder: HistoryRecorder) throws -> Traffic {
        DescriptorLimit.raise()
        return try Traffic(
            scenario, replicas: cluster.endpoints.map { Address(host: $0.host, port: $0.port) },
            recorder: recorder,
            options: TrafficOptions(
                seed: seed, sequential: options.sequential,
                secrets: try scenario.secretValues(options.environment)), now: clock.now)
    }

    var header: HistoryHeader {
        HistoryHeader(
            scenario: scenario.name, seed: seed, replicas: scenario.replicaCount,
            clients: scenario.load.clients, started: directory.started)
    }

    // MARK: - Reports

    /// What an experiment that did not happen reports.
    func notRun(_ error: EngineError) -> RunResult {
        var report = blankReport()
        report.judgement.verdict = .notRun
        report.notices = [redactor.redact(error.message)]
        let status = error.status.after(run.interruption.first)
        let result = RunResult(report: report, directory: directory.path, status: status)
        // Without a log there is no run directory to store it in.
        if log != nil {
            do {
                try store(report)
            } catch {
                tell(.warning(error.message))
            }
        }
        tell(.finished(result))
        return result
    }

    private func finish(_ report: RunReport) throws(EngineError) -> RunResult {
        var report = report.redacted(by: redactor)
        do {
            try store(report)
        } catch {
            report.warnings.append(error.message)
        }
        let status = ExitStatus(report.judgement.verdict).after(run.interruption.first)
        let result = RunResult(report: report, directory: directory.path, status: status)
        tell(.finished(result))
        return result
    }

    /// What clean-up complained about goes into the last verdict as well; it changes nothing else there.
    func addingWarnings(_ warnings: [String], to results: [RunResult]) -> [RunResult] {
        let all = warnings + (log?.hasFailed == true ? ["events.log is not complete: its disk was full"] : [])
        guard !all.isEmpty, var last = results.last else { return results }
        last.report.warnings += all.map(redactor.redact)
        do {
            try store(last.report)
        } catch {
            last.report.warnings.append(error.message)
        }
        return results.dropLast() + [last]
    }

    private func store(_ report: RunReport) throws(EngineError) {
        try directory.write(JSON.text(report.document) + "\n", to: "verdict.json")
    }

    private func report(_ summary: TrafficSummary, _ judgement: Judgement, notices: [String]) -> RunReport {
        var report = blankReport()
        let seconds = max(Double(summary.durationNanoseconds) / 1_000_000_000, 1e-9)
        let counters = summary.counters
        report.durationNanoseconds = summary.durationNanoseconds
        report.requestsPerSecond = Double(counters.requests) / seconds
        report.operationsPerSecond = Double(counters.ok + counters.fail + counters.unknown) / seconds
        report.releaseSpreadP50Nanoseconds = summary.releaseSpreadP50Nanoseconds
        report.releaseSpreadMaximumNanoseconds = summary.releaseSpreadMaximumNanoseconds
        report.latency = summary.latency.sorted { $0.key < $1.key }
            .map { LatencyFigures(operation: $0.key, histogram: $0.value) }
        report.judgement = judgement
        report.notices = notices + summary.notices + pace(summary)
        return report
    }

    /// What an open load could not keep up with.
    private func pace(_ summary: TrafficSummary) -> [String] {
        guard case .open(let perSecond, _, let clients, _) = scenario.load.shape,
            summary.lateStarts + summary.missedStarts > 0
        else { return [] }
        return [
            "the rate of \(Figures.decimal(perSecond, places: 0))/s was not kept: "
                + "\(Figures.count(summary.lateStarts, "start")) late, "
                + "\(Figures.count(summary.missedStarts)) never made, with at most \(clients) clients"
        ]
    }

    private func blankReport() -> RunReport {
        RunReport(
            run: directory.name, command: RerunCommand(scenario, options, seed: seed).text(redactor),
            scenario: scenario.name, scenarioFile: scenario.file, parameters: scenario.parameters, seed: seed,
            database: scenario.databaseName, replicas: scenario.replicaCount, clients: scenario.load.clients,
            sequential: options.sequential, started: directory.started, durationNanoseconds: 0,
            requestsPerSecond: 0, operationsPerSecond: 0,
            judgement: Judgement(verdict: .unknown, findings: [], checks: [], tally: Tally()))
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
