// Whatever ends contend, nothing is left: a stand-in of contend is killed at random moments, and what remains
// is counted.

import Foundation
import Glibc
import Testing

@testable import Cluster

@Suite(.serialized) struct KillTests {
    /// Starts the stand-in, kills it after so many milliseconds (or when it is ready), and waits until
    /// nothing is left.
    private func killed(
        _ database: String, by signal: Int32 = SIGKILL, afterMilliseconds delay: Int?, in place: Workplace
    ) async throws {
        let output = place.directory + "/harness.out"
        let spawn = ProcessSpawn(
            arguments: [harness, "run", place.directory, place.script, database, "2"],
            environment: ProcessInfo.processInfo.environment, directory: nil, output: .file(output))
        let pid = try spawn.start().get()
        if let delay {
            await rest(milliseconds: delay)
        } else {
            #expect(
                await eventually { place.text("harness.out").contains("ready") },
                "\(place.text("harness.out"))")
        }
        kill(pid, signal)
        var status: Int32 = 0
        waitpid(pid, &status, 0)
        #expect(await eventually { place.processes().isEmpty }, "left: \(place.processes())")
    }

    private func serverFolders() -> Set<String> {
        let root = "/var/tmp/contend-\(geteuid())/servers"
        return Set((try? FileManager.default.contentsOfDirectory(atPath: root)) ?? [])
    }

    /// Folders of servers whose supervisor named this run, and processes working in them.
    private func serversOf(_ before: Set<String>) -> [Int32] {
        Workplace.processes { line in
            serverFolders().subtracting(before).contains { line.contains("/servers/\($0)/") }
        }
    }

    @Test func killedAtRandomMomentsNothingIsLeft() async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SplitMix64(state: seed)
        for round in 0..<6 {
            let place = try Workplace()
            defer { place.remove() }
            let delay = Int.random(in: 0...700, using: &random)
            try await killed("sqlite", afterMilliseconds: delay, in: place)
            #expect(place.processes().isEmpty, "seed \(seed), round \(round), after \(delay) ms")
        }
    }

    @Test(arguments: [SIGKILL, SIGTERM, SIGINT, SIGHUP])
    func killedWhenReadyNothingIsLeft(signal: Int32) async throws {
        let place = try Workplace()
        defer { place.remove() }
        try await killed("sqlite", by: signal, afterMilliseconds: nil, in: place)
        #expect(place.processes().isEmpty)
    }

    @Test func killedWithAPausedReplicaNothingIsLeft() async throws {
        let place = try Workplace()
        defer { place.remove() }
        let spawn = ProcessSpawn(
            arguments: [harness, "run", place.directory, place.script, "sqlite", "2"],
            environment: ProcessInfo.processInfo.environment, directory: nil,
            output: .file(place.directory + "/harness.out"))
        let pid = try spawn.start().get()
        #expect(await eventually { place.text("harness.out").contains("ready") })
        for replica in place.processes()
        where readSmallFile("/proc/\(replica)/cmdline")?.contains("--port") == true {
            kill(replica, SIGSTOP)
        }
        kill(pid, SIGKILL)
        var status: Int32 = 0
        waitpid(pid, &status, 0)
        #expect(await eventually { place.processes().isEmpty }, "left: \(place.processes())")
    }

    @Test(arguments: [nil, 60, 250])
    func killedOnPostgreSQLServerAndDataAreGoneAndItsLogIsKept(delay: Int?) async throws {
        let before = serverFolders()
        let place = try Workplace()
        defer { place.remove() }
        try await killed("postgresql", afterMilliseconds: delay, in: place)
        #expect(serversOf(before).isEmpty)
        let left = serverFolders().subtracting(before).filter {
            readSmallFile("/var/tmp/contend-\(geteuid())/servers/\($0)/owner").flatMap { RunOwner($0) }?
                .isGone(onThisMachine: true) ?? false
        }
        #expect(left.isEmpty, "left: \(left)")
        guard delay == nil else { return }
        let logs = try FileManager.default.contentsOfDirectory(atPath: place.directory + "/database")
        #expect(logs.contains { $0 == "postgresql.json" || $0 == "postgresql.csv" }, "\(logs)")
    }
}
