// Whatever fails once an operation is recorded, the run is judged: the trouble is told beside the verdict,
// keeps it from passing, and never hides what was found.

import Checking
import Core
import Foundation
import Reporting
import RunStore
import Scenarios
import Synchronization
import TestSupport
import Testing

@testable import Engine
@testable import Histories

@Suite(.serialized) struct RunTroubleTests {
    /// The usual replica, which cannot be started again once there are so many items, one a round.
    private func once(_ test: TestRun, items: Int = 0) throws -> String {
        let path = "\(test.folder)/once.py"
        let script = """
            import os, runpy, sqlite3, sys
            def items():
                connection = sqlite3.connect(sys.argv[2], timeout=8)
                return connection.execute("SELECT count(*) FROM items").fetchone()[0]
            if os.path.exists("started") and items() >= \(items):
                print("cannot start again", file=sys.stderr)
                sys.exit(9)
            open("started", "w").close()
            sys.argv[0] = "\(TestScenario.script)"
            runpy.run_path(sys.argv[0], run_name="__main__")
            """
        try Data(script.utf8).write(to: URL(filePath: path))
        return path
    }

    private func checks(_ result: RunResult) -> [String] {
        result.report.judgement.checks.filter { ![.pass, .degraded].contains($0.verdict) }.map(\.name)
    }

    @Test(arguments: [("racy", Verdict.violation), ("safe", .unknown)])
    func aFaultThatIsNotHealedIsToldBesideWhatWasFound(mode: String, verdict: Verdict) async throws {
        let test = try TestRun()
        let scenario = TestScenario(
            rounds: 100_000, replica: try once(test, items: 20),
            extra: "faults: [{ every: 3s, kill: { replica: 0, restart-after: 20ms } }]")
        let result = try #require(try await test.run(scenario, mode: mode).first)
        #expect(result.report.judgement.verdict == verdict, "\(result.report.judgement)")
        #expect(checks(result).contains("fault-not-healed"), "\(result.report.judgement.checks)")
        #expect(result.report.notices.contains { $0.contains("cannot start again") })
        #expect(result.report.judgement.tally.rounds < 100_000)
        let again = try Recheck(try StoredRun(named: result.directory, out: "")).execute()
        #expect(again.report.judgement.verdict == verdict && checks(again) == checks(result))
    }

    @Test func aSetupThatFailsInTheMiddleIsToldAndTheLoadDoesNotBegin() async throws {
        let test = try TestRun()
        let setup = """
            setup:
              - { http: "PUT /items/x", json: { value: "1" } }
              - { http: "GET /items/nowhere", expect: status 200 }
            """
        let result = try #require(try await test.run(TestScenario(extra: setup), mode: "safe").first)
        #expect(result.status == .notRun && result.report.judgement.verdict == .notRun)
        #expect(checks(result).first == "setup-failed", "\(result.report.judgement.checks)")
        #expect(result.report.reasonNotRun.hasPrefix("setup 2 was not answered as expected"))
        #expect(!test.phases.contains("load") && test.phases.contains("judging"))
        let history = try HistoryReader.read("\(result.directory)/history.jsonl")
        #expect(history.operations.count == 2)
        #expect(try Recheck(try StoredRun(named: result.directory, out: "")).execute().status == .notRun)
    }

    /// Stretches of a page or two, of which the disk has room for so many.
    private func fullDisk(after allocations: Int) -> Run.RecorderMaker {
        let rest = Mutex(allocations)
        return { directory, header in
            let calls = SystemCalls { call in
                guard call == .allocate else { return nil }
                return rest.withLock { rest in
                    rest -= 1
                    return rest < 0 ? ENOSPC : nil
                }
            }
            return try HistoryRecorder(
                directory: directory, header: header, calls: calls, limits: .init(stretchBytes: 16_384))
        }
    }

    @Test(arguments: [("racy", Verdict.violation), ("safe", .unknown)])
    func aDiskThatIsFullInTheMiddleEndsTheLoadAndWhatWasRecordedDecides(
        mode: String, verdict: Verdict
    ) async throws {
        let test = try TestRun()
        let result = try #require(
            try await test.run(
                TestScenario(rounds: 100_000), mode: mode, recorder: fullDisk(after: 20)
            ).first)
        #expect(result.report.judgement.verdict == verdict, "\(result.report.judgement)")
        #expect(checks(result).contains("recording-failed"), "\(result.report.judgement.checks)")
        #expect(result.report.judgement.tally.rounds > 0)
    }

    /// The n-th allocation of the recorder fails, n = 1, 2, …: the run never fails otherwise than with a
    /// sentence, and never passes as if nothing had been.
    @Test func wheneverTheRecorderFailsTheRunSaysSo() async throws {
        let test = try TestRun()
        for number in 0...6 {
            let result = try #require(
                try await test.run(
                    TestScenario(rounds: 40), mode: "safe", recorder: fullDisk(after: number)
                ).first)
            #expect(
                [.notRun, .inconclusive].contains(result.status), "\(number): \(result.report.judgement)")
            let told = result.report.notices + result.report.judgement.checks.map(\.explanation)
            #expect(told.contains { $0.contains("free some space") }, "\(number): \(told)")
        }
    }

    @Test func eachRepeatBeginsWithAllReplicasAndHasItsOwnDeaths() async throws {
        let test = try TestRun()
        let results = try await test.run(TestScenario(rounds: 2), mode: "crash") { $0.times = 3 }
        #expect(results.count == 3)
        for result in results {
            let judgement = result.report.judgement
            #expect(judgement.findings.contains { $0.kind == .replicaDied }, "\(judgement)")
            #expect(judgement.tally.ok > 0, "the replicas were there when it began")
        }
    }

    @Test func aRepeatThatCannotBeginOnAWholeClusterIsNotRun() async throws {
        let test = try TestRun()
        let scenario = TestScenario(rounds: 2, replica: try once(test))
        let results = try await test.run(scenario, mode: "crash") { $0.times = 3 }
        #expect(results.map(\.report.judgement.verdict).dropFirst() == [.notRun])
        #expect(results.last?.report.reasonNotRun.contains("before the next run: replica") == true)
    }

    @Test func runsOfOneSecondAndSeedNeverShareADirectory() async throws {
        let test = try TestRun()
        let paths = await withTaskGroup(of: String.self) { group in
            for _ in 0..<64 {
                group.addTask {
                    RunDirectory(out: "\(test.folder)/runs", scenario: "same", seed: 1).path
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(paths).count == 64)
        for path in paths { #expect(test.exists(path)) }
    }

    @Test func aRunThatEndedBeforeItsFirstEventRecordedNothing() async throws {
        let test = try TestRun()
        let result = try #require(try await test.run(TestScenario(rounds: 1), mode: "safe").first)
        let directory = result.directory
        let header =
            try String(contentsOfFile: "\(directory)/history.jsonl", encoding: .utf8)
            .prefix { $0 != "\n" } + "\n"
        let files = FileManager.default
        for name in ["history.jsonl", "verdict.json", "monitor.jsonl"] {
            try? files.removeItem(atPath: "\(directory)/\(name)")
        }
        // Without a folder for segments, with an empty one, with a header alone and with a merged header.
        for step in 0...3 {
            switch step {
            case 0: break
            case 1:
                try files.createDirectory(atPath: "\(directory)/segments", withIntermediateDirectories: false)
            case 2: try Data(header.utf8).write(to: URL(filePath: "\(directory)/segments/history.header"))
            default: #expect(test.exists("\(directory)/history.jsonl"))
            }
            let checked = try Recheck(StoredRun(directory: directory, historyFile: nil)).execute()
            #expect(checked.status == .notRun && checked.report.judgement.verdict == .notRun, "step \(step)")
            #expect(checked.report.reasonNotRun.hasPrefix("nothing was recorded"), "step \(step)")
            try files.removeItem(atPath: "\(directory)/verdict.json")
        }
    }
}
