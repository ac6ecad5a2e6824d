// `run.json`: what a run was before it began: options, versions, machine. Written first, so that a killed run
// can be judged.

import Checking
import FoundationEssentials
import History
public import Reporting
import Scenario

struct RunRecord {
    /// Members of the verdict that are not known before the run.
    private static let unknownBefore = [
        "verdict", "tally", "findings", "cpu_seconds", "checks", "latency", "duration_nanoseconds",
        "requests_per_second",
        "operations_per_second", "warnings", "notices",
    ]

    var report: RunReport
    /// As typed, redacted.
    var arguments: [String]

    var document: Value {
        guard case .object(var members) = report.document else { return .null }
        for name in Self.unknownBefore { members[name] = nil }
        members["command_line"] = .array(arguments.map { .string($0) })
        members["versions"] = .object([
            "contend": .string(contendVersion), "history": .int(HistoryHeader.currentVersion),
            "verdict": .int(RunReport.currentVersion),
        ])
        members["machine"] = Machine.current.document
        return .object(members)
    }

    /// The report of a run of which nothing but this record is known.
    static func report(from document: Value) throws -> RunReport {
        guard case .object(var members) = document else {
            throw EngineError(.invalid, "run.json is no object")
        }
        let blank = Judgement(verdict: .unknown, findings: [], checks: [], tally: Tally())
        let empty = RunReport(
            run: "", command: "", scenario: "", scenarioFile: "", parameters: [], seed: 0, database: "",
            replicas: 0, clients: 0, sequential: false, started: "", durationNanoseconds: 0,
            requestsPerSecond: 0, operationsPerSecond: 0, judgement: blank)
        guard case .object(let defaults) = empty.document else { return empty }
        for name in unknownBefore { members[name] = defaults[name] }
        return try RunReport(document: .object(members))
    }
}

extension Machine {
    /// The one this process runs on.
    public static var current: Machine {
        let process = ProcessInfo.processInfo
        return Machine(
            system: process.operatingSystemVersionString, cores: process.activeProcessorCount,
            memoryBytes: Int(process.physicalMemory))
    }
}

/// The version of contend.
public let contendVersion = "0.1.0"
