// An old order on changed code, and regressions made of it, between a real service and a real PostgreSQL.

import Checking
import Core
import FoundationEssentials
import Histories
import RunStore
import Scenarios
import TestSupport
import Testing

@testable import Engine

@Suite(.serialized) struct GuidedReplayTests {
    /// A copy of a shipped scenario, so that what is kept beside it stands in the test's folder.
    private static func copy(_ name: String, to test: TestRun) throws -> String {
        let path = "\(test.folder)/\(name).yaml"
        let text = try TextFile.read(Golden.repository.appending(path: "scenarios/\(name).yaml").path)
        try Data(text.utf8).write(to: URL(filePath: path))
        return path
    }

    private static func run(
        _ path: String, guarded guardName: String?, _ test: TestRun,
        change: (inout RunOptions) throws -> Void = { _ in }
    ) async throws -> RunResult {
        var options = test.options
        options.pages = []
        options.settings["guard"] = guardName.map(Value.string)
        try change(&options)
        let scenario = try ScenarioFile.load(path).scenario(options)
        return try #require(await Run(scenario, options: options) { _ in }.execute().first)
    }

    private static func explore(_ path: String, guarded name: String, _ test: TestRun) async throws
        -> RunResult
    {
        try await run(path, guarded: name, test) {
            $0.exploration = ExploreOptions()
            $0.exploration?.operations = ["deactivate", "rename"]
            $0.exploration?.untilFinding = true
        }
    }

    private static func guided(_ result: RunResult) -> String {
        result.report.judgement.checks.first { $0.name == "guided replay" }?.explanation ?? "no such check"
    }

    @Test func anOldOrderBreaksStillOrNoLongerFits() async throws {
        let test = try TestRun()
        let path = try Self.copy("deactivate-vs-rename", to: test)
        let found = try await Self.explore(path, guarded: "check-then-act", test)
        let stored = try StoredFinding(found.directory + "#1", out: test.options.out)
        func replay(_ guardName: String?) async throws -> RunResult {
            try await Self.run(stored.scenarioFile, guarded: guardName, test) {
                $0 = stored.applied(to: $0)
                $0.exploration = try stored.replay(times: 2, isGuided: true)
            }
        }
        let same = try await replay(nil)
        #expect(same.report.judgement.verdict == .violation)
        #expect(Self.guided(same).hasPrefix("breaks still: the finding shows again in 2 of 2 rounds"))
        #expect(!same.report.notices.contains { $0.contains("not all is as it was") })
        // The old order is refused, and what the service tries again was not there before.
        let cured = try await replay("version-column")
        #expect(cured.report.judgement.verdict == .unknown, "\(cured.report.judgement.checks)")
        #expect(Self.guided(cured).hasPrefix("the order no longer fits: decision "))
        #expect(cured.report.notices.contains { $0.contains("guard check-then-act against version-column") })
        let locked = try await replay("row-lock")
        #expect(locked.report.judgement.verdict == .unknown)
        #expect(Self.guided(locked).hasPrefix("the order no longer fits: decision "))
    }

    @Test func aKeptFindingFailsUntilItIsCured() async throws {
        let test = try TestRun()
        let path = try Self.copy("deactivate-vs-rename", to: test)
        let found = try await Self.explore(path, guarded: "check-then-act", test)
        let finding = found.report.judgement.findings[0]
        let stored = try StoredFinding(found.directory + "#1", out: test.options.out)
        let kept = try stored.keep(as: "lost")
        #expect(kept == "\(test.folder)/regressions/lost.yaml")
        let refusal = #expect(throws: RunError.self) { try stored.keep(as: "lost") }
        #expect(refusal?.message.contains("is there already") == true)
        #expect(throws: RunError.self) { try stored.keep(as: "../lost") }

        let broken = try await Self.run(kept, guarded: nil, test)
        #expect(broken.report.judgement.verdict == .violation, "\(broken.report.notices)")
        #expect(broken.report.judgement.findings.map(\.classID).contains(finding.classID))
        #expect(broken.report.identity.scenario == "deactivate-vs-rename.lost")
        #expect(broken.report.identity.command.hasPrefix("contend run \(kept)"))
        let retried = try await Self.run(kept, guarded: "version-column", test)
        #expect(retried.report.judgement.verdict == .pass, "\(retried.report.judgement.checks)")
        // A lock forbids the old order, so all others are tried.
        let locked = try await Self.run(kept, guarded: "row-lock", test)
        #expect(locked.report.judgement.verdict == .pass, "\(locked.report.judgement.checks)")
        #expect(Self.guided(locked).contains("the order no longer fits"))
        let covered = locked.report.judgement.checks.first { $0.name == "deactivate + rename" }
        #expect(covered?.explanation.contains("with at most 2 preemptions holds") == true)
        // Judged again from the record alone, it is the same.
        let again = try Recheck(StoredRun(directory: locked.directory, historyFile: nil)).execute()
        let explanations = [again, locked].map { $0.report.judgement.checks.map(\.explanation) }
        #expect(explanations[0] == explanations[1])
    }

    /// A request that timed out has an end in the record, and no answer.
    @Test(arguments: [nil, TransportFailure.timeout, .disconnected])
    func aRequestWithoutAnAnswerDecidesNothing(failure: TransportFailure?) {
        var request = RequestRecord(
            step: 0, attempt: 0, replica: 0, method: "PUT", target: "/", sent: 0, received: 9,
            status: failure == nil ? 500 : nil, failure: failure)
        request.outcome = .unknown
        let operation = OperationRecord(
            id: 0, client: 0, name: "put", phase: .load, invoked: 0, returned: 9, requests: [request])
        #expect(ScheduledRound.Outcome.isUnanswered(operation) == (failure != nil))
    }

    @Test func whatARegressionCannotDoIsRefused() async throws {
        let test = try TestRun()
        let path = try Self.copy("deactivate-vs-rename", to: test)
        let text = """
            version: 1
            name: deactivate-vs-rename.lost
            extends: deactivate-vs-rename.yaml
            regression:
              scenario: deactivate-vs-rename
              requests: [deactivate, rename]
              expect: { check: status, kind: lost-update, class: ca460242 }
              schedule:
                - { request: 1, statement: "SELECT ? FROM images" }
            """
        let regression = "\(test.folder)/lost.yaml"
        try Data(text.utf8).write(to: URL(filePath: regression))
        #expect(path.hasSuffix("deactivate-vs-rename.yaml"))
        let lite = try await Self.run(regression, guarded: "row-lock", test) { $0.database = "sqlite" }
        #expect(lite.report.notices.contains { $0.contains("only with `database: postgresql`") })
        let control = try await Self.run(regression, guarded: "row-lock", test) { $0.sequential = true }
        #expect(control.report.notices.contains { $0.contains("leave out --sequential") })
    }
}
