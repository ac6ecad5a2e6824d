// Burst rounds: one instant, one key, fresh values, void rounds, and the sequential control.

import Core
import Histories
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import Testing

@testable import Scenarios
@testable import Traffic

@Suite struct BurstTests {
    private let create = operation("create", request("POST", "/things"), captures: [capture("thing", "id")])
    private let touch = operation(
        "touch", request("PUT", "/things/${{ thing }}", body: .text(template("${{ unique }}"))))
    private let drop = operation("drop", request("DELETE", "/things/${{ thing }}"))
    private let show = operation("show", request("GET", "/things/${{ thing }}"), isRead: true)

    private func rounds(_ rounds: Int, clients: Int) -> Scenario {
        scenario(
            [create, touch, drop, show],
            load: Load(
                shape: .burst(rounds: rounds, clients: clients), before: ["create"],
                mix: [MixEntry(operation: "touch", weight: 3), MixEntry(operation: "drop", weight: 1)],
                after: ["show"]))
    }

    /// Answers a creation with an id of its own and everything else with 200.
    private func service() async throws -> TestServer {
        try await TestServer.start { request in
            request.method == "POST" ? .json(#"{"id":"t\#(request.number)"}"#) : .status(200)
        }
    }

    @Test func allClientsOfARoundAreInFlightTogether() async throws {
        let clients = 24
        let arrived = NIOLockedValueBox(0)
        let gate = TestServer.group.any().makePromise(of: Reply.self)
        let server = try await TestServer.start { request in
            if request.method == "POST" { return .json(#"{"id":"a"}"#) }
            if request.method == "GET" { return .status(200) }
            let all = arrived.withLockedValue { count in
                count += 1
                return count == clients
            }
            if all { gate.succeed(.status(200)) }
            return .later(gate.futureResult)
        }
        let run = try await run(rounds(1, clients: clients), against: [server])
        let load = run.history.operations.filter { $0.phase == .load }
        #expect(load.count == clients)
        #expect(load.allSatisfy { $0.outcome == .ok })
        let lastSent = try #require(load.map(\.invoked).max())
        #expect(load.allSatisfy { ($0.returned ?? 0) >= lastSent })
        #expect(Set(load.map(\.client)).count == clients)
    }

    @Test func aRoundSharesItsPreparationAndReadsThroughEveryReplica() async throws {
        let servers = [try await service(), try await service(), try await service()]
        let run = try await run(rounds(6, clients: 8), against: servers)
        #expect(run.summary.counters.roundsDone == 6)
        for round in 0..<6 {
            let operations = run.history.operations.filter { $0.round == round }
            let before = try #require(operations.first { $0.phase == .before })
            let thing = try #require(before.captures["thing"])
            let load = operations.filter { $0.phase == .load }
            #expect(load.count == 8)
            #expect(load.filter { $0.name == "touch" }.count == 6)
            #expect(load.allSatisfy { $0.values["thing"] == thing && $0.values["round"] == .int(round) })
            #expect(load.allSatisfy { $0.requests.first?.replica == $0.client % 3 })
            let after = operations.filter { $0.phase == .after }
            #expect(after.map { $0.requests.first?.replica } == [0, 1, 2])
            let lastReturn = load.compactMap(\.returned).max() ?? .max
            #expect(after.allSatisfy { $0.invoked >= lastReturn && $0.values["thing"] == thing })
        }
        let written = run.operations("touch").compactMap { $0.values["unique"] }
        #expect(Set(written).count == 36)
        #expect(Set(run.history.operations.map(\.id)).count == run.history.operations.count)
    }

    @Test func aRoundWhosePreparationFailsIsVoid() async throws {
        let made = NIOLockedValueBox(0)
        let server = try await TestServer.start { request in
            guard request.method == "POST" else { return .status(200) }
            let number = made.withLockedValue { count in
                count += 1
                return count
            }
            return number == 2 ? .status(409) : .json(#"{"id":"a"}"#)
        }
        let run = try await run(rounds(3, clients: 4), against: [server])
        #expect(run.summary.counters.voidRounds == 1)
        #expect(run.summary.counters.roundsDone == 2)
        #expect(run.history.operations.filter { $0.round == 1 }.map(\.phase) == [.before])
    }

    @Test func consecutiveBatchesAreTheSameAsOneRun() async throws {
        func drawn(_ body: (LoadGenerator) async throws -> Void) async throws -> [[String]] {
            let run = try await run(rounds(4, clients: 6), against: [try await service()], body)
            return (0..<4).map { round in
                run.history.operations.filter { $0.round == round && $0.phase == .load }
                    .sorted { $0.client < $1.client }
                    .map { "\($0.name) \($0.values["unique"] ?? .null)" }
            }
        }
        let whole = try await drawn { try await $0.run() }
        let batches = try await drawn {
            try await $0.run(rounds: 0..<1)
            try await $0.run(rounds: 1..<4)
        }
        #expect(whole == batches)
        #expect(Set(whole).count > 1)
    }

    @Test func sequentialRoundsNeverOverlap() async throws {
        let run = try await run(rounds(3, clients: 6), against: [try await service()], sequential: true)
        let operations = run.history.operations
        #expect(operations.filter { $0.phase == .load }.count == 18)
        for (earlier, later) in zip(operations, operations.dropFirst()) {
            #expect(try #require(earlier.returned) <= later.invoked)
        }
    }

    @Test func keysAreFreshInEveryRoundAndSetUpBeforehand() async throws {
        let server = try await TestServer.start { _ in .json(#"{"token":"tok"}"#) }
        let spend = operation(
            "spend", request("POST", "/${{ account }}", headers: [("X-Token", "${{ token }}")]))
        let scenario = scenario(
            [spend],
            load: Load(
                shape: .burst(rounds: 3, clients: 2), mix: [MixEntry(operation: "spend", weight: 1)],
                keys: [KeyDeclaration(name: "account", count: 1)]),
            setup: [
                SetupRequest(
                    forEach: "account", request: request("PUT", "/accounts/${{ account }}"),
                    captures: [capture("token", "token")])
            ])
        let run = try await run(scenario, against: [server])
        let accounts = run.operations("spend").compactMap { $0.values["account"]?.text }
        #expect(Set(accounts).count == 3)
        #expect(
            run.operations("setup", phase: .setup).map { $0.values["account"]?.text }
                == accounts.enumerated().filter { $0.offset % 2 == 0 }.map(\.element))
        #expect(
            server.requests.filter { $0.method == "POST" }.allSatisfy { $0.headers["x-token"] == ["tok"] })
    }
}
