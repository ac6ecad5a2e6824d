// Stored runs: found by the names that users type, judged again, also without a verdict or from the history
// alone.

import Checking
import Core
import Foundation
import Histories
import Reporting
import RunStore
import TestSupport
import Testing

@testable import Engine

@Suite struct RecheckTests {
    @Test func judgingAgainGivesTheSameJudgement() async throws {
        let test = try TestRun()
        let result = try #require(try await test.run(mode: "racy").first)
        let out = "\(test.folder)/runs"
        for name in [
            "latest", "test-counter", "test-counter/latest", result.report.identity.run, result.directory,
        ] {
            let again = try Recheck(try StoredRun(named: name, out: out)).execute()
            #expect(again.status == .violation, "\(name)")
            #expect(
                again.report.judgement.findings.map(\.classID)
                    == result.report.judgement.findings.map(\.classID))
            #expect(again.report.identity.seed == result.report.identity.seed)
        }
    }

    @Test func aRunWithoutVerdictGetsOne() async throws {
        let test = try TestRun()
        let result = try #require(try await test.run(TestScenario(rounds: 4), mode: "safe").first)
        let verdict = "\(result.directory)/verdict.json"
        try FileManager.default.removeItem(atPath: verdict)
        let stored = try StoredRun(named: result.directory, out: "")
        #expect(throws: RunError.self) { try stored.report() }
        let again = try Recheck(stored).execute()
        #expect(again.status == .held)
        #expect(again.report.figures.operationsPerSecond > 0)
        #expect(try stored.report().identity.run == result.report.identity.run)
    }

    @Test func aHistoryAloneIsJudgedByANamedScenario() async throws {
        let test = try TestRun()
        let result = try #require(try await test.run(mode: "racy").first)
        let history = "\(test.folder)/alone.jsonl"
        try FileManager.default.copyItem(atPath: "\(result.directory)/history.jsonl", toPath: history)
        let stored = try StoredRun(named: history, out: "")
        let error = #expect(throws: RunError.self) { try Recheck(stored).execute() }
        #expect(error?.status == .invalid)
        let scenario = try test.file(TestScenario()).scenario(test.options)
        #expect(try Recheck(stored, scenario: scenario).execute().status == .violation)
    }

    @Test func aDamagedHistoryIsInvalidAndNamesItsLine() async throws {
        let test = try TestRun()
        let result = try #require(try await test.run(TestScenario(rounds: 2), mode: "safe").first)
        let file = "\(result.directory)/history.jsonl"
        var lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n").map(String.init)
        lines[2] = "{\"nonsense\":"
        try Data(lines.joined(separator: "\n").utf8).write(to: URL(filePath: file))
        let error = #expect(throws: RunError.self) {
            try Recheck(try StoredRun(named: result.directory, out: "")).execute()
        }
        #expect(error?.status == .invalid)
        #expect(error?.message.contains("history.jsonl:3") == true)
    }

    @Test func aVerdictThatSaysNotRunIsReplacedWhereSomethingWasRecordedAndAnyOtherStays() async throws {
        let test = try TestRun()
        let result = try #require(try await test.run(TestScenario(rounds: 4), mode: "racy").first)
        let stored = try StoredRun(named: result.directory, out: "")
        var report = try stored.report()
        report.judgement = Judgement(verdict: .notRun, findings: [], checks: [], tally: Tally())
        report.warnings = ["clean-up complained"]
        let file = URL(filePath: "\(result.directory)/verdict.json")
        try Data(JSON.text(report.document).utf8).write(to: file)
        let again = try Recheck(stored).execute()
        #expect(again.status == .violation && again.report.warnings == ["clean-up complained"])
        #expect(try stored.report().judgement.verdict == .violation)
        // One that was judged already is not written again, also where this contend would say otherwise.
        report.judgement.verdict = .pass
        try Data(JSON.text(report.document).utf8).write(to: file)
        #expect(try Recheck(stored).execute().status == .violation)
        #expect(try stored.report().judgement.verdict == .pass)
    }

    @Test func aRunThatIsNotThereIsAWrongCommandLine() {
        let error = #expect(throws: RunError.self) { try StoredRun(named: "nonsense", out: "/nowhere") }
        #expect(error?.status == .usage)
    }

    @Test func deathsAreReadBackOnlyFromTheLoad() {
        let log = """
            {"event":"phase","phase":"starting"}
            {"event":"replica-died","replica":0,"text":"too early","last_lines":[]}
            {"event":"phase","phase":"load"}
            {"event":"replica-died","replica":1,"text":"exit 3","last_lines":["a","b"]}
            {"event":"phase","phase":"judging"}
            {"event":"replica-died","replica":2,"text":"too late","last_lines":[]}
            {"event":"replica-di
            """
        #expect(
            EventLog.deaths(in: log) == [
                Trouble(.replicaDied, time: 0, replica: 1, message: "exit 3", log: ["a", "b"])
            ])
    }

    @Test func scenarioNamesMakeSafeFolders() {
        #expect(RunDirectory.folderName("a/b c") == "a-b-c")
        #expect(RunDirectory.folderName("latest") == "scenario")
        #expect(RunDirectory.folderName("..") == "scenario")
        #expect(RunDirectory.folderName("image-deactivate") == "image-deactivate")
    }
}
