// The supervisor is killed, hangs, loses a reply or is told to end: contend ends what it leaves, and waits
// for nothing without a limit.

import Foundation
import Glibc
import Histories
import Testing

@testable import Clusters
@testable import Scenarios

@Suite(.serialized) struct SupervisorLossTests {
    private func supervisor(in place: Workplace) throws -> Int32 {
        try #require(
            place.processes().first {
                readSmallFile("/proc/\($0)/cmdline")?.contains("supervise") == true
            })
    }

    private static func isLoss(_ event: ClusterEvent) -> Bool {
        if case .trouble(let trouble) = event { trouble.kind == .supervisorDied } else { false }
    }

    @Test func aKilledSupervisorIsToldAndWhatItStartedIsEnded() async throws {
        let place = try Workplace()
        defer { place.remove() }
        let events = EventLog()
        let scenario = place.scenario(arguments: ["--stubborn"], replicas: 2, database: .sqlite)
        let cluster = try await Cluster.start(scenario, options: place.options(), onEvent: events.append)
        let supervisor = try supervisor(in: place)
        // A paused one, too.
        let replica = try #require(place.processes().first { $0 != supervisor })
        kill(replica, SIGSTOP)
        kill(supervisor, SIGKILL)
        #expect(await eventually { events.all.contains(where: Self.isLoss) })
        #expect(await cluster.stop().isEmpty)
        #expect(place.processes().isEmpty)
        #expect(events.deaths.isEmpty)
    }

    @Test func ofAKilledSupervisorServerAndDataAreRemovedAndItsLogIsKept() async throws {
        let place = try Workplace()
        defer { place.remove() }
        let scenario = place.scenario(replicas: 1, database: .postgresql(settings: [:], url: nil))
        let cluster = try await Cluster.start(scenario, options: place.options()) { _ in }
        let supervisor = try supervisor(in: place)
        let owner = try #require(RunOwner(pids: [supervisor, getpid()])).text
        let servers = "/var/tmp/contend-\(geteuid())/servers"
        let folder = try #require(
            FileManager.default.contentsOfDirectory(atPath: servers).first {
                readSmallFile("\(servers)/\($0)/owner") == owner
            })
        kill(supervisor, SIGKILL)
        #expect(await cluster.stop().isEmpty)
        #expect(!FileManager.default.fileExists(atPath: servers + "/" + folder))
        #expect(Workplace.processes { $0.contains(folder) }.isEmpty && place.processes().isEmpty)
        let logs = try FileManager.default.contentsOfDirectory(atPath: place.directory + "/database")
        #expect(logs.contains { $0 == "postgresql.json" || $0 == "postgresql.csv" }, "\(logs)")
    }

    /// The harness is the one that orphans come to, as contend is: daemons that left the session as well.
    @Test(arguments: [SIGKILL, SIGTERM])
    func ofASupervisorThatWasEndedDaemonsAreEndedToo(signal: Int32) async throws {
        let place = try Workplace()
        defer { place.remove() }
        let spawn = ProcessSpawn(
            arguments: [harness, "run", place.directory, place.script, "sqlite", "2"],
            environment: ProcessInfo.processInfo.environment, directory: nil,
            output: .file(place.directory + "/harness.out"))
        let pid = try spawn.start().get()
        #expect(await eventually { place.text("harness.out").contains("ready") })
        kill(try supervisor(in: place), signal)
        #expect(await eventually { place.processes() == [pid] }, "left: \(place.processes())")
        kill(pid, SIGKILL)
        var status: Int32 = 0
        waitpid(pid, &status, 0)
    }

    @Test func aSupervisorThatIsToldToEndDropsTheDatabaseOfAnExistingServer() async throws {
        let host = try Workplace()
        let place = try Workplace()
        defer {
            host.remove()
            place.remove()
        }
        func scenario(_ place: Workplace, _ url: String?) -> Scenario {
            place.scenario(replicas: 1, database: .postgresql(settings: [:], url: url.map(template))) {
                $0.environment = [EnvironmentVariable(name: "TOKEN", value: template("${database.url}"))]
            }
        }
        func url(_ place: Workplace) throws -> String {
            let line = place.text("replicas/0/output.log").split(separator: "\n").first {
                $0.contains("SECRET")
            }
            return String(try #require(line?.split(separator: " ").last))
        }
        let server = try await Cluster.start(scenario(host, nil), options: host.options()) { _ in }
        let events = EventLog()
        let cluster = try await Cluster.start(
            scenario(place, try url(host)), options: place.options(), onEvent: events.append)
        let name = try #require(try url(place).split(separator: "/").last.map(String.init))
        func count() async throws -> [[String?]] {
            let address = try url(host)
            return try await onOwnThread { () throws(ClusterError) in
                let connection = try PostgresConnection(address)
                defer { connection.close() }
                return try connection.run("SELECT count(*) FROM pg_database WHERE datname = '\(name)'")
            }
        }
        #expect(try await count() == [["1"]])
        kill(try supervisor(in: place), SIGTERM)
        #expect(await eventually { events.all.contains { if case .toldToEnd = $0 { true } else { false } } })
        #expect(await cluster.stop().isEmpty)
        #expect(try await count() == [["0"]])
        #expect(place.processes().isEmpty && events.deaths.isEmpty)
        #expect(!events.all.contains(where: Self.isLoss))
        #expect(await server.stop().isEmpty)
    }

    /// A supervisor of a few lines, which serves and then behaves as `script` says.
    private func launch(
        _ script: String, in place: Workplace, _ limits: SupervisorClient.Limits
    ) async throws -> SupervisorClient {
        let served =
            "import os, sys, time\nprint('{\"serving\":{\"pid\":%d}}' % os.getpid(), flush=True)\n"
        return try await SupervisorClient.launch(
            ["/usr/bin/env", "python3", "-c", served + script, place.directory],
            environment: ProcessInfo.processInfo.environment, log: place.directory + "/supervisor.log",
            limits: limits, onEnd: { _, _ in })
    }

    private let sleep = SupervisedProcess(
        key: 1, name: "sleep", arguments: ["/bin/sleep", "600"], environment: [:], directory: "/",
        output: "/dev/null", tier: 1, stop: [StopStep(signal: Signal.terminate, graceMilliseconds: 100)])

    @Test(arguments: [
        "for line in sys.stdin: pass",
        "for line in sys.stdin: print('{\"started\":{\"id', flush=True)",
        "time.sleep(600)",
    ])
    func aReplyThatNeverComesEndsTheSupervisorAndTheWait(script: String) async throws {
        let place = try Workplace()
        defer { place.remove() }
        var limits = SupervisorClient.Limits()
        limits.answerMilliseconds = 100
        let client = try await launch(script, in: place, limits)
        let error = await #expect(throws: ClusterError.self) { _ = try await client.start(sleep) }
        #expect(error?.code == .supervisor)
        #expect(await client.finish().isEmpty)
        #expect(place.processes().isEmpty)
    }

    @Test func aSupervisorThatReadsNothingEndsTheWait() async throws {
        let place = try Workplace()
        defer { place.remove() }
        var limits = SupervisorClient.Limits()
        limits.sendMilliseconds = 100
        let client = try await launch("time.sleep(600)", in: place, limits)
        var process = sleep
        // More than a socket takes.
        process.environment = ["LONG": String(repeating: "x", count: 4 << 20)]
        await #expect(throws: ClusterError.self) { _ = try await client.start(process) }
        #expect(await client.finish().isEmpty)
        #expect(place.processes().isEmpty)
    }
}
