// What the form says about several services and companions, and who is who among their replicas.

import Core
import Histories
import Testing

@testable import Scenarios

@Suite struct ServicesFormTests {
    private static let companion = "{ command: [redis-server, --port, \"${{ port }}\"], ports: [bus] }"

    private func shop(
        companions: String = "{ redis: \(companion) }",
        search: String = "{ command: [search, \"${{ services.orders[1].port }}\"], replicas: 2 }",
        find: String = "search", fault: String = "{ service: redis }"
    ) -> String {
        """
        version: 1
        name: shop
        target:
          companions: \(companions)
          services:
            orders:
              command: [orders, "${{ port }}"]
              environment: { REDIS: "${{ companions.redis.port }}", SEARCH: "${{ services.search.url }}" }
            search: \(search)
          prepare: [[fill, "${{ companions.redis.ports.bus }}"]]
        operations:
          order: { http: POST /orders }
          find: { service: \(find), http: GET /orders, effect: none }
        load: { clients: 2, for: 1s, mix: { order: 1, find: 1 } }
        faults:
          - { every: 2s, restart: \(fault) }
          - { every: 3s, pause: { service: search, replica: any, for: 1s } }
        """
    }

    @Test func replicasAreNumberedThrough() throws {
        let scenario = try Fixture.resolve(shop())
        let target = scenario.target
        #expect(target.services.map(\.name) == ["orders", "search"])
        #expect(target.replicaCount == 5)
        #expect(
            (0..<6).map(target.nameOfReplica) == [
                "replica 0 (orders)", "replica 1 (orders)", "replica 2 (orders)", "replica 3 (search)",
                "replica 4 (search)", "companion redis",
            ])
        #expect(target.folderOfReplica(4) == "replicas/4")
        #expect(target.folderOfReplica(5) == "companions/redis")
        #expect(target.isOneService(3, 4) && !target.isOneService(2, 3))
        #expect(scenario.faults.map(target.victims) == [5..<6, 3..<5])
        #expect(target.faultTarget(5) == .service("redis"))
        #expect(target.faultTarget(3) == .replica(3))
        #expect(scenario.operations.map(\.steps[0].request.service) == [nil, "search"])
    }

    @Test func aResolvedFileSaysTheSame() throws {
        let scenario = try Fixture.resolve(shop())
        #expect(try Fixture.resolve(scenario.resolvedYAML()).comparable == scenario.comparable)
    }

    @Test func theAxisIsAboutTheFirstService() throws {
        let scenario = try Fixture.resolve(shop(), ["replicas": 5])
        #expect(scenario.target.services.map(\.replicas) == [5, 2])
        #expect(scenario.faults.map(scenario.target.victims) == [7..<8, 5..<7])
    }

    @Test func oneServiceNeedsNoName() throws {
        let target = try Fixture.resolve(scenario()).target
        #expect(target.nameOfReplica(1) == "replica 1")
        #expect(target.services.map(\.name) == [""])
    }

    @Test(arguments: [
        ("serach", "`serach` is no service", "did you mean `search`?"),
        ("redis", "`redis` is a companion, and operations go to services alone", "target.services"),
    ])
    func anOperationNamesAService(find: String, said: String, suggested: String) {
        let problems = Fixture.problems(shop(find: find))
        #expect(problems.contains(said) && problems.contains(suggested), "\(problems)")
    }

    @Test func mistakesAreTold() {
        func said(_ text: String) -> String { Fixture.problems(text) }
        let early = said(shop(companions: "{ redis: { command: [r, \"${{ services.orders.port }}\"] } }"))
        #expect(early.contains("undefined placeholder `services.orders.port` in `command`"), "\(early)")
        let stranger = said(shop(search: "{ command: [s, \"${{ services.orders[3].port }}\"] }"))
        #expect(stranger.contains("undefined placeholder `services.orders[3].port`"), "\(stranger)")
        let second = said(shop(search: "{ command: [s, \"${{ companions.redis[1].port }}\"] }"))
        #expect(second.contains("undefined placeholder `companions.redis[1].port`"), "\(second)")
        let attached = said(
            shop(search: "{ urls: [\"http://127.0.0.1:1\"] }").replacing(
                "services.search.url", with: "services.search[1].url"))
        #expect(attached.contains("undefined placeholder `services.search[1].url`"), "\(attached)")
        let nobody = said(shop(fault: "{ service: rediss }"))
        #expect(nobody.contains("`rediss` is neither a service nor a companion"), "\(nobody)")
        #expect(nobody.contains("did you mean `redis`?"), "\(nobody)")
        let none = said(scenario().replacing("service: {", with: "companions: {}\n  service: {"))
        #expect(none.isEmpty, "\(none)")
        let twice = said(shop(companions: "{ redis: \(Self.companion), search: { command: [s] } }"))
        #expect(twice.contains("`search` is the name of a service and of a companion"), "\(twice)")
        let which = said(shop(fault: "{ service: orders }"))
        #expect(which.contains("`replica` is missing in restart"), "\(which)")
        let many = said(shop(companions: "{ redis: { command: [r], replicas: 2 } }"))
        #expect(many.contains("unknown key `replicas` in a companion"), "\(many)")
        let unnamed = said(scenario(operations: "  put: { service: api, http: PUT /item }\n"))
        #expect(unnamed.contains("expected services: { api: … } in place of `service`"), "\(unnamed)")
        let both = said(scenario(service: "{ command: [s] }\n  services: { a: { command: [s] } }"))
        #expect(both.contains("`service`") && both.contains("`services`"), "\(both)")
    }
}
