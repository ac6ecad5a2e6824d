// `contend check`: judges a stored history again, also one whose run was killed before it could be judged.

import Checking
import FoundationEssentials
import History
import Reporting
public import Scenario

/// A stored run to be judged again.
public struct Recheck: Sendable {
    let run: StoredRun
    /// Another scenario than the stored one.
    let scenario: Scenario?
    /// A file that is taken instead of what the stored scenario has.
    let knownFindings: String?

    public init(_ run: StoredRun, scenario: Scenario? = nil, knownFindings: String? = nil) {
        self.run = run
        self.scenario = scenario
        self.knownFindings = knownFindings
    }

    /// Judges the history by the stored scenario, or the one given.
    ///
    /// A run that has no verdict yet gets this one as its `verdict.json`; an existing verdict stays as it is.
    public func execute() throws(EngineError) -> RunResult {
        do {
            let (history, scenario) = (try completed(history()), try scenario ?? storedScenario())
            var report = try knownReport(history, scenario)
            let observed =
                run.historyFile == nil
                ? StoredRun.observations(in: run.file(RunDirectory.monitorFile))
                : (observations: Observations(), notices: [])
            report.judgement = RunJudging(
                history: history, observations: observed.observations, isSequential: report.sequential
            ).judgement(by: scenario)
            report.notices = history.notices + observed.notices + report.judgement.notices
            let redacted = report.redacted(by: Redactor(scenario.sensitiveValues))
            try storeIfFirst(redacted)
            return RunResult(
                report: redacted, directory: run.directory, status: ExitStatus(report.judgement.verdict))
        } catch {
            throw EngineError(reading: error)
        }
    }

    private func history() throws -> History {
        if let file = run.historyFile { return try HistoryReader.read(file) }
        try RunDirectory.mergeHistory(in: run.directory)
        return try HistoryReader.read(run.file("history.jsonl"))
    }

    private func storedScenario() throws -> Scenario {
        let path = run.file("scenario.yaml")
        guard FileManager.default.fileExists(atPath: path) else {
            throw EngineError(
                .invalid, "there is no scenario.yaml beside the history: name one with --scenario FILE")
        }
        return try ScenarioFile.load(path, knownFindings: knownFindings).resolve([:], environment: [:])
    }

    /// What is known of the run beside its judgement: its verdict, else its record, else the history's
    /// header.
    private func knownReport(_ history: History, _ scenario: Scenario) throws -> RunReport {
        if run.historyFile == nil {
            if let document = try run.read("verdict.json") {
                let report = try RunReport(document: document)
                if report.judgement.verdict != .notRun { return report }
            }
            if let document = try run.read("run.json") {
                return try RunRecord.report(from: document).measured(from: history)
            }
        }
        let header = history.header
        let path = run.historyFile ?? run.directory
        return RunReport(
            run: path, command: "contend check \(path)", scenario: header.scenario,
            scenarioFile: scenario.file, parameters: scenario.parameters, seed: header.seed,
            database: scenario.databaseName, replicas: header.replicas, clients: header.clients,
            sequential: false, started: header.started, durationNanoseconds: 0, requestsPerSecond: 0,
            operationsPerSecond: 0,
            judgement: Judgement(verdict: .unknown, findings: [], checks: [], tally: Tally())
        )
        .measured(from: history)
    }

    /// With the replicas that the run's event log says died under load, where the history does not tell.
    private func completed(_ history: History) -> History {
        guard run.historyFile == nil, history.load == nil, let text = run.text("events.log"),
            !history.troubles.contains(where: { $0.kind == .replicaDied })
        else { return history }
        var history = history
        history.troubles += EventLog.deaths(in: text)
        return history
    }

    private func storeIfFirst(_ report: RunReport) throws {
        let file = run.file("verdict.json")
        guard run.historyFile == nil, !FileManager.default.fileExists(atPath: file) else { return }
        try Data((JSON.text(report.document) + "\n").utf8).write(to: URL(filePath: file), options: .atomic)
    }
}

extension RunReport {
    /// Duration and rates of the load as the history tells them.
    fileprivate func measured(from history: History) -> RunReport {
        let load = history.operations.filter { $0.phase == .load }
        guard let first = load.map(\.invoked).min(), let last = load.map({ $0.returned ?? $0.invoked }).max()
        else { return self }
        var report = self
        let seconds = max(Double(last - first) / 1_000_000_000, 1e-9)
        report.durationNanoseconds = last - first
        report.operationsPerSecond = Double(load.count) / seconds
        report.requestsPerSecond = Double(load.reduce(0) { $0 + $1.requests.count }) / seconds
        return report
    }
}
