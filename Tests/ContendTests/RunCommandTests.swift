// Whole runs through the command line: exit codes, what goes to stdout and what to stderr, signals, JSON, the
// demo.

import Checking
import Core
import Foundation
import Histories
import Reporting
import RunStore
import Testing

@Suite struct RunCommandTests {
    @Test func aPassIsZeroAndKeepsStdoutForTheResult() async throws {
        let contend = try Contend()
        let file = try contend.write(Scenarios.counter(), to: "counter.yaml")
        let finished = try await contend.run("run", file, "--seed", "7")
        #expect(finished.status == 0, "\(finished.output) \(finished.error)")
        #expect(finished.output.hasPrefix("contend · test-counter") && finished.output.contains("PASS"))
        let told = finished.error.split(separator: "\n").map(String.init)
        #expect(told.first?.hasPrefix("seed 7 · ") == true)
        #expect(
            Array(told.dropFirst().dropLast()) == [
                "starting", "setup", "load", "final reads", "judging", "stopping",
            ])
        let page = try #require(told.last)
        #expect(page.hasPrefix("report ") && page.hasSuffix("/report.html"))
        #expect(try contend.read(String(page.dropFirst("report ".count))).contains("test-counter"))
        #expect(!(finished.output + finished.error).contains("\u{1B}"))
    }

    @Test func aViolationIsOneAndCanBeShownAndCheckedAgain() async throws {
        let contend = try Contend()
        let file = try contend.write(Scenarios.counter(mode: "racy"), to: "counter.yaml")
        let finished = try await contend.run("run", file)
        #expect(finished.status == 1, "\(finished.output) \(finished.error)")
        let shown = try await contend.run("show", "latest#1")
        #expect(shown.status == 0 && shown.output.contains("Smallest example"))
        #expect(try await contend.run("show", "latest#99").status == 64)
        #expect(try await contend.run("check", "test-counter/latest").status == 1)
        let runs = try await contend.run("list", "runs")
        #expect(runs.status == 0 && runs.output.contains("violation"))
    }

    @Test func aReplicaThatIsNotReadyIsFour() async throws {
        let contend = try Contend()
        let file = try contend.write(Scenarios.counter(ready: 204), to: "counter.yaml")
        let finished = try await contend.run("run", file)
        #expect(finished.status == 4, "\(finished.output) \(finished.error)")
        #expect(finished.output.contains("NOT RUN"))
    }

    @Test func aMissingSecretIsFoundBeforeTheFirstFileStarts() async throws {
        let contend = try Contend()
        let right = try contend.write(Scenarios.counter(), to: "right.yaml")
        let secret = try contend.write(
            Scenarios.counter() + "\nsecrets: [CONTEND_TEST_SECRET]\n", to: "secret.yaml")
        let finished = try await contend.run("run", right, secret)
        #expect(finished.status == 4 && finished.output.isEmpty, "\(finished)")
        #expect(
            finished.error.contains("CONTEND_TEST_SECRET") && finished.error.contains("nothing was started"))
        #expect(!contend.exists("reports"))
        let validated = try await contend.run("validate", secret)
        #expect(validated.status == 0 && validated.error.contains("hint: a run needs the secret"))
        let set = try await contend.run("validate", secret, environment: ["CONTEND_TEST_SECRET": "x"])
        #expect(set.status == 0 && set.error.isEmpty)
    }

    @Test func repeatsOfACellCountAsItIsExpectedAndAreTabled() async throws {
        let contend = try Contend()
        let file = try contend.write(Scenarios.counter(), to: "counter.yaml")
        let racy = try await contend.run("run", file, "--times", "2", "--set", "mode=racy", "--quiet")
        #expect(racy.status == 0, "\(racy.output) \(racy.error)")
        #expect(racy.output.contains("everything is as expected"))
        let safe = try await contend.run("run", file, "--times", "2", "--set", "mode=safe", "--quiet")
        #expect(safe.status == 0, "\(safe.output) \(safe.error)")
        let rows = safe.output.split(separator: "\n").filter { $0.contains(" pass ") }
        #expect(safe.output.contains("repeats · test-counter") && rows.count == 2, "\(safe.output)")
        let once = try await contend.run(
            "run", file, "--until", "finding", "--set", "mode=racy", "--most", "5m", "--quiet")
        #expect(once.status == 0, "\(once.output) \(once.error)")
        #expect(once.output.contains("repeats · test-counter"))
        // A search that ends after its first run, which passed, says so.
        let short = try await contend.run(
            "run", file, "--until", "finding", "--set", "mode=safe", "--most", "1ms", "--quiet")
        #expect(short.output.contains("repeats · test-counter · 1 run"), "\(short.output) \(short.error)")
    }

    @Test func jsonIsOneDocumentThatReadsBack() async throws {
        let contend = try Contend()
        let file = try contend.write(Scenarios.counter(), to: "counter.yaml")
        let finished = try await contend.run("run", file, "--json", "--quiet")
        let report = try RunReport(document: try JSON.parse(finished.output.dropLast().utf8))
        #expect(finished.status == 0 && report.judgement.verdict == .pass)
        #expect(finished.error.split(separator: "\n").count == 1)
        let both = try await contend.run("run", file, file, "--json", "--quiet")
        guard case .object(let members) = try JSON.parse(both.output.dropLast().utf8) else {
            Issue.record("no object: \(both.output)")
            return
        }
        #expect(members["runs"]?.elements?.count == 2)
    }

    @Test func theWorstOfSeveralFilesWins() async throws {
        let contend = try Contend()
        let safe = try contend.write(Scenarios.counter(), to: "safe.yaml")
        let racy = try contend.write(Scenarios.counter(mode: "racy"), to: "racy.yaml")
        let broken = try contend.write(Scenarios.counter(ready: 204), to: "broken.yaml")
        #expect(try await contend.run("run", safe, broken).status == 4)
        #expect(try await contend.run("run", racy, broken, safe).status == 1)
    }

    @Test func aMatrixThatGoesAsExpectedIsZero() async throws {
        let contend = try Contend()
        let file = try contend.write(Scenarios.counter(rounds: 20), to: "counter.yaml")
        let finished = try await contend.run("run", file, "--matrix")
        #expect(finished.status == 0, "\(finished.output) \(finished.error)")
        #expect(finished.output.contains("everything is as expected"))
    }

    @Test func onceShowsEveryExchange() async throws {
        let contend = try Contend()
        let file = try contend.write(Scenarios.counter(), to: "counter.yaml")
        let finished = try await contend.run("run", file, "--once")
        #expect(finished.status == 0, "\(finished.error)")
        for name in ["create", "update", "show", "captured value"] { #expect(finished.output.contains(name)) }
    }

    @Test(arguments: [(SIGINT, Int32(130)), (SIGTERM, Int32(143)), (SIGQUIT, Int32(143))])
    func aSignalEndsTheLoadAndCleansUp(signal: Int32, status: Int32) async throws {
        let contend = try Contend()
        let file = try contend.write(Scenarios.counter(rounds: 100_000), to: "counter.yaml")
        let started = try contend.start(["run", file])
        #expect(await eventually { started.told.contains("\nload") })
        kill(started.pid, signal)
        let finished = await started.finish()
        #expect(finished.status == status, "\(finished.output) \(finished.error)")
        #expect(finished.error.contains("\nstopping\nreport "))
        #expect(await eventually { ProcessTable.mentioning(contend.folder).isEmpty })
    }

    @Test func keptReplicasAnswerUntilASignalComes() async throws {
        let contend = try Contend()
        let file = try contend.write(Scenarios.counter(), to: "counter.yaml")
        let started = try contend.start(["run", file, "--keep"])
        #expect(await eventually { started.told.contains("replica 1  http://") })
        let line = try #require(
            started.told.split(separator: "\n").first { $0.contains("replica 0  http://") })
        let url = try #require(line.split(separator: " ").last.map(String.init)) + "/ready"
        #expect(try await answer(of: url, contend) == "{}")
        kill(started.pid, SIGINT)
        // The run itself passed before; the signal only ends the keeping.
        let finished = await started.finish()
        #expect(finished.status == 0, "\(finished.output) \(finished.error)")
        #expect(await eventually { ProcessTable.mentioning(contend.folder).isEmpty })
    }

    /// Asked by Python: Foundation on Linux has no HTTP of its own.
    private func answer(of url: String, _ contend: Contend) async throws -> String {
        let script =
            "import sys, urllib.request as u; print(u.urlopen(sys.argv[1]).read().decode(), end='')"
        return try await contend.start(program: "/usr/bin/env", ["python3", "-c", script, url]).finish()
            .output
    }

    @Test func aRunDirectoryThatCannotBeMadeIsToldInOneSentence() async throws {
        let contend = try Contend()
        let file = try contend.write(Scenarios.counter(), to: "counter.yaml")
        let finished = try await contend.run("run", file, "--out", "/proc/runs", "--quiet")
        #expect(finished.status == 4)
        #expect(finished.output.contains("cannot make the run directory"))
        #expect(!finished.error.contains("warning"))
    }

    @Test func aServerThatIsNotThereIsTheOnlyComplaint() async throws {
        let contend = try Contend()
        let file = try contend.write(Scenarios.images(database: "postgresql"), to: "images.yaml")
        let finished = try await contend.run(
            "run", file, "--quiet", "--database", "postgresql://nobody@127.0.0.1:1/x")
        #expect(finished.status == 4)
        #expect(finished.output.contains("PostgreSQL cannot be reached"))
        #expect(!finished.error.contains("warning"))
    }

    @Test func aClosedPipeIsNoCrash() async throws {
        let contend = try Contend()
        let file = try contend.write(Scenarios.counter(), to: "counter.yaml")
        let line = "'\(Contend.program)' run '\(file)' 2>/dev/null | true; exit ${PIPESTATUS[0]}"
        #expect(try await contend.start(program: "/bin/bash", ["-c", line]).finish().status == 0)
    }

    @Test(arguments: [("safe", Int32(4)), ("racy", Int32(1))])
    func aResultThatCannotBeWrittenIsNoSuccess(mode: String, status: Int32) async throws {
        let contend = try Contend()
        let file = try contend.write(Scenarios.counter(mode: mode), to: "counter.yaml")
        let line = "'\(Contend.program)' run '\(file)' --json --quiet > /dev/full"
        let finished = try await contend.start(program: "/bin/bash", ["-c", line]).finish()
        #expect(finished.status == status, "\(finished.error)")
        #expect(finished.error.contains("the result could not be written: No space left on device"))
        #expect(try await contend.run("check", "latest").status == (mode == "safe" ? 0 : 1))
    }

    @Test func aDatabaseThatDiesIsToldAsWhatItIs() async throws {
        let contend = try Contend()
        let file = try contend.write(Scenarios.images(database: "postgresql"), to: "images.yaml")
        let started = try contend.start(["run", file, "--quiet"])
        let segment = "reports/runs/images/latest/segments/loop-0.segment"
        #expect(
            await eventually {
                (try? contend.read(segment))?.contains("\"round\":3") == true
            })
        let servers = ProcessTable.descendants(of: started.pid).filter {
            let line = FileManager.default.contents(atPath: "/proc/\($0)/cmdline") ?? Data()
            let words = String(decoding: line, as: UTF8.self).split(separator: "\0")
            return words.first?.hasSuffix("/postgres") == true && words.dropFirst().first == "-D"
        }
        try #require(servers.count == 1)
        // The immediate shutdown, which leaves no shared memory behind as SIGKILL would.
        for server in servers { kill(server, SIGQUIT) }
        let finished = await started.finish()
        #expect(finished.status == 4, "\(finished.output) \(finished.error)")
        #expect(finished.output.contains("NOT RUN") && finished.output.contains("database-died"))
        let checked = try await contend.run("check", "latest")
        #expect(checked.status == 4 && checked.output.contains("database-died"))
        #expect(await eventually { ProcessTable.mentioning(contend.folder).isEmpty })
    }

    @Test func theDemoFindsThePlantedRaceAndItsFixHolds() async throws {
        let contend = try Contend()
        let finished = try await contend.run("demo")
        #expect(finished.status == 0, "\(finished.output) \(finished.error)")
        #expect(finished.output.contains("VIOLATION") && finished.output.contains("PASS"))
        #expect(finished.output.contains("Try next"))
        #expect(try await contend.run("show", "demo/latest").status == 0)
        #expect(try await contend.run("validate", "reports/runs/demo.yaml").status == 0)
    }
}
