// Whatever ends contend, nothing is left: a stand-in of contend is killed at random moments, and what remains
// is counted.

import Core
import Foundation
import Glibc
import Testing

@testable import Clusters

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

    private static let servers = "/var/tmp/contend-\(geteuid())/servers"

    /// Folders of servers whose supervisor is gone; those of tests that run beside this one have a living
    /// owner.
    private func abandonedFolders() -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: Self.servers)) ?? []
        return names.filter {
            readSmallFile("\(Self.servers)/\($0)/owner").flatMap { RunOwner($0) }?
                .isGone(onThisMachine: true) ?? false
        }
    }

    /// Servers that run in a folder which is abandoned or gone.
    private func abandonedServers() -> [Int32] {
        let abandoned = abandonedFolders()
        return Workplace.processes { line in
            guard let start = line.range(of: Self.servers + "/")?.upperBound else { return false }
            let name = String(line[start...].prefix { $0 != "/" })
            return abandoned.contains(name)
                || !FileManager.default.fileExists(atPath: "\(Self.servers)/\(name)")
        }
    }

    @Test func killedAtRandomMomentsNothingIsLeft() async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededGenerator(state: seed)
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

    /// The thread sanitizer's run needs no MariaDB.
    private static let engines =
        ["postgresql"] + (getenv("CONTEND_TSAN") == nil ? ["mariadb", "galera"] : [])

    @Test(arguments: engines, [nil, 60, 250])
    func killedOnAServerOfTheRunsOwnItAndItsDataAreGoneAndItsLogIsKept(
        database: String, delay: Int?
    ) async throws {
        let place = try Workplace()
        defer { place.remove() }
        try await killed(database, afterMilliseconds: delay, in: place)
        #expect(await eventually { abandonedServers().isEmpty })
        #expect(await eventually { abandonedFolders().isEmpty })
        guard delay == nil else { return }
        let logs = try FileManager.default.contentsOfDirectory(atPath: place.directory + "/database")
        #expect(
            logs.contains { ["postgresql.json", "postgresql.csv", "mariadb.log", "node-0"].contains($0) },
            "\(logs)")
    }
}
