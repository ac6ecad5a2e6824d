// A round in steps: prepared, its operations held, admitted one at a time, answered, and read afterwards.

import Core
import Histories
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import Testing

@testable import Scenarios
@testable import Traffic

@Suite struct RoundDriverTests {
    private let create = operation("create", request("POST", "/things"), captures: [capture("thing", "id")])
    private let touch = operation("touch", request("PUT", "/${{ thing }}/${{ unique }}"))
    private let show = operation("show", request("GET", "/${{ thing }}"), isRead: true)

    private func round(clients: Int, of operation: OperationDeclaration, spread: Spread? = nil) -> Scenario {
        scenario(
            [create, operation, show],
            load: Load(
                shape: .burst(rounds: 2, clients: clients), before: ["create"],
                mix: [MixEntry(operation: operation.name, weight: 1)], after: ["show"], spread: spread))
    }

    private func service() async throws -> TestServer {
        try await TestServer.start { $0.method == "POST" ? .json(#"{"id":"t"}"#) : .status(200) }
    }

    /// Runs the steps of a test under a clock that stands still, so that no slow machine makes a time-out.
    private func run(
        _ scenario: Scenario, against servers: [TestServer], sequential: Bool = false,
        time: ManualClock = ManualClock(), _ body: (LoadGenerator) async throws -> Void
    ) async throws -> TrafficRun {
        try await TrafficTests.run(
            scenario, against: servers, sequential: sequential, body, clock: time.clock)
    }

    /// Takes a round through all its steps, one operation after the other in the order of `clients`.
    private func step(_ traffic: LoadGenerator, through number: Int, clients: [Int]) async throws {
        let driver = traffic.driver
        let round = try #require(try await driver.prepare(number, clients: clients.count))
        let held = try await driver.hold(round.assignments)
        for client in clients {
            try await driver.admit(held[client])
            #expect(try await driver.answer(to: held[client]).outcome == .ok)
        }
        try await driver.readAfter(round)
    }

    @Test func eachStepSendsItsOwnRequestsAndNoOthers() async throws {
        let server = try await service()
        let run = try await run(round(clients: 3, of: touch), against: [server]) { traffic in
            let driver = traffic.driver
            let round = try #require(try await driver.prepare(0, clients: 3))
            #expect(server.requests.map(\.method) == ["POST"])
            let held = try await driver.hold(round.assignments)
            #expect(held.map(\.assignment.client) == [0, 1, 2])
            for (number, client) in [2, 0, 1].enumerated() {
                try await driver.admit(held[client])
                #expect(try await driver.answer(to: held[client]).outcome == .ok)
                #expect(server.requests.count == number + 2)
            }
            try await driver.readAfter(round)
        }
        #expect(server.requests.map(\.method) == ["POST", "PUT", "PUT", "PUT", "GET"])
        #expect(run.history.operations.map(\.phase) == [.before, .load, .load, .load, .after])
        #expect(run.operations("touch").map(\.client) == [2, 0, 1])
        #expect(run.summary.counters.ok == 3)
    }

    @Test func anOperationIsAnsweredWhileAnEarlierOneIsStillOpen() async throws {
        let gate = TestServer.group.any().makePromise(of: Reply.self)
        let arrived = TestServer.group.any().makePromise(of: Void.self)
        let server = try await TestServer.start { request in
            if request.method == "POST" { return .json(#"{"id":"t"}"#) }
            guard request.number == 1 else { return .status(200) }
            arrived.succeed()
            return .later(gate.futureResult)
        }
        let run = try await run(round(clients: 2, of: touch), against: [server]) { traffic in
            let driver = traffic.driver
            let round = try #require(try await driver.prepare(0, clients: 2))
            let held = try await driver.hold(round.assignments)
            try await driver.admit(held[1])
            async let first = driver.answer(to: held[1])
            try await arrived.futureResult.get()
            try await driver.admit(held[0])
            #expect(try await driver.answer(to: held[0]).outcome == .ok)
            gate.succeed(.status(409))
            #expect(try await first.outcome == .fail)
        }
        let touches = run.operations("touch")
        #expect(touches.map(\.client) == [1, 0])
        #expect(try #require(touches[1].returned) <= #require(touches[0].returned))
    }

    /// A round of an exploration has its own keys, and what its operations need where the scenario does not
    /// prepare it.
    @Test func aRoundOfAnExplorationPreparesItsKeysAndWhatItsOperationsNeed() async throws {
        let server = try await TestServer.start { $0.method == "POST" ? .json(#"{"id":"t"}"#) : .status(200) }
        let take = operation(
            "take", request("POST", "/taken/${{ item }}"), captures: [capture("thing", "id")])
        let give = operation(
            "give", request("DELETE", "/${{ item }}/${{ thing }}"), needs: Need(operation: "take"))
        var scenario = scenario(
            [take, give],
            load: Load(
                shape: .burst(rounds: 1, clients: 2), mix: [MixEntry(operation: "give", weight: 1)],
                keys: [KeyDeclaration(name: "item", count: 1)]))
        scenario.setup = [
            SetupRequest(request: request("PUT", "/common")),
            SetupRequest(forEach: "item", request: request("PUT", "/items/${{ item }}")),
        ]
        _ = try await run(scenario, against: [server]) { traffic in
            try await traffic.setUp(exploring: true)
            #expect(server.requests.map(\.path) == ["/common"])
            for number in [0, 5] {
                let before = server.requests.count
                let round = try #require(
                    try await traffic.prepare(round: number, operations: ["give", "give"]))
                #expect(round.count == 2)
                let paths = server.requests.dropFirst(before).map(\.path)
                #expect(
                    paths.count == 3 && paths[0].hasPrefix("/items/item-") && paths[0].hasSuffix("-\(number)")
                )
                // Each takes one away, so each needs one of its own.
                #expect(
                    paths.dropFirst().allSatisfy {
                        $0.hasPrefix("/taken/item-") && $0.hasSuffix("-\(number)")
                    })
            }
        }
    }

    /// An exploration holds requests for as long as it likes; only the time of the service counts.
    @Test func theDeadlineOfAHeldRequestStandsStill() async throws {
        let gates = (0..<2).map { _ in TestServer.group.any().makePromise(of: Reply.self) }
        let arrivals = (0..<2).map { _ in TestServer.group.any().makePromise(of: Void.self) }
        let server = try await TestServer.start { request in
            if request.method == "POST" { return .json(#"{"id":"t"}"#) }
            guard request.method == "PUT" else { return .status(200) }
            arrivals[request.number - 1].succeed()
            return .later(gates[request.number - 1].futureResult)
        }
        let time = ManualClock()
        let run = try await run(round(clients: 2, of: touch), against: [server], time: time) {
            traffic in
            let operations = ["touch", "touch"]
            let round = try #require(try await traffic.prepare(round: 0, operations: operations))
            /// The loop has done what it was told before.
            func countTime(of index: Int, _ counts: Bool) async {
                round.countTime(of: index, counts)
                _ = await round.held[index].loop.isStopping
            }
            for index in operations.indices {
                try await round.admit(index)
                try await arrivals[index].futureResult.get()
                await countTime(of: index, false)
                time.advance(by: .seconds(3_600))
                await countTime(of: index, true)
                if index == 1 { time.advance(by: .seconds(60)) }
                if index == 0 { gates[0].succeed(.status(200)) }
                #expect(try await round.answer(to: index).outcome == (index == 0 ? .ok : .unknown))
            }
            gates[1].succeed(.status(200))
        }
        #expect(run.operations("touch").map { $0.requests[0].failure } == [nil, .timeout])
    }

    @Test(arguments: [Spread.roundRobin, .random, .pinned])
    func allRequestsOfAnOperationGoToTheReplicaThatIsChosenForIt(spread: Spread) async throws {
        let twice = OperationDeclaration(
            name: "twice",
            steps: [
                Step(name: "first", request: request("PUT", "/")),
                Step(name: "second", request: request("PUT", "/")),
            ])
        let servers = [try await service(), try await service(), try await service()]
        let run = try await run(round(clients: 3, of: twice, spread: spread), against: servers) { traffic in
            let driver = traffic.driver
            let round = try #require(try await driver.prepare(0, clients: 3))
            let chosen = round.assignments.map { assignment in
                var assignment = assignment
                assignment.replica = .only(2 - assignment.client)
                return assignment
            }
            for held in try await driver.hold(chosen) {
                try await driver.admit(held)
                _ = try await driver.answer(to: held)
            }
        }
        #expect(run.operations("twice").map { $0.requests.map(\.replica) } == [[2, 2], [1, 1], [0, 0]])
    }

    @Test func aRoundWhosePreparationFailsIsVoidAndTheNextIsNot() async throws {
        let server = try await TestServer.start { request in
            request.number == 0 ? .status(409) : .json(#"{"id":"t"}"#)
        }
        let run = try await run(round(clients: 2, of: touch), against: [server]) { traffic in
            #expect(try await traffic.driver.prepare(0, clients: 2) == nil)
            try await step(traffic, through: 1, clients: [0, 1])
        }
        #expect(run.history.operations.filter { $0.round == 0 }.map(\.phase) == [.before])
        #expect(run.operations("touch").map(\.round) == [1, 1])
    }

    @Test func aRequestTimesOutWhenItsTimeIsUpOnTheClock() async throws {
        let time = ManualClock()
        let arrived = TestServer.group.any().makePromise(of: Void.self)
        let server = try await TestServer.start { request in
            if request.method == "POST" { return .json(#"{"id":"t"}"#) }
            arrived.succeed()
            return .silence
        }
        let slow = operation("slow", request("PUT", "/", timeout: .seconds(3_600)))
        let run = try await run(
            round(clients: 1, of: slow), against: [server], time: time
        ) { traffic in
            let driver = traffic.driver
            let round = try #require(try await driver.prepare(0, clients: 1))
            let held = try #require(try await driver.hold(round.assignments).first)
            try await driver.admit(held)
            async let answer = driver.answer(to: held)
            try await arrived.futureResult.get()
            time.advance(by: .seconds(3_600))
            #expect(try await answer.outcome == .unknown)
        }
        let record = try #require(run.operations("slow").first)
        #expect(record.requests.map(\.failure) == [.timeout])
        #expect(try #require(record.latencyNanoseconds) >= 3_600_000_000_000)
    }

    @Test func aLoadEndsWhenItsTimeIsUpOnTheClock() async throws {
        let time = ManualClock()
        let server = try await TestServer.start { request in
            if request.number == 50 { time.advance(by: .seconds(3_600)) }
            return .status(200)
        }
        let load = Load(
            shape: .closed(clients: 3, duration: .seconds(3_600)),
            mix: [MixEntry(operation: "show", weight: 1)])
        let read = operation("show", request("GET", "/", timeout: .seconds(36_000)), isRead: true)
        let run = try await run(scenario([read], load: load), against: [server], time: time) {
            try await $0.run()
        }
        #expect(run.operations("show").count > 50)
        #expect(run.operations("show").allSatisfy { $0.outcome == .ok })
        #expect(run.summary.durationNanoseconds >= 3_600_000_000_000)
    }

    /// What each client sends in each round, whatever the order of sending.
    private func drawn(
        sequential: Bool = false, _ body: @escaping (LoadGenerator) async throws -> Void
    ) async throws -> [String] {
        let other = operation(
            "other", request("PUT", "/${{ thing }}/${{ size }}"),
            vary: [NamedVariation(name: "size", variation: .range(1...1_000))])
        let scenario = scenario(
            [create, touch, other, show],
            load: Load(
                shape: .burst(rounds: 3, clients: 5), before: ["create"],
                mix: [MixEntry(operation: "touch", weight: 2), MixEntry(operation: "other", weight: 3)],
                after: ["show"]))
        let run = try await run(scenario, against: [try await service()], sequential: sequential, body)
        return run.history.operations.map { operation in
            "\(operation.round ?? -1) \(operation.phase) \(operation.client) \(operation.name) "
                + JSON.text(.object(operation.values.dictionary))
        }.sorted()
    }

    @Test func releasedSequentialAndSteppedRoundsDrawTheSame() async throws {
        let released = try await drawn { try await $0.run() }
        let sequential = try await drawn(sequential: true) { try await $0.run() }
        let stepped = try await drawn { traffic in
            for number in 0..<3 {
                try await self.step(traffic, through: number, clients: [4, 3, 0, 1, 2])
            }
        }
        #expect(released.count == 3 * (1 + 5 + 1))
        #expect(released == sequential)
        #expect(released == stepped)
    }
}
