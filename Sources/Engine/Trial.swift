// One load on a running cluster, with its own seed, directory, history and verdict.

import Checking
import Clusters
import Core
import Histories
import Reporting
import RunStore
import Scenarios
import Traffic

struct Trial {
    let run: Run
    let seed: UInt64
    let directory: RunDirectory
    let clock: RunClock

    init(_ run: Run, seed: UInt64, clock: RunClock) {
        self.run = run
        self.seed = seed
        self.clock = clock
        directory = RunDirectory(out: run.options.out, scenario: run.scenario.name, seed: seed)
    }

    var scenario: Scenario { run.scenario }
    var options: RunOptions { run.options }
    var redactor: Redactor { run.events.redactor }

    /// Makes the run directory with all that is known before anything starts.
    ///
    /// The seed is told first, whatever comes of it.
    func open() throws(RunError) {
        run.events.log(to: EventLog(file: directory.file("events.log"), clock: clock))
        tell(.seed(seed, runDirectory: directory.path))
        try directory.create()
        var resolved = scenario
        resolved.seed = seed
        try directory.write(redactor.redact(resolved.resolvedYAML()), to: "scenario.yaml")
        var record = RunRecord(
            beginning: redactor.redact(identity), at: clock.originUnixNanoseconds,
            arguments: options.arguments.map(redactor.redact), contend: contendVersion,
            sensitiveValues: scenario.sensitiveValues.count + scenario.secrets.count)
        if options.exploration != nil { record.programs = programs }
        try directory.write(JSON.text(record.document) + "\n", to: "run.json")
    }

    func tell(_ event: RunEvent) { run.events.tell(event) }

    /// Records the load, then judges what was recorded, whatever ended it.
    ///
    /// Throws only where nothing was recorded.
    func perform(on cluster: Cluster, _ observer: ClusterObserver) async throws -> RunResult {
        let recorder = try run.makeRecorder(directory.file("segments"), header)
        try observer.begin(recorder, now: clock.now)
        let traffic: LoadGenerator
        do {
            traffic = try self.traffic(on: cluster, recorder)
        } catch {
            observer.end()
            throw error
        }
        let statements = options.seesStatements ? try StatementRecording(recorder, redactor: redactor) : nil
        if let statements { await cluster.observeStatements(now: clock.now, record: statements.record) }
        let schedules = options.exploration == nil ? nil : try ScheduleRecording(recorder)
        let failure = await LoadRecording(
            trial: self, traffic: traffic, cluster: cluster, observer: observer, statements: statements,
            schedules: schedules
        ).run()
        observer.end()
        tell(.phase(.judging))
        let recorded = try RunDirectory.history(in: directory.path)
        if let failure, recorded.history.operations.isEmpty { throw failure }
        let judged = RunJudging(
            history: recorded.history,
            observed: StoredRun.observations(in: directory.file(RunDirectory.monitorFile)),
            isSequential: options.sequential)
        var report = try judged.report(identity, by: scenario)
        report.warnings += recorded.warnings
        return finish(report)
    }

    func traffic(on cluster: Cluster, _ recorder: HistoryRecorder) throws -> LoadGenerator {
        DescriptorLimit.raise()
        return try LoadGenerator(
            scenario, replicas: cluster.endpoints.map { Address(host: $0.host, port: $0.port) },
            recorder: recorder,
            options: TrafficOptions(
                seed: seed, sequential: options.sequential,
                secrets: try scenario.secretValues(options.environment),
                commands: scenario.runsCommands
                    ? CommandService(values: cluster.commandValues, sensitive: cluster.commandSecrets) {
                        try await Self.run($0, beside: $1, cluster)
                    } : nil),
            clock: TrafficClock(unixOriginNanoseconds: clock.originUnixNanoseconds, now: clock.now))
    }

    private static func run(
        _ words: [String], beside replica: Int, _ cluster: Cluster
    ) async throws -> EndedCommand {
        do {
            let end = try await cluster.run(words, beside: replica)
            return EndedCommand(exit: end.exit, output: end.output, errors: end.errors)
        } catch let error as ClusterError where error.code == .prepare {
            throw CommandNotStarted(error.message)
        }
    }

    var header: HistoryHeader {
        HistoryHeader(
            scenario: scenario.name, seed: seed, replicas: scenario.replicaCount,
            clients: scenario.load.clients, started: directory.started,
            isSequential: options.sequential, marksEnd: true)
    }

    // MARK: - Reports

    /// What an experiment that did not happen reports.
    func notRun(_ error: RunError) -> RunResult {
        let report = redactor.redact(RunReport(identity, unjudged: .notRun, notices: [error.message]))
        let status = error.status.after(run.interruption.first)
        let result = RunResult(report: report, directory: directory.path, status: status)
        if directory.isMade {
            do {
                try store(report)
            } catch {
                tell(.warning(error.message))
            }
        }
        tell(.finished(result))
        return result
    }

    private func finish(_ report: RunReport) -> RunResult {
        var report = redactor.redact(report)
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
        let all = warnings + (run.events.failureReason.map { ["events.log is not complete: \($0)"] } ?? [])
        guard !all.isEmpty, var last = results.last else { return results }
        last.report.warnings += all.map(redactor.redact)
        do {
            try store(last.report)
        } catch {
            last.report.warnings.append(error.message)
        }
        return results.dropLast() + [last]
    }

    private func store(_ report: RunReport) throws(RunError) {
        try directory.write(JSON.text(report.document) + "\n", to: "verdict.json")
    }

    private var identity: RunIdentity {
        RunIdentity(
            run: directory.name, command: RerunCommand(scenario, options, seed: seed).text,
            scenario: scenario.name, scenarioFile: scenario.file, parameters: scenario.parameters, seed: seed,
            database: scenario.databaseName, replicas: scenario.replicaCount, clients: scenario.load.clients,
            sequential: options.sequential, started: directory.started)
    }
}
