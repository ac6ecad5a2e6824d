// `run` and `check` agree: what is told of a run comes from its record alone, so that a verdict that was lost
// is made anew as it was, and a record that was cut anywhere is judged one way only.

import Checking
import Core
import Foundation
import Histories
import Reporting
import RunStore
import Scenarios
import TestSupport
import Testing
import Traffic

@testable import Engine

@Suite(.serialized) struct AgreementTests {
    /// What becomes of the stored verdict before the run is judged again.
    private enum Damage: CaseIterable { case none, removed, emptied, cut, nonsense }

    static let shipped: [(path: String, database: String)] = {
        let folder = Golden.repository.appending(path: "scenarios").path
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter {
            $0.hasSuffix(".yaml")
        }
        // The waits and deadlocks of some are seen by a monitor of PostgreSQL alone; others race there alone.
        let onPostgreSQL = [
            "lock-order.yaml", "two-connections.yaml", "retry-forever.yaml", "narrow.yaml",
            "write-skew.yaml", "three-party.yaml", "single-statement.yaml",
        ]
        return names.sorted().map { ($0, onPostgreSQL.contains($0) ? "postgresql" : "sqlite") }
            + [
                ("own-service/stock.yaml", "sqlite"), ("own-service/bank.yaml", "sqlite"),
                ("own-service/lists.yaml", "sqlite"), ("own-service/registers.yaml", "sqlite"),
                ("faults/kill.yaml", "sqlite"),
                ("faults/pause.yaml", "postgresql"), ("faults/restart.yaml", "sqlite"),
                ("faults/open.yaml", "sqlite"),
            ]
    }()

    @Test(arguments: shipped)
    func aShippedScenarioIsJudgedAgainAsItsRunJudgedIt(path: String, database: String) async throws {
        let test = try TestRun()
        let file = try ScenarioFile.load(Golden.repository.appending(path: "scenarios/\(path)").path)
        var options = test.options
        options.database = database
        options.pages = []
        var scenario = try file.scenario(options)
        scenario.load.shape = Self.short(scenario.load.shape)
        let results = await Run(scenario, options: options) { _ in }.execute()
        let result = try #require(results.first)
        #expect(result.report.judgement.tally.operations > 0, "\(result.report.notices)")
        try expectAgreement(result, test)
    }

    /// The same shape, over in a second or two.
    private static func short(_ shape: LoadShape) -> LoadShape {
        switch shape {
        case .closed(let clients, _): .closed(clients: clients, duration: .seconds(2))
        case .ramp(let clients, _): .ramp(clients: clients, duration: .seconds(2))
        case .open(let rate, let start, let clients, _):
            .open(perSecond: rate, startClients: start, clients: clients, duration: .seconds(2))
        case .burst(_, let clients): .burst(rounds: 4, clients: clients)
        }
    }

    @Test(arguments: ["racy", "safe", "crash", "refuse"])
    func aRunWithFaultsAndAThresholdIsJudgedAgainAsItWas(mode: String) async throws {
        let test = try TestRun()
        let faults = """
            faults:
              - { at: 0s, kill: { replica: 0, restart-after: 10ms } }
              - { every: 40ms, pause: { replica: 1, for: 5ms } }
            thresholds:
              update.latency: [{ limit: p(50)<1us, abort-early: true, after-operations: 60 }]
            """
        let result = try #require(
            try await test.run(TestScenario(rounds: 60, extra: faults), mode: mode).first)
        try expectAgreement(result, test)
    }

    @Test func anInterruptedRunIsJudgedAgainAsItWas() async throws {
        let test = try TestRun()
        let interruption = Interruption()
        let result = try #require(
            try await test.run(
                TestScenario(rounds: 5_000), mode: "safe", interruption: interruption,
                onEvent: { event in
                    if case .progress(let counters, _) = event, counters.roundsDone > 2,
                        interruption.count == 0
                    {
                        interruption.receive(.terminate)
                    }
                }
            ).first)
        #expect(result.report.judgement.checks.contains { $0.name == "stopped-early" })
        try expectAgreement(result, test)
    }

    // MARK: - Verdicts that were lost

    private func expectAgreement(_ result: RunResult, _ test: TestRun) throws {
        let original = StoredRun(directory: result.directory, historyFile: nil)
        for damage in Damage.allCases {
            let copy = "\(test.folder)/copies/\(damage)"
            try FileManager.default.createDirectory(
                atPath: "\(test.folder)/copies", withIntermediateDirectories: true)
            try FileManager.default.copyItem(atPath: result.directory, toPath: copy)
            try apply(damage, to: "\(copy)/verdict.json")
            let stored = StoredRun(directory: copy, historyFile: nil)
            let again = try Recheck(stored).execute()
            #expect(comparable(again.report) == comparable(result.report), "\(damage)")
            #expect(again.report.judgement.verdict == result.report.judgement.verdict)
            guard result.report.judgement.verdict != .notRun else { continue }
            let comparison = try RunComparison(
                base: [original.compared()], candidate: [stored.compared()])
            #expect(comparison.findings.allSatisfy { $0.change == .known })
            #expect(comparison.thresholds.allSatisfy { $0.change == .known })
            #expect(comparison.rows.allSatisfy { $0.base == $0.candidate }, "\(damage)")
            let hasAcknowledged = result.report.judgement.tally.ok > 0
            #expect(comparison.unmeasured.isEmpty || !hasAcknowledged, "\(comparison.unmeasured)")
        }
    }

    private func apply(_ damage: Damage, to file: String) throws {
        let bytes = try Data(contentsOf: URL(filePath: file))
        switch damage {
        case .none: return
        case .removed: try FileManager.default.removeItem(atPath: file)
        case .emptied: try Data().write(to: URL(filePath: file))
        case .cut: try bytes.prefix(bytes.count / 2).write(to: URL(filePath: file))
        case .nonsense: try Data("{\"version\": 1, \"verdict\": []}".utf8).write(to: URL(filePath: file))
        }
    }

    /// All that a report says; the stored scenario has lines of its own, and clean-up is no part of a record.
    private func comparable(_ report: RunReport) -> Value {
        var report = report
        report.warnings = []
        for index in report.judgement.checks.indices { report.judgement.checks[index].position = nil }
        return report.document
    }

    // MARK: - Records that were cut

    @Test(arguments: ["racy", "safe"])
    func aRecordThatIsCutAnywhereIsJudgedOneWay(mode: String) async throws {
        let test = try TestRun()
        let faults = "faults: [{ at: 0s, pause: { replica: 0, for: 5ms } }]"
        let result = try #require(
            try await test.run(TestScenario(rounds: 3, extra: faults), mode: mode).first)
        let lines = try String(contentsOfFile: "\(result.directory)/history.jsonl", encoding: .utf8)
            .split(separator: "\n").map(String.init)
        try #require(lines.count > 30)
        // The first lines, every fourth and the last.
        for count in 1...lines.count where count < 6 || count % 4 == 0 || count == lines.count {
            let whole = lines.prefix(count).joined(separator: "\n") + "\n"
            let merged = try judge(whole, from: result, as: .merged, test)
            let again = try judge(whole, from: result, as: .segments, test)
            #expect(merged.status == again.status, "cut after line \(count)")
            #expect(
                comparable(merged.report) == comparable(again.report), "cut after line \(count)")
            let verdict = merged.report.judgement.verdict
            let isWhole = count == lines.count
            #expect(isWhole || verdict != .pass, "cut after line \(count)")
            #expect(!isWhole || verdict == result.report.judgement.verdict)
            #expect([0, 1, 2, 3, 4].contains(merged.status.rawValue), "cut after line \(count)")
            if count == 1 { #expect(merged.status == .notRun, "nothing was recorded") }
            // In the middle of the next line, as when the recorder is killed while it writes.
            guard !isWhole, count % 5 == 0 else { continue }
            for part in [1, 9, 40] {
                let torn = whole + lines[count].prefix(part)
                #expect(try judge(torn, from: result, as: .merged, test).status == merged.status)
                let segments = try judge(torn, from: result, as: .segments, test).status
                #expect([1, 2, 3, 4].contains(segments.rawValue), "torn after line \(count)")
            }
        }
    }

    private enum Form { case merged, segments }

    /// What `check` says of the run with this history instead of its own, twice the same.
    private func judge(
        _ history: String, from result: RunResult, as form: Form, _ test: TestRun
    ) throws -> RunResult {
        let folder = "\(test.folder)/cut"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.createDirectory(
            atPath: "\(folder)/segments", withIntermediateDirectories: true)
        for name in ["run.json", "scenario.yaml", "monitor.jsonl"]
        where test.exists("\(result.directory)/\(name)") {
            try FileManager.default.copyItem(
                atPath: "\(result.directory)/\(name)", toPath: "\(folder)/\(name)")
        }
        switch form {
        case .merged: try Data(history.utf8).write(to: URL(filePath: "\(folder)/history.jsonl"))
        case .segments:
            let header = history.prefix { $0 != "\n" } + "\n"
            try Data(header.utf8).write(to: URL(filePath: "\(folder)/segments/history.header"))
            try Data(history.dropFirst(header.count).utf8).write(
                to: URL(filePath: "\(folder)/segments/a.segment"))
        }
        let stored = StoredRun(directory: folder, historyFile: nil)
        let first = try Recheck(stored).execute()
        let second = try Recheck(stored).execute()
        #expect(comparable(first.report) == comparable(second.report))
        #expect(test.exists("\(folder)/verdict.json"))
        return first
    }
}
