// The supervisor alone is killed or told to end, or the whole tree is: nothing is left, what was recorded is
// judged, and the exit code says what happened.

import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct SupervisorKillTests {
    private struct Running {
        let contend: Contend
        let started: Started
        /// Every process of the run, once the load goes on.
        var tree: Set<Int32>
        var supervisor: Int32
    }

    /// A run in the middle of its load.
    private func start(_ scenario: String, name: String, until isReady: (Contend) -> Bool) async throws
        -> Running
    {
        let contend = try Contend()
        let file = try contend.write(scenario, to: "\(name).yaml")
        let started = try contend.start(["run", file])
        #expect(await eventually { started.told.contains("\nload") && isReady(contend) }, "\(started.told)")
        let tree = ProcessTable.descendants(of: started.pid)
        let supervisor = try #require(
            tree.first {
                let line = FileManager.default.contents(atPath: "/proc/\($0)/cmdline") ?? Data()
                return String(decoding: line, as: UTF8.self).contains("supervise")
            })
        return Running(contend: contend, started: started, tree: tree, supervisor: supervisor)
    }

    private func expectNothingLeft(_ running: Running) async {
        let isClean = await eventually {
            running.tree.allSatisfy { !ProcessTable.isAlive($0) }
                && ProcessTable.mentioning(running.contend.folder).isEmpty
        }
        #expect(isClean, "left \(running.tree.filter(ProcessTable.isAlive))")
        let root = "/var/tmp/contend-\(geteuid())/servers"
        let left = ((try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []).filter { name in
            let owner = try? String(contentsOfFile: "\(root)/\(name)/owner", encoding: .utf8)
            return owner?.contains(" \(running.supervisor) ") == true
        }
        #expect(left.isEmpty)
    }

    @Test(arguments: ["sqlite", "postgresql", "mariadb"])
    func aKilledSupervisorMeansThatTheExperimentDidNotHappen(database: String) async throws {
        let running = try await start(Scenarios.images(database: database), name: "images") { _ in true }
        kill(running.supervisor, SIGKILL)
        let finished = await running.started.finish()
        #expect(finished.status == 4, "\(finished.status) \(finished.output) \(finished.error)")
        #expect(
            finished.words.contains("supervisor of this run was ended from outside"), "\(finished.output)")
        #expect(!finished.output.contains("replica-died"), "\(finished.output)")
        await expectNothingLeft(running)
        let checked = try await running.contend.run("check", "latest")
        #expect(checked.output.contains("supervisor"), "\(checked.output)")
    }

    @Test func whatWasFoundUntilThenStays() async throws {
        let running = try await start(
            TestScenario(rounds: 100_000, mode: "racy").text, name: "racy"
        ) { contend in
            // Some hundred rounds have created their items.
            let file = contend.folder + "/reports/runs/test-counter/latest/database/contend.sqlite"
            let size = (try? FileManager.default.attributesOfItem(atPath: file)[.size] as? Int) ?? 0
            return size > 20_000
        }
        kill(running.supervisor, SIGKILL)
        let finished = await running.started.finish()
        #expect(finished.status == 1, "\(finished.status) \(finished.output) \(finished.error)")
        #expect(
            finished.words.contains("supervisor of this run was ended from outside"), "\(finished.output)")
        await expectNothingLeft(running)
    }

    @Test(arguments: ["sqlite", "postgresql", "mariadb", "galera"])
    func aSupervisorThatIsToldToEndEndsTheRunAsContendWouldEndIt(database: String) async throws {
        let running = try await start(Scenarios.images(database: database), name: "images") { _ in true }
        kill(running.supervisor, SIGTERM)
        let finished = await running.started.finish()
        #expect(finished.status == 143, "\(finished.status) \(finished.output) \(finished.error)")
        #expect(!(finished.output + finished.error).contains("replica-died"))
        #expect(!finished.error.contains("exited with status 0"), "\(finished.error)")
        await expectNothingLeft(running)
    }

    /// Replicas first, contend last, and the other way round.
    @Test(arguments: ["sqlite", "postgresql", "mariadb"], [false, true])
    func aTreeThatIsToldToEndIsNoDeathOfReplicas(database: String, isFromTheTop: Bool) async throws {
        let running = try await start(Scenarios.images(database: database), name: "images") { _ in true }
        let others = running.tree.subtracting([running.supervisor]).sorted()
        let order = [running.started.pid, running.supervisor] + others
        for pid in isFromTheTop ? order : order.reversed() { kill(pid, SIGTERM) }
        let finished = await running.started.finish()
        #expect(finished.status == 143, "\(finished.status) \(finished.output) \(finished.error)")
        #expect(!(finished.output + finished.error).contains("replica-died"), "\(finished.output)")
        await expectNothingLeft(running)
    }

    /// `grace` counts for an orderly stop; once contend is gone, two seconds have to do.
    @Test func aLongGraceKeepsNothingAliveAfterContendsEnd() async throws {
        let text = TestScenario(rounds: 1, mode: "stubborn").text.replacing("grace: 2s", with: "grace: 168h")
        let contend = try Contend()
        let file = try contend.write(text, to: "stubborn.yaml")
        let started = try contend.start(["run", file])
        #expect(await eventually { started.told.contains("\nstopping") }, "\(started.told)")
        let tree = ProcessTable.descendants(of: started.pid)
        #expect(tree.count > 2)
        kill(started.pid, SIGKILL)
        _ = await started.finish()
        #expect(await eventually { tree.allSatisfy { !ProcessTable.isAlive($0) } })
    }

    @Test func aPrepareCommandThatHangsIsShownAndEndedAtItsDeadline() async throws {
        let text = TestScenario(rounds: 1).text.replacing(
            "  database:\n    sqlite: {}",
            with: "  database:\n    sqlite: {}\n  prepare: [[sleep, \"600\"]]\n  prepare-within: 1s")
        let contend = try Contend()
        let file = try contend.write(text, to: "slow.yaml")
        let finished = try await contend.run("run", file)
        #expect(finished.status == 4, "\(finished.error)")
        #expect(finished.output.contains("prepare-1 did not end within 1s"), "\(finished.output)")
        #expect(try contend.read("reports/runs/test-counter/latest/events.log").contains("at most 1s"))
        #expect(ProcessTable.mentioning(contend.folder).isEmpty)
    }
}
