// Real replica processes on SQLite or nothing: start, prepare, files, death, faults, stop.

import Core
import Foundation
import Glibc
import Histories
import Testing

@testable import Clusters
@testable import Scenarios
@testable import Transport

@Suite(.serialized) struct ReplicaProcessTests {
    @Test func replicasGetPortsDirectoriesFilesAndTheDatabaseAndLeaveNothing() async throws {
        let place = try Workplace()
        defer { place.remove() }
        var scenario = place.scenario(
            database: .sqlite, prepare: [["sh", "-c", "echo prepared ${database.path} $TOKEN $HERE"]]
        ) { service in
            service.environment = [
                EnvironmentVariable(name: "TOKEN", value: template("${secret.TOKEN}")),
                EnvironmentVariable(name: "HERE", value: template("${replica.directory}")),
            ]
            service.files = [
                FileTemplate(
                    path: template("${replica.directory}/etc/a.conf"), text: template("port=${port}\n")),
                FileTemplate(path: template("shared/b.conf"), text: template("${database.url}")),
            ]
        }
        scenario.secrets = ["TOKEN"]
        let cluster = try await Cluster.start(
            scenario, options: place.options(environment: ["TOKEN": "hush-hush"])
        ) { _ in }
        #expect(cluster.endpoints.map(\.index) == [0, 1])
        for endpoint in cluster.endpoints { #expect(await get(endpoint, "/healthz") == 200) }
        for endpoint in cluster.endpoints {
            #expect(place.text("replicas/\(endpoint.index)/etc/a.conf") == "port=\(endpoint.address.port)\n")
            let log = place.text("replicas/\(endpoint.index)/output.log")
            #expect(log.contains("\(place.directory)/replicas/\(endpoint.index) SECRET is hush-hush"))
        }
        #expect(
            place.text("prepare-1.log") == "prepared \(place.directory)/database/contend.sqlite hush-hush\n")
        #expect(
            place.text("shared/b.conf") == "sqlite:///\(place.directory)/database/contend.sqlite",
            "four slashes, as SQLAlchemy reads an absolute path")
        #expect(await cluster.stop().isEmpty)
        #expect(place.processes().isEmpty)
        for endpoint in cluster.endpoints { #expect(await get(endpoint, "/healthz") == nil) }
        #expect(!FileManager.default.fileExists(atPath: place.directory + "/supervisor.log"))
    }

    @Test func aReplicaThatDiesBeforeItIsReadyIsAnErrorWithItsLastLines() async throws {
        let place = try Workplace()
        defer { place.remove() }
        let error = await #expect(throws: ClusterError.self) {
            _ = try await Cluster.start(place.scenario(arguments: ["--fail"]), options: place.options()) {
                _ in
            }
        }
        #expect(error?.code == .replica)
        #expect(error?.message.contains("exited with status 3") == true)
        #expect(error?.message.contains("cannot read configuration") == true)
        #expect(place.processes().isEmpty)
    }

    @Test func filesThatAllReplicasShareAreThereBeforeTheFirstCommand() async throws {
        let place = try Workplace()
        defer { place.remove() }
        let scenario = place.scenario(
            database: .sqlite, prepare: [["sh", "-c", "cat shared/a.conf; ls replicas 2>/dev/null || true"]]
        ) { service in
            service.files = [
                FileTemplate(path: template("shared/a.conf"), text: template("url=${database.url}\n")),
                FileTemplate(path: template("${replica.directory}/b.conf"), text: template("b")),
            ]
        }
        let cluster = try await Cluster.start(scenario, options: place.options()) { _ in }
        #expect(
            place.text("prepare-1.log") == "url=sqlite:///\(place.directory)/database/contend.sqlite\n")
        #expect(place.text("replicas/1/b.conf") == "b")
        #expect(await cluster.stop().isEmpty)
    }

    @Test func filesOutsideTheRunsAndTheScenariosFolderAreRefused() async throws {
        let place = try Workplace()
        defer { place.remove() }
        let outside = place.directory + "-outside"
        defer { try? FileManager.default.removeItem(atPath: outside) }
        try FileManager.default.createDirectory(
            atPath: place.directory + "/scenarios", withIntermediateDirectories: true)
        func start(_ path: String) async throws {
            var scenario = place.scenario { service in
                service.files = [FileTemplate(path: template(path), text: template("a"))]
            }
            scenario.file = place.directory + "/scenarios/scenario.yaml"
            var options = place.options()
            options.runDirectory += "/run"
            try FileManager.default.createDirectory(
                atPath: options.runDirectory, withIntermediateDirectories: true)
            _ = await (try Cluster.start(scenario, options: options) { _ in }).stop()
        }
        for path in [
            outside + "/a", "../a", "${run.directory}/../a", "${run.directory}-other/a", "/etc/contend-test",
            "${replica.directory}/../../../a", "a/",
        ] {
            let error = await #expect(throws: ClusterError.self) { try await start(path) }
            #expect(
                error?.code == .file && error?.message.contains("outside the run's folder") == true, "\(path)"
            )
        }
        #expect(!FileManager.default.fileExists(atPath: outside))
        #expect(place.text("a").isEmpty)
        try await start("${scenario.directory}/made/a")
        try await start("made/../b")
        #expect(place.text("scenarios/made/a") == "a" && place.text("run/b") == "a")
        #expect(await eventually { place.processes().isEmpty })
    }

    @Test func aFileThatCannotBeWrittenIsToldInTheSystemsWords() async throws {
        let place = try Workplace()
        defer { place.remove() }
        try FileManager.default.createDirectory(
            atPath: place.directory + "/taken", withIntermediateDirectories: true)
        let scenario = place.scenario { service in
            service.files = [FileTemplate(path: template("taken"), text: template("a"))]
        }
        let error = await #expect(throws: ClusterError.self) {
            _ = try await Cluster.start(scenario, options: place.options()) { _ in }
        }
        #expect(
            error?.message == "\(place.directory)/taken could not be written: Is a directory",
            "\(error?.message ?? "")")
    }

    @Test func aFailedPrepareIsAnErrorWithItsLastLinesRedacted() async throws {
        let place = try Workplace()
        defer { place.remove() }
        var scenario = place.scenario(prepare: [["sh", "-c", "echo no table for ${secret.TOKEN}; exit 9"]])
        scenario.secrets = ["TOKEN"]
        let error = await #expect(throws: ClusterError.self) {
            _ = try await Cluster.start(
                scenario, options: place.options(environment: ["TOKEN": "hush-hush"])
            ) { _ in }
        }
        #expect(error?.code == .prepare)
        #expect(error?.message.contains("prepare-1 exited with status 9") == true)
        #expect(error?.message.contains("no table for \(Redactor.mark)") == true)
        #expect(place.processes().isEmpty)
    }

    @Test func unboundNamesMissingSecretsAndMissingCommandsAreErrors() async throws {
        let place = try Workplace()
        defer { place.remove() }
        var secret = place.scenario()
        secret.secrets = ["NO_SUCH_SECRET"]
        let cases: [(Scenario, ClusterError.Code, String)] = [
            (secret, .binding, "NO_SUCH_SECRET"),
            (place.scenario(arguments: ["${nothing}"]), .binding, "${{ nothing }}"),
            (place.scenario { $0.command = [template("no-such-program")] }, .replica, "no-such-program"),
        ]
        for (scenario, code, text) in cases {
            let error = await #expect(throws: ClusterError.self) {
                _ = try await Cluster.start(scenario, options: place.options()) { _ in }
            }
            #expect(error?.code == code)
            #expect(error?.message.contains(text) == true, "\(error?.message ?? "")")
        }
        #expect(await eventually { place.processes().isEmpty })
    }

    @Test func aDeathDuringTheLoadIsToldWithTheLastLines() async throws {
        let place = try Workplace()
        defer { place.remove() }
        let events = EventLog()
        let cluster = try await Cluster.start(
            place.scenario(), options: place.options(), onEvent: events.append)
        _ = await get(cluster.endpoints[1], "/die")
        #expect(await eventually { !events.deaths.isEmpty })
        let death = try #require(events.deaths.first)
        #expect(death.index == 1 && death.description.contains("exited with status 7"))
        #expect(death.lines.last == "dying as asked")
        #expect(await cluster.stop().isEmpty)
        #expect(events.deaths.count == 1, "what stop ends did not die by itself")
    }

    @Test func aStubbornReplicaItsDaemonAndAPausedOneAreAllEnded() async throws {
        let place = try Workplace()
        defer { place.remove() }
        let scenario = place.scenario(arguments: ["--stubborn", "--daemon"], replicas: 1) {
            $0.stop.grace = .milliseconds(100)
        }
        let cluster = try await Cluster.start(scenario, options: place.options()) { _ in }
        // The supervisor, the replica and its daemon.
        #expect(await eventually { place.processes().count == 3 })
        for pid in place.processes() where ProcessTable.entry(of: pid)?.group == pid {
            if readSmallFile("/proc/\(pid)/cmdline")?.contains("replica.py") == true { kill(-pid, SIGSTOP) }
        }
        #expect(await cluster.stop().isEmpty)
        #expect(place.processes().isEmpty)
    }

    @Test func faultsHitAreToldAndHealed() async throws {
        let place = try Workplace()
        defer { place.remove() }
        let events = EventLog()
        let cluster = try await Cluster.start(
            place.scenario(replicas: 3), options: place.options(), onEvent: events.append)
        let origin = ContinuousClock.now
        let now: @Sendable () -> Int64 = { (ContinuousClock.now - origin).nanoseconds }
        let faults = [
            FaultDeclaration(
                when: .at(.zero), victim: .replica(0), action: .pause(for: .seconds(600))),
            FaultDeclaration(
                when: .at(.zero), victim: .replica(1), action: .kill(restartAfter: .milliseconds(50))),
            FaultDeclaration(when: .at(.zero), victim: .replica(2), action: .restart),
        ]
        let injection = Task { await cluster.runFaults(faults, seed: 1, now: now) }
        let healed: @Sendable () -> [Int] = {
            events.faults.filter { $0.end != nil }.compactMap(\.target.replica).sorted()
        }
        #expect(await eventually { healed() == [1, 2] })
        #expect(events.faults.contains { $0.target == .replica(0) && $0.kind == .pause && $0.end == nil })
        #expect(await get(cluster.endpoints[0], "/healthz") == nil, "it is paused")
        injection.cancel()
        await injection.value
        #expect(events.troubles.isEmpty)
        for endpoint in cluster.endpoints { #expect(await get(endpoint, "/healthz") == 200) }
        for record in events.faults { #expect(record.end ?? .max > record.start) }
        #expect(healed() == [0, 1, 2])
        #expect(events.deaths.isEmpty, "a fault is no death")
        #expect(await cluster.stop().isEmpty)
        #expect(place.processes().isEmpty)
    }

    /// A pause that is over before every process is seen stopped must not be taken for one that failed.
    @Test func shortPausesOfSeveralReplicasNeverWakeWhatIsBeingStopped() async throws {
        let place = try Workplace()
        defer { place.remove() }
        let events = EventLog()
        let cluster = try await Cluster.start(
            place.scenario(replicas: 3), options: place.options(), onEvent: events.append)
        let origin = ContinuousClock.now
        let faults = (0..<6).map { number in
            FaultDeclaration(
                when: .every(.milliseconds(3 + number)), victim: number < 3 ? .replica(number) : .any,
                action: .pause(for: .milliseconds(number % 2)))
        }
        let injection = Task {
            await cluster.runFaults(faults, seed: 1) { (ContinuousClock.now - origin).nanoseconds }
        }
        #expect(await eventually { events.faults.filter { $0.end != nil }.count > 60 })
        injection.cancel()
        await injection.value
        #expect(events.troubles.isEmpty, "\(events.troubles)")
        for endpoint in cluster.endpoints { #expect(await get(endpoint, "/healthz") == 200) }
        #expect(await cluster.stop().isEmpty)
    }

    @Test func aReplicaThatDoesNotComeBackIsAFaultThatWasNotHealed() async throws {
        let place = try Workplace()
        defer { place.remove() }
        let events = EventLog()
        let once = "[ -e once ] && { echo no more; exit 9; }; touch once; exec \"$@\""
        let scenario = place.scenario(replicas: 1) { service in
            service.command = ["sh", "-c", once, "sh"].map(template) + service.command
            service.ready?.within = .seconds(5)
        }
        let cluster = try await Cluster.start(scenario, options: place.options(), onEvent: events.append)
        let kill = FaultDeclaration(
            when: .at(.zero), victim: .replica(0), action: .kill(restartAfter: .milliseconds(1)))
        let origin = ContinuousClock.now
        let injection = Task {
            await cluster.runFaults([kill], seed: 1) { (ContinuousClock.now - origin).nanoseconds }
        }
        #expect(await eventually { !events.troubles.isEmpty })
        injection.cancel()
        await injection.value
        let trouble = try #require(events.troubles.first)
        #expect(trouble.kind == .faultNotHealed && trouble.replica == 0 && trouble.text.contains("no more"))
        #expect(events.faults.map(\.end) == [nil], "it was injected and is open")
        #expect(await cluster.stop().isEmpty)
    }

    @Test func makingReadyStartsAgainWhatHasDied() async throws {
        let place = try Workplace()
        defer { place.remove() }
        let events = EventLog()
        let cluster = try await Cluster.start(
            place.scenario(), options: place.options(), onEvent: events.append)
        _ = await get(cluster.endpoints[1], "/die")
        #expect(await eventually { !events.deaths.isEmpty })
        try await cluster.makeReady()
        for endpoint in cluster.endpoints { #expect(await get(endpoint, "/healthz") == 200) }
        _ = await get(cluster.endpoints[1], "/die")
        #expect(await eventually { events.deaths.count == 2 }, "the new one is watched as well")
        #expect(await cluster.stop().isEmpty)
    }

    @Test func aDatabaseFileThatWasRemovedIsTold() async throws {
        let place = try Workplace()
        defer { place.remove() }
        let events = EventLog()
        let cluster = try await Cluster.start(
            place.scenario(replicas: 1, database: .sqlite), options: place.options(), onEvent: events.append)
        await cluster.checkDatabase()
        #expect(events.troubles.isEmpty)
        try FileManager.default.removeItem(atPath: place.directory + "/database/contend.sqlite")
        await cluster.checkDatabase()
        await cluster.checkDatabase()
        #expect(events.troubles.map(\.kind) == [.databaseDied], "told once")
        #expect(await cluster.stop().isEmpty)
    }

    @Test func attachedReplicasAreNeitherStoppedNorHitAndMustBeLocal() async throws {
        let place = try Workplace()
        let other = try Workplace()
        defer {
            place.remove()
            other.remove()
        }
        let running = try await Cluster.start(place.scenario(replicas: 1), options: place.options()) { _ in }
        let endpoint = running.endpoints[0]
        let attached = other.scenario {
            $0.command = []
            $0.urls = [template("http://127.0.0.1:\(endpoint.address.port)")]
        }
        let events = EventLog()
        let cluster = try await Cluster.start(attached, options: other.options(), onEvent: events.append)
        #expect(cluster.endpoints == [endpoint])
        let fault = FaultDeclaration(when: .at(.zero), victim: .replica(0), action: .restart)
        let injection = Task { await cluster.runFaults([fault], seed: 1) { 0 } }
        #expect(await eventually { !events.troubles.isEmpty })
        injection.cancel()
        await injection.value
        #expect(events.troubles.map(\.kind) == [.faultNotInjected])
        #expect(events.troubles.first?.text.contains("was not started by contend") == true)
        #expect(await cluster.stop().isEmpty)
        #expect(await get(endpoint, "/healthz") == 200)

        let remote = other.scenario {
            $0.command = []
            $0.urls = [template("http://192.0.2.1:80")]
        }
        let refused = await #expect(throws: ClusterError.self) {
            _ = try await Cluster.start(remote, options: other.options()) { _ in }
        }
        #expect(refused?.code == .address)
        #expect(await running.stop().isEmpty)
    }
}
