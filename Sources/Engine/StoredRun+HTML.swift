// The HTML report of a stored run: reads back what the run directory holds; what is missing or damaged is
// said in the report and fails nothing.

import Checking
import Core
import FoundationEssentials
import Histories
import Reporting
public import RunStore
import Scenarios

extension StoredRun {
    /// The run as one offline HTML page of at most `HTMLReport.limitBytes`.
    ///
    /// `environment` gives the values of the scenario's secrets, which are taken out of what replicas and
    /// database logged, and `sensitiveValues` what else is to be. Throws only where the directory tells
    /// nothing of a run at all.
    public func htmlReport(
        environment: [String: String] = [:], sensitiveValues: [String] = []
    ) throws(RunError) -> String {
        HTMLReport(try material(environment, sensitiveValues)).text
    }

    /// Bytes that are read of each log.
    private static let logLimitBytes = 16 << 20
    /// Logs of more replicas are left out.
    private static let replicaLimit = 64

    func material(
        _ environment: [String: String], _ sensitiveValues: [String]
    ) throws(RunError) -> RunMaterial {
        var notices: [String] = []
        var hidden = 0
        let history = storedHistory(&notices)
        var material = RunMaterial(report: try anyReport(history, &notices), history: history)
        material.scenarioText = text("scenario.yaml")
        material.scenario = storedScenario(&notices)
        if let record = record(&notices) {
            material.origin = record.origin
            material.environment = record.facts
            hidden = record.sensitiveValues
        } else {
            notices.append(
                "There is no run.json that can be read: versions and machine are left out, and lines of logs can be placed by trace alone."
            )
        }
        let secrets = (material.scenario?.secrets ?? []).compactMap { environment[$0] }
        let redactor = Redactor(sensitiveValues + secrets)
        let observed = Self.observations(in: file(RunDirectory.monitorFile))
        material.observations = redactor.redact(observed.observations)
        notices += observed.notices
        if hidden > max(sensitiveValues.count, secrets.count) {
            notices.append(
                "Lines of logs are left out: they may hold values of the environment of the run that are not known "
                    + "here; the logs are in the run directory.")
        } else {
            let companions = material.scenario?.target.companions.map(\.name) ?? []
            material.logs = logs(replicas: material.report.identity.replicas, companions).map { log in
                LogFile(source: log.source, text: redactor.redact(log.text), isCut: log.isCut)
            }
        }
        if let version = Self.serverVersion(in: material.logs) {
            material.environment.append(("database server", version))
        }
        material.notices = notices
        return material
    }

    // MARK: - Parts

    /// The verdict, else what is known without one.
    private func anyReport(_ history: History?, _ notices: inout [String]) throws(RunError) -> RunReport {
        do {
            return try report()
        } catch {
            notices.append(error.message)
            if let record = record(&notices) { return RunReport(record.identity, unjudged: .unknown) }
            guard let header = history?.header else { throw error }
            let identity = RunIdentity(
                run: directory, command: "contend check \(RerunCommand.quoted(directory))",
                scenario: header.scenario, scenarioFile: "", parameters: [], seed: header.seed,
                database: "unknown", replicas: header.replicas, clients: header.clients,
                sequential: header.isSequential ?? false,
                started: header.started)
            return RunReport(identity, unjudged: .unknown)
        }
    }

    private func storedHistory(_ notices: inout [String]) -> History? {
        let path = historyFile ?? file("history.jsonl")
        guard FileManager.default.fileExists(atPath: path) else {
            notices.append(
                "There is no history in the run directory: timeline, contention and latency are left out.")
            return nil
        }
        do {
            return try HistoryReader.read(path)
        } catch {
            notices.append(
                "The history cannot be used, so timeline, contention and latency are left out: \(error)")
            return nil
        }
    }

    private func storedScenario(_ notices: inout [String]) -> Scenario? {
        let path = file("scenario.yaml")
        do {
            return try ScenarioFile.load(path).resolve([:], environment: [:])
        } catch {
            notices.append(
                "The stored scenario cannot be used, so states and curl lines are left out: \(error)")
            return nil
        }
    }

    private func record(_ notices: inout [String]) -> RunRecord? {
        do {
            return try record()
        } catch {
            notices.append(error.message)
            return nil
        }
    }

    private func logs(replicas: Int, _ companions: [String] = []) -> [LogFile] {
        let ofReplicas = (0..<min(max(0, replicas), Self.replicaLimit)).compactMap {
            log("replicas/\($0)/output.log", of: .replica($0))
        }
        let ofCompanions = companions.compactMap { log("companions/\($0)/output.log", of: .companion($0)) }
        let ofDatabase = [
            "postgresql.json", "postgresql.csv", "postgresql.log", "mariadb.log",
            "node-0/mariadb.log",
        ].lazy
            .compactMap { log("database/\($0)", of: .database) }.first
        return ofReplicas + ofCompanions + [ofDatabase].compactMap { $0 }
    }

    private func log(_ name: String, of source: LogFile.Source) -> LogFile? {
        guard let bytes = try? Data(contentsOf: URL(filePath: file(name)), options: .mappedIfSafe) else {
            return nil
        }
        return LogFile(
            source: source, text: String(decoding: bytes.prefix(Self.logLimitBytes), as: UTF8.self),
            isCut: bytes.count > Self.logLimitBytes)
    }

    /// What its database said of itself when it started, where contend started it.
    var databaseVersion: String? { Self.serverVersion(in: logs(replicas: 0)) }

    /// As a server says it when it starts.
    private static func serverVersion(in logs: [LogFile]) -> String? {
        guard let log = logs.first(where: { $0.source == .database })?.text.prefix(8_192) else { return nil }
        if let maria = log.firstMatch(of: /Starting MariaDB ([0-9.]+)/) { return "MariaDB \(maria.1)" }
        return log.firstMatch(of: /starting (PostgreSQL [^ "]+)/).map { String($0.1) }
    }
}
