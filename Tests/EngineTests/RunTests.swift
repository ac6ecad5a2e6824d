// Whole small runs on real processes, SQLite and sockets: every verdict, what is told, and what is on disk
// afterwards.

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

@Suite struct RunTests {
    @Test func aSafeServicePassesAndTheRunDirectoryHoldsEverything() async throws {
        let test = try TestRun()
        let result = try #require(try await test.run(mode: "safe").first)
        #expect(result.report.judgement.verdict == .pass, "\(result.report.judgement.checks)")
        #expect(result.status == .held)
        for name in [
            "scenario.yaml", "run.json", "history.jsonl", "events.log", "verdict.json", "report.html",
            "replicas/0/output.log", "replicas/1/output.log", "database/contend.sqlite",
        ] {
            #expect(test.exists("\(result.directory)/\(name)"), "\(name)")
        }
        #expect(!test.exists("\(result.directory)/segments"))
        #expect(test.exists("\(test.folder)/runs/latest/verdict.json"))
        #expect(test.exists("\(test.folder)/runs/test-counter/latest/verdict.json"))
    }

    @Test func aPageThatCannotBeWrittenIsSaidAndTheVerdictStays() async throws {
        let test = try TestRun()
        let result = try #require(
            try await test.run(
                TestScenario(), mode: "safe",
                onEvent: { event in
                    // A folder in its place makes writing fail as a full disk would.
                    guard case .phase(.load) = event,
                        case .seed(_, runDirectory: let directory)? = test.events.first
                    else { return }
                    try? FileManager.default.createDirectory(
                        atPath: directory + "/report.html/in-the-way", withIntermediateDirectories: true)
                }
            ).first)
        #expect(result.report.judgement.verdict == .pass && result.status == .held)
        #expect(result.page == nil)
        #expect(result.report.warnings.contains { $0.contains("cannot write") && $0.contains("report.html") })
        #expect(try StoredRun(named: result.directory, out: "").report().judgement.verdict == .pass)
    }

    @Test func theSeedIsToldFirstAndThePhasesComeInOrder() async throws {
        let test = try TestRun()
        let results = try await test.run(mode: "safe") { $0.seed = 7 }
        guard case .seed(7, let directory)? = test.events.first else {
            Issue.record("first event: \(String(describing: test.events.first))")
            return
        }
        #expect(directory == results.first?.directory && directory.hasSuffix("-7"))
        #expect(test.phases == ["starting", "setup", "load", "final reads", "judging", "stopping"])
    }

    @Test func aSeedIsDrawnWhereNoneIsGiven() async throws {
        let test = try TestRun()
        let results = try await test.run(TestScenario(rounds: 1), mode: "safe") { $0.seed = nil }
        let seed = try #require(results.first?.report.identity.seed)
        #expect(seed > 0)
        #expect(results.first?.report.identity.command.contains("--seed \(seed)") == true)
    }

    @Test func aRacyServiceIsAViolationAndTheStoredVerdictIsTheSame() async throws {
        let test = try TestRun()
        let result = try #require(try await test.run(mode: "racy").first)
        #expect(result.status == .violation)
        let finding = try #require(result.report.judgement.findings.first)
        #expect(finding.kind.severity == .safety && finding.count > 0 && !finding.example.isEmpty)
        let stored = try StoredRun(named: result.directory, out: "nowhere").report()
        #expect(stored.judgement.findings == result.report.judgement.findings)
        #expect(stored.identity.run == result.report.identity.run)
    }

    @Test func aRunWithoutAnyOkWriteIsVacuous() async throws {
        let test = try TestRun()
        let result = try #require(try await test.run(mode: "refuse").first)
        #expect(result.report.judgement.verdict == .unknown)
        #expect(result.status == .inconclusive)
    }

    @Test func aReplicaThatIsNeverReadyMeansThatNothingRan() async throws {
        let test = try TestRun()
        let scenario = TestScenario(ready: "{ http: GET /ready, status: 204, within: 1s }")
        let result = try #require(try await test.run(scenario, mode: "safe").first)
        #expect(result.report.judgement.verdict == .notRun)
        #expect(result.status == .notRun)
        #expect(result.report.notices.count == 1)
        #expect(!test.phases.contains("load"))
        #expect(try StoredRun(named: result.directory, out: "").report().judgement.verdict == .notRun)
    }

    @Test func aMissingSecretMeansThatNothingRan() async throws {
        let test = try TestRun()
        let scenario = TestScenario(secrets: "secrets: [CONTEND_TEST_SECRET]")
        let result = try #require(try await test.run(scenario, mode: "safe").first)
        #expect(result.status == .notRun)
        #expect(result.report.notices.first?.contains("CONTEND_TEST_SECRET") == true)
        #expect(!test.exists(result.directory + "/supervisor.log"))
        #expect(!test.events.contains { if case .cluster = $0 { true } else { false } })
    }

    @Test func aReplicaThatDiesUnderLoadIsAFindingAlsoWhenCheckedAgain() async throws {
        let test = try TestRun()
        let result = try #require(try await test.run(TestScenario(rounds: 2), mode: "crash").first)
        let kinds = result.report.judgement.findings.map(\.kind)
        #expect(kinds.contains(.replicaDied), "\(result.report.judgement) \(result.report.notices)")
        let again = try Recheck(try StoredRun(named: result.directory, out: "")).execute()
        #expect(again.report.judgement.findings.map(\.kind) == kinds)
    }

    @Test func repeatsUseOneClusterAndSeedsInARow() async throws {
        let test = try TestRun()
        let results = try await test.run(TestScenario(), mode: "safe") { $0.times = 3 }
        #expect(results.map(\.report.identity.seed) == [20_150_528, 20_150_529, 20_150_530])
        #expect(results.allSatisfy { $0.status == .held })
        #expect(Set(results.map(\.directory)).count == 3)
        #expect(test.phases.filter { $0 == "starting" }.count == 1)
        #expect(test.phases.filter { $0 == "load" }.count == 3)
    }

    @Test func aThresholdThatIsExceededEndsTheLoadAndItsCheckOnTheRecordJudges() async throws {
        let test = try TestRun()
        let limit = "update.latency: [{ limit: p(50)<1us, abort-early: true, after-operations: 40 }]"
        let scenario = TestScenario(rounds: 100_000, extra: "thresholds: { \(limit), ok: rate>1% }")
        let result = try #require(try await test.run(scenario, mode: "safe").first)
        let aborted = try #require(result.report.figures.load.abortedEarly)
        #expect(aborted.threshold == "update.latency p(50)<1us")
        #expect(aborted.operations >= 40 && aborted.measured > 0.001 && aborted.limit == 0.001)
        let tally = result.report.judgement.tally
        #expect(tally.operations >= aborted.operations && tally.operations < 100_000)
        #expect(result.status == .degraded, "\(result.report.judgement.checks)")
        let check = try #require(
            result.report.judgement.checks.first { $0.name == aborted.threshold })
        #expect(check.verdict == .degraded && check.limit == aborted.limit && check.unit == aborted.unit)
        #expect(check.measured.map { $0 > 0.001 } == true)
        let stored = try StoredRun(named: result.directory, out: "")
        #expect(try stored.report().figures.load.abortedEarly == aborted)
        let again = try Recheck(stored).execute().report
        #expect(again.figures.load.abortedEarly == aborted)
        var checkedAgain = try #require(again.judgement.checks.first { $0.name == aborted.threshold })
        // Judged by the stored scenario, which has lines of its own.
        checkedAgain.position = check.position
        #expect(checkedAgain == check)
        try expectValidFiles(result)
    }

    /// What a run leaves keeps to the schemas.
    private func expectValidFiles(_ result: RunResult) throws {
        let verdict = try JSON.parse(Data(contentsOf: URL(filePath: "\(result.directory)/verdict.json")))
        #expect(SchemaValidator(RunReport.fileSchema, strict: true).problems(verdict).isEmpty)
        let history = try String(contentsOfFile: "\(result.directory)/history.jsonl", encoding: .utf8)
        let validator = SchemaValidator(HistoryFormat.schema, strict: true)
        let problems = try history.split(separator: "\n").flatMap {
            validator.problems(try JSON.parse($0.utf8))
        }
        #expect(problems.isEmpty)
    }

    @Test func aThresholdThatHoldsEndsNothing() async throws {
        let test = try TestRun()
        let limit = "{ limit: max<1h, abort-early: true, after-operations: 1 }"
        let scenario = TestScenario(extra: "thresholds: { latency: \(limit) }")
        let result = try #require(try await test.run(scenario, mode: "safe").first)
        #expect(result.report.figures.load.abortedEarly == nil)
        #expect(result.report.judgement.tally.operations == 48)
        let check = result.report.judgement.checks.first { $0.name == "latency max<1h" }
        #expect(check?.verdict == .pass && check?.limit == 3_600_000)
        try expectValidFiles(result)
    }

    @Test func aGoalEndsABurstBetweenTwoBatches() async throws {
        let test = try TestRun()
        let result = try #require(
            try await test.run(TestScenario(rounds: 400), mode: "racy", goal: .safety).first)
        #expect(result.status == .violation)
        #expect(result.report.judgement.tally.rounds < 400)
    }

    @Test func untilFindingRepeatsAndStopsAtTheFirst() async throws {
        let test = try TestRun()
        let results = try await test.run(mode: "racy") { $0.untilFinding = .seconds(600) }
        #expect(results.last?.status == .violation)
        #expect(results.dropLast().allSatisfy { $0.report.judgement.findings.isEmpty })
    }

    @Test func anInterruptedRunIsJudgedByWhatItRecorded() async throws {
        let test = try TestRun()
        let interruption = Interruption()
        let result = try #require(
            try await test.run(
                TestScenario(rounds: 5_000), mode: "safe", interruption: interruption,
                onEvent: { event in
                    if case .progress(let counters, _) = event, counters.roundsDone > 2 {
                        if interruption.count == 0 { interruption.receive(.terminate) }
                    }
                }
            ).first)
        #expect(result.status == .terminated)
        #expect(result.report.judgement.verdict == .unknown)
        let check = result.report.judgement.checks.first { $0.name == "stopped-early" }
        #expect(check?.explanation.hasPrefix("SIGTERM ended the load early") == true)
        #expect(result.report.judgement.tally.operations > 0)
        #expect(result.report.judgement.tally.rounds < 5_000)
        #expect(test.phases.suffix(2) == ["judging", "stopping"])
    }

    @Test func aSignalEndsTheSetupToo() async throws {
        let test = try TestRun()
        let interruption = Interruption()
        let scenario = TestScenario(
            rounds: 5_000, extra: "setup: [{ for-each: item, http: \"PUT /items/${{ item }}\", json: {} }]")
        let result = try #require(
            try await test.run(
                scenario, mode: "safe", interruption: interruption,
                onEvent: { event in
                    if case .phase(.setup) = event { interruption.receive(.interrupt) }
                }
            ).first)
        #expect(result.status == .interrupted)
        #expect(!test.phases.contains("load"))
    }

    @Test func roundsAreForBurstsAndLimited() throws {
        let test = try TestRun()
        let file = try test.file(TestScenario())
        var options = test.options
        for rounds in [0, 1_000_001] {
            options.rounds = rounds
            #expect(throws: ScenarioErrors.self) { try file.scenario(options) }
        }
        options.rounds = 3
        #expect(try file.scenario(options).load.shape == .burst(rounds: 3, clients: 4))
        let text = TestScenario().text
            .replacing("burst: { rounds: 12, clients: 4 }", with: "clients: 4\n  for: 1s")
            .replacing("each-round:\n    before: [create]\n    mix:", with: "mix:")
            .replacing("    after: [show]\n", with: "")
        let closed = try ScenarioFile(text: text, path: "closed.yaml") { _ in "" }
        #expect(throws: ScenarioErrors.self) { try closed.scenario(options) }
    }

    @Test func secretsAreNowhereInTheRunDirectory() async throws {
        let test = try TestRun()
        let secret = "correct-horse-battery"
        let scenario = TestScenario(
            extra: "setup: [{ http: PUT /items/x, json: { value: \"${{ secret.CONTEND_TEST_SECRET }}\" } }]",
            secrets: "secrets: [CONTEND_TEST_SECRET]")
        let results = try await test.run(scenario, mode: "safe") {
            $0.environment["CONTEND_TEST_SECRET"] = secret
            $0.arguments = ["contend", "run", "--set", "x=\(secret)"]
        }
        let directory = try #require(results.first?.directory)
        #expect(results.first?.status == .held, "\(String(describing: results.first?.report.notices))")
        let names = try FileManager.default.subpathsOfDirectory(atPath: directory)
        for name in names where !name.hasPrefix("database/") {
            guard let data = FileManager.default.contents(atPath: "\(directory)/\(name)") else { continue }
            #expect(!String(decoding: data, as: UTF8.self).contains(secret), "\(name)")
        }
    }

    @Test func aMatrixRunsEveryCellAndConvertsWhatWasExpected() async throws {
        let test = try TestRun()
        var options = test.options
        options.clients = 4
        let outcome = try await MatrixRun(try test.file(TestScenario()), options: options) { _ in }.execute()
        #expect(outcome.runs.map(\.report.judgement.verdict) == [.violation, .pass])
        #expect(outcome.runs.map(\.exitCode) == [0, 0])
        #expect(outcome.runs.map { $0.cell?.count } == [2, 2])
        #expect(outcome.table.rows.map(\.exitCode) == [0, 0])
        #expect(outcome.status == .held)
        #expect(outcome.table.rows.first?.values == ["racy", "4"])
    }
}
