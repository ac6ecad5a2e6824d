// `run --explain`: a finding of stress gets its schedule, and the run keeps its verdict.

import Checking
import Core
import FoundationEssentials
import Histories
import Reporting
import RunStore
import Scenarios
import TestSupport
import Testing

@testable import Engine

@Suite(.serialized) struct ExplainTests {
    private static func run(
        _ test: TestRun, change: (inout RunOptions) -> Void = { _ in }
    ) async throws -> RunResult {
        var options = test.options
        options.database = "postgresql"
        options.settings["guard"] = "check-then-act"
        options.rounds = 10
        options.explain = true
        change(&options)
        let path = Golden.repository.appending(path: "scenarios/distinct-tags.yaml").path
        let scenario = try ScenarioFile.load(path).scenario(options)
        return try #require(await Run(scenario, options: options) { _ in }.execute().first)
    }

    @Test func aFindingOfStressHasAScheduleAndBothRunsNameEachOther() async throws {
        let test = try TestRun()
        let result = try await Self.run(test)
        #expect(result.status == .violation)
        let stored = try StoredRun(named: result.directory, out: test.options.out).report()
        let finding = stored.judgement.findings[0]
        let explained = try #require(finding.explained)
        let name = try #require(explained.name, "\(explained.reason ?? "")")
        #expect(explained.replay.map { $0.reproduced == $0.times } == true)
        #expect(!explained.statements.isEmpty)
        // The other run has it as a finding of its own, and says what it was made for.
        let other = try NamedFinding(name, out: test.options.out)
        let report = try other.run.report()
        #expect(try report.finding(other.id ?? "").classID == finding.classID)
        #expect(report.notices.contains { $0.contains("\(result.directory)#\(finding.number)") })
        // Told wherever the run is told, and a schedule that can be replayed and kept.
        let told = [
            stored.summary(.plain, directory: result.directory),
            finding.detail(of: "run", .plain).joined(separator: "\n"),
            MarkdownReport(RunSuite([SuiteRun(stored, exitCode: 1)])).text,
            try TextFile.read("\(result.directory)/report.html"),
        ]
        #expect(told.allSatisfy { $0.contains("contend replay \(name)") })
        #expect(told.prefix(3).allSatisfy { $0.contains("SQL in the order of the schedule") })
        let named = try StoredFinding("\(result.directory)#1", out: test.options.out)
        #expect(try named.replay(times: 1).replay?.schedule == explained.schedule)
    }

    @Test func whereNothingCanBeHeldTheFindingSaysSo() async throws {
        let test = try TestRun()
        let result = try await Self.run(test) { $0.database = "sqlite" }
        #expect(result.status == .violation)
        let reason = result.report.judgement.findings[0].explained?.reason
        #expect(reason?.contains("statements are seen only with") == true)
        #expect(
            result.report.summary(.plain, directory: result.directory).contains(
                "There is no schedule of it"))
    }
}
