// Several services and a companion as real processes: who knows whose port, in which order they start, what a
// fault of a companion and its death are called.

import Core
import Foundation
import Glibc
import Histories
import Testing

@testable import Clusters
@testable import Scenarios
@testable import Transport

@Suite(.serialized) struct ServicesTests {
    /// Two services and a companion, each the Python replica.
    private func shop(_ place: Workplace) -> Scenario {
        var scenario = place.scenario(prepare: [["sh", "-c", "echo broker at ${companions.broker.port}"]])
        var front = scenario.target.service
        front.name = "front"
        front.environment = [
            EnvironmentVariable(name: "BACK", value: template("${services.back[0].port}")),
            EnvironmentVariable(name: "BROKER", value: template("${companions.broker.url}")),
        ]
        front.files = [
            FileTemplate(
                path: template("${replica.directory}/peers"),
                text: template("${replica.index} ${replica[1].port} ${services.back.port}"))
        ]
        var back = scenario.target.service
        back.name = "back"
        back.replicas = 1
        back.files = [
            FileTemplate(path: template("${replica.directory}/peers"), text: template("${replica.index}"))
        ]
        var broker = scenario.target.service
        broker.name = "broker"
        broker.isCompanion = true
        broker.replicas = 1
        broker.files = [FileTemplate(path: template("broker.conf"), text: template("port=${port}"))]
        scenario.target.services = [front, back]
        scenario.target.companions = [broker]
        return scenario
    }

    @Test func eachKnowsThePortsOfTheOthersAndNothingIsLeft() async throws {
        let place = try Workplace()
        defer { place.remove() }
        let cluster = try await Cluster.start(shop(place), options: place.options()) { _ in }
        #expect(cluster.endpoints.map(\.index) == [0, 1, 2])
        let ports = cluster.endpoints.map(\.address.port)
        let broker = try #require(cluster.roster.endpoints[3]?.address.port)
        for endpoint in cluster.endpoints { #expect(await get(endpoint, "/healthz") == 200) }
        #expect(place.text("prepare-1.log") == "broker at \(broker)\n")
        #expect(place.text("broker.conf") == "port=\(broker)")
        #expect(place.text("replicas/1/peers") == "1 \(ports[1]) \(ports[2])")
        #expect(place.text("replicas/2/peers") == "0", "numbers count within the service")
        #expect(!place.text("companions/broker/output.log").isEmpty)
        #expect(cluster.commandValues[0]["services.back.port"] == .int(ports[2]))
        #expect(await cluster.stop().isEmpty)
        #expect(place.processes().isEmpty)
    }

    @Test func aCompanionsLogIsRedactedAndItsOwnFilesAreNamed() async throws {
        let place = try Workplace()
        defer { place.remove() }
        var scenario = shop(place)
        scenario.secrets = ["TOKEN"]
        scenario.target.companions[0].environment = [
            EnvironmentVariable(name: "TOKEN", value: template("${secret.TOKEN}"))
        ]
        let cluster = try await Cluster.start(
            scenario, options: place.options(environment: ["TOKEN": "hush-hush"])
        ) { _ in }
        let own = place.directory + "/companions/broker/dump"
        try "hush-hush".write(toFile: own, atomically: true, encoding: .utf8)
        #expect(place.text("companions/broker/output.log").contains("SECRET is hush-hush"))
        #expect(await cluster.stop().isEmpty)
        let log = place.text("companions/broker/output.log")
        #expect(log.contains("SECRET is") && !log.contains("hush-hush"), "\(log)")
        #expect(place.text(RawFiles.marker).contains("companions/broker/dump"))
    }

    @Test func aCompanionIsHitAndBroughtBack() async throws {
        let place = try Workplace()
        defer { place.remove() }
        let events = EventLog()
        let cluster = try await Cluster.start(shop(place), options: place.options(), onEvent: events.append)
        let broker = try #require(cluster.roster.endpoints[3])
        let origin = ContinuousClock.now
        let injection = Task {
            await cluster.runFaults(
                [
                    FaultDeclaration(
                        when: .at(.zero), victim: .replica(0), action: .restart, service: "broker")
                ], seed: 1
            ) { (ContinuousClock.now - origin).nanoseconds }
        }
        #expect(await eventually { events.faults.contains { $0.end != nil } })
        injection.cancel()
        await injection.value
        #expect(events.faults.map(\.target) == [.service("broker"), .service("broker")])
        #expect(await get(broker, "/healthz") == 200)
        #expect(events.troubles.isEmpty, "\(events.troubles)")
        #expect(await cluster.stop().isEmpty)
        #expect(place.processes().isEmpty)
    }

    @Test func aCompanionThatDiesIsToldByItsName() async throws {
        let place = try Workplace()
        defer { place.remove() }
        let events = EventLog()
        let cluster = try await Cluster.start(shop(place), options: place.options(), onEvent: events.append)
        let broker = try #require(cluster.roster.endpoints[3]?.address.port)
        let victim = try #require(
            Workplace.processes { $0.contains(place.script) && $0.contains("\(broker)") }.first)
        kill(victim, SIGKILL)
        #expect(await eventually { events.deaths.contains { $0.description.hasPrefix("companion broker ") } })
        #expect(await cluster.stop().isEmpty)
        #expect(place.processes().isEmpty)
    }
}
