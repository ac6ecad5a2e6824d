// `--sql`: what replicas send to the database, between a real service and a real PostgreSQL.

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

@Suite(.serialized) struct StatementTests {
    private static func run(
        _ name: String, _ test: TestRun, change: (inout RunOptions) -> Void
    ) async throws -> RunResult {
        var options = test.options
        options.sql = true
        options.pages = []
        change(&options)
        let file = try ScenarioFile.load(Golden.repository.appending(path: "scenarios/\(name).yaml").path)
        let results = await Run(try file.scenario(options), options: options) { _ in }.execute()
        return try #require(results.first)
    }

    @Test func theStatementsOfARaceAreRecordedAndToldWithItsFinding() async throws {
        let test = try TestRun()
        let result = try await Self.run("deactivate-vs-rename", test) { options in
            options.database = "postgresql"
            options.rounds = 20
            options.settings["guard"] = "check-then-act"
            options.pages = [.trace]
        }
        let findings = result.report.judgement.findings
        #expect(result.report.judgement.verdict == .violation, "\(result.report.notices)")
        for finding in findings {
            let ids = Set(finding.example.map(\.id))
            #expect(finding.statements.allSatisfy { $0.operation.map(ids.contains) ?? true })
            #expect(finding.statements.map(\.sent) == finding.statements.map(\.sent).sorted())
        }
        #expect(findings.contains { $0.statements.contains { $0.operation != nil } })
        let history = try RunDirectory.history(in: result.directory).history
        let writes = history.statements.filter { $0.statement.hasPrefix("UPDATE images") }
        #expect(writes.contains { $0.rows == 1 && $0.code == nil })
        let trace = try TraceReading(
            String(contentsOfFile: result.directory + "/trace.json", encoding: .utf8))
        #expect(trace.problems.isEmpty, "\(trace.problems)")
        #expect(
            trace.arrows.contains {
                $0.from.track.hasPrefix("clients/") && $0.to.name.hasPrefix("UPDATE images")
            })
        #expect(trace.slices.contains { $0.name.hasSuffix(" #1") })
        // Judged again from the record alone, it is the same.
        let again = try Recheck(StoredRun(directory: result.directory, historyFile: nil)).execute()
        #expect(
            again.report.judgement.findings.map(\.statements)
                == result.report.judgement.findings.map(\.statements))
    }

    /// Replicas are told apart by their ports, and the monitor knows whose a backend is through the proxy.
    @Test func theMonitorKnowsReplicasBehindTheProxy() async throws {
        let test = try TestRun()
        let result = try await Self.run("lock-order", test) { options in
            options.database = "postgresql"
            options.rounds = 20
        }
        let record = StoredRun.observations(in: result.directory + "/" + RunDirectory.monitorFile)
        #expect(Set(record.observations.backends.compactMap(\.replica)) == [0, 1, 2])
        let history = try RunDirectory.history(in: result.directory).history
        #expect(Set(history.statements.map(\.replica)) == [0, 1, 2])
        let replicaOf = Dictionary(grouping: record.observations.backends, by: \.backend)
        for statement in history.statements {
            let seen = replicaOf[statement.backend]?.compactMap(\.replica) ?? [statement.replica]
            #expect(seen.contains(statement.replica))
        }
    }

    @Test func aDatabaseWithoutConnectionsIsRefusedBeforeAnythingStarts() async throws {
        let test = try TestRun()
        let result = try await Self.run("deactivate-vs-rename", test) { $0.database = "sqlite" }
        #expect(result.report.judgement.verdict == .notRun)
        #expect(result.report.notices.contains { $0.contains("only with `database: postgresql`") })
    }
}
