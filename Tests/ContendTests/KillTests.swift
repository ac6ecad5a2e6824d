// SIGKILL of contend itself at random moments: nothing of the run is left, and what it recorded can still be
// judged.

import Foundation
import Testing

/// CONTEND_KILLS says how often on each database, CONTEND_KILL_SEED repeats the moments of a failed run.
@Suite(.serialized) struct KillTests {
    static let kills = ProcessInfo.processInfo.environment["CONTEND_KILLS"].flatMap { Int($0) } ?? 2
    static let seed =
        ProcessInfo.processInfo.environment["CONTEND_KILL_SEED"].flatMap { UInt64($0) }
        ?? UInt64.random(in: 1...1_000_000)
    /// Some moments lie before the replicas are ready, most in the load.
    static let latestMilliseconds: UInt64 = 4_000

    @Test(arguments: ["sqlite", "postgresql", "mariadb", "galera"])
    func nothingIsLeftAfterContendIsKilled(database: String) async throws {
        var state = Self.seed
        for number in 0..<Self.kills {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let moment = Duration.milliseconds(Int64((state >> 33) % Self.latestMilliseconds))
            try await kill(
                after: moment, database, "kill \(number) of seed \(Self.seed), \(database), after \(moment)")
        }
    }

    private func kill(after moment: Duration, _ database: String, _ name: String) async throws {
        let contend = try Contend()
        let file = try contend.write(Scenarios.images(database: database), to: "images.yaml")
        let started = try contend.start(["run", file, "--quiet"])
        let pid = started.pid
        // The moment is the input of this test; nothing is expected to have happened by then.
        let end = ContinuousClock.now + moment
        var seen: Set<Int32> = []
        while ContinuousClock.now < end {
            seen.formUnion(ProcessTable.descendants(of: pid))
            try await Task.sleep(for: .milliseconds(20))
        }
        seen.formUnion(ProcessTable.descendants(of: pid))
        Foundation.kill(pid, SIGKILL)
        _ = await started.finish()
        let isClean = await eventually {
            seen.allSatisfy { !ProcessTable.isAlive($0) } && ProcessTable.mentioning(contend.folder).isEmpty
        }
        #expect(
            isClean,
            "\(name): left \(seen.filter(ProcessTable.isAlive)), \(ProcessTable.mentioning(contend.folder))")
        #expect(
            await eventually { serverFolders(ownedBy: seen).isEmpty },
            "\(name): \(serverFolders(ownedBy: seen))")
        try await judge(contend, name)
    }

    /// Data folders of private servers whose owner is one of these processes.
    private func serverFolders(ownedBy pids: Set<Int32>) -> [String] {
        let root = "/var/tmp/contend-\(geteuid())/servers"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        return names.filter { name in
            let owner = try? String(contentsOfFile: "\(root)/\(name)/owner", encoding: .utf8)
            return pids.contains { owner?.contains(" \($0) ") == true }
        }
    }

    /// What was recorded before the kill is judged, and passes for nothing; a run that was killed before its
    /// first operation is told from one that cannot be read.
    private func judge(_ contend: Contend, _ name: String) async throws {
        let latest = "reports/runs/images/latest"
        guard contend.exists("\(latest)/run.json"), contend.exists("\(latest)/scenario.yaml") else { return }
        let checked = try await contend.run("check", "latest")
        #expect([1, 2, 3, 4].contains(checked.status), "\(name): \(checked.status) \(checked.error)")
        #expect(checked.output.contains("contend · images"), "\(name)")
        let told = checked.status == 4 ? "nothing was recorded" : "stopped-early"
        #expect(checked.output.contains(told), "\(name): \(checked.output)")
        #expect(contend.exists("\(latest)/verdict.json"), "\(name)")
    }
}
