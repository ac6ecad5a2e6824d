// `contend check`: judges a stored history again, also one whose run was killed before it could be judged.

import Checking
import Core
import FoundationEssentials
import Histories
import Reporting
public import RunStore
public import Scenarios

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
    /// Everything that is told comes from the record (history, monitors, `run.json`), so that it is what the
    /// run itself told. `verdict.json` is written where there is none that can be read, and replaced where it
    /// says that the experiment did not happen or where the run had not completed its history; any other
    /// stays as it is. Another scenario than the stored one writes nothing.
    public func execute() throws(RunError) -> RunResult {
        do {
            let stored = storedReport()
            let isCut = try merge()
            let scenario = try scenario ?? storedScenario()
            guard let history = try history().map(completed) else { return try nothingRecorded(scenario) }
            let identity = knownIdentity(history, scenario, stored)
            let judging = RunJudging(
                history: history, observed: run.observed(),
                isSequential: history.header.isSequential ?? identity.sequential)
            var report = try judging.report(identity, by: scenario)
            // Figures that an older contend did not keep in the history are known from its verdict alone.
            if let stored, stored.judgement.verdict != .notRun, history.load == nil, !history.header.marksEnd
            {
                report.figures = stored.figures
            }
            report.warnings = stored?.warnings ?? []
            let redacted = Redactor(scenario.sensitiveValues).redact(report)
            if stored == nil || stored?.judgement.verdict == .notRun || isCut { try store(redacted) }
            return RunResult(
                report: redacted, directory: run.directory, status: ExitStatus(report.judgement.verdict))
        } catch {
            throw RunError(reading: error)
        }
    }

    /// Completes the history of a run that was killed, or whose disk was full; whether there was anything to
    /// complete.
    private func merge() throws -> Bool {
        guard run.historyFile == nil else { return false }
        let isCut = RunDirectory.hasSegments(in: run.directory)
        if isCut || FileManager.default.fileExists(atPath: run.file("history.jsonl")) {
            try RunDirectory.mergeHistory(in: run.directory)
        }
        return isCut
    }

    /// `nil` where the run ended before its first operation.
    private func history() throws -> History? {
        let path = run.historyFile ?? run.file("history.jsonl")
        guard run.historyFile != nil || FileManager.default.fileExists(atPath: path) else { return nil }
        let history = try HistoryReader.read(path)
        return history.operations.isEmpty && history.load == nil && run.historyFile == nil ? nil : history
    }

    /// What a run comes to that was ended before its first operation.
    private func nothingRecorded(_ scenario: Scenario) throws -> RunResult {
        if let stored = storedReport() {
            return RunResult(
                report: stored, directory: run.directory, status: ExitStatus(stored.judgement.verdict))
        }
        guard let record = try? run.record() else {
            throw RunError(
                .notRun, "\(run.directory): nothing was recorded, the run ended before its first operation")
        }
        let report = RunReport(
            record.identity, unjudged: .notRun,
            notices: ["nothing was recorded: the run ended before its first operation, so run it again"])
        try store(report)
        return RunResult(report: report, directory: run.directory, status: .notRun)
    }

    private func storedScenario() throws -> Scenario {
        let path = run.file("scenario.yaml")
        guard FileManager.default.fileExists(atPath: path) else {
            throw RunError(
                .invalid, "there is no scenario.yaml beside the history: name one with --scenario FILE")
        }
        return try ScenarioFile.load(path, knownFindings: knownFindings).resolve([:], environment: [:])
    }

    /// The run's verdict; one that is empty or damaged counts as missing.
    private func storedReport() -> RunReport? {
        guard run.historyFile == nil else { return nil }
        return try? run.report()
    }

    /// A history alone is judged by a scenario that must be named.
    private func command(_ path: String, _ scenario: Scenario) -> String {
        let command = "contend check \(RerunCommand.quoted(path))"
        guard run.historyFile != nil else { return command }
        return "\(command) --scenario \(RerunCommand.quoted(scenario.file))"
    }

    /// What is known of the run beside its judgement: its record, else its verdict, else the history's
    /// header.
    private func knownIdentity(
        _ history: History, _ scenario: Scenario, _ stored: RunReport?
    ) -> RunIdentity {
        if run.historyFile == nil {
            if let record = try? run.record() { return record.identity }
            if let stored { return stored.identity }
        }
        let header = history.header
        let path = run.historyFile ?? run.directory
        return RunIdentity(
            run: path, command: command(path, scenario), scenario: header.scenario,
            scenarioFile: scenario.file, parameters: scenario.parameters, seed: header.seed,
            database: scenario.databaseName, replicas: header.replicas, clients: header.clients,
            sequential: header.isSequential ?? false, started: header.started)
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

    private func store(_ report: RunReport) throws {
        guard run.historyFile == nil, scenario == nil else { return }
        try Data((JSON.text(report.document) + "\n").utf8).write(
            to: URL(filePath: run.file("verdict.json")), options: .atomic)
    }
}
