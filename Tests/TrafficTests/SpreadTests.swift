// Which replica each request of a burst goes to, steps without effect, refused connections, and what an
// answer shows of absence.

import Core
import Histories
import NIOConcurrencyHelpers
import NIOCore
import Testing

@testable import Scenarios
@testable import Traffic

@Suite struct SpreadTests {
    private let twice = OperationDeclaration(
        name: "twice",
        steps: [
            Step(name: "first", request: request("POST", "/")),
            Step(name: "second", request: request("PUT", "/")),
            Step(name: "third", request: request("PUT", "/")),
        ])

    /// The replicas of each operation's requests, of clients in order, round after round.
    private func replicas(
        _ spread: Spread?, rounds: Int = 2, clients: Int = 4, sequential: Bool = false
    ) async throws -> [[Int]] {
        let servers = [
            try await TestServer.start { _ in .status(200) },
            try await TestServer.start { _ in .status(200) },
            try await TestServer.start { _ in .status(200) },
        ]
        let run = try await run(
            scenario(
                [twice],
                load: Load(
                    shape: .burst(rounds: rounds, clients: clients),
                    mix: [MixEntry(operation: "twice", weight: 1)], spread: spread)), against: servers,
            sequential: sequential)
        return run.operations("twice").sorted { ($0.round ?? 0, $0.client) < ($1.round ?? 0, $1.client) }
            .map { $0.requests.map(\.replica) }
    }

    @Test(arguments: [nil, Spread.pinned])
    func aBurstKeepsEachClientOnItsReplica(spread: Spread?) async throws {
        #expect(
            try await replicas(spread)
                == Array(repeating: [[0, 0, 0], [1, 1, 1], [2, 2, 2], [0, 0, 0]], count: 2)
                .flatMap { $0 })
    }

    @Test(arguments: [false, true])
    func roundRobinMovesOnFromStepToStep(sequential: Bool) async throws {
        #expect(
            try await replicas(.roundRobin, sequential: sequential)
                == Array(repeating: [[0, 1, 2], [1, 2, 0], [2, 0, 1], [0, 1, 2]], count: 2).flatMap { $0 })
    }

    @Test func randomGoesAnywhereAndTheSameWayForTheSameSeed() async throws {
        let first = try await replicas(.random, rounds: 8)
        #expect(Set(first.flatMap { $0 }) == [0, 1, 2])
        #expect(first.contains { Set($0).count > 1 })
        #expect(try await replicas(.random, rounds: 8) == first)
    }

    // MARK: - Refused connections

    @Test func aRefusedConnectionIsTriedOnTheNextReplica() async throws {
        let deaf = try DeafPort()
        let server = try await TestServer.start { _ in .status(200) }
        let put = operation(
            "put", request("PUT", "/"), retry: Retry(on: [AnswerPattern([.refused])], attempts: 3, from: 0))
        let run = try await run(
            scenario(
                [put],
                load: Load(
                    shape: .burst(rounds: 1, clients: 1), mix: [MixEntry(operation: "put", weight: 1)],
                    spread: .roundRobin)), against: [server], at: [deaf.address, server.address])
        let record = try #require(run.operations("put").first)
        #expect(record.outcome == .ok)
        #expect(record.requests.map(\.replica) == [0, 1])
        #expect(record.requests.map(\.failure) == [.refused, nil])
    }

    // MARK: - Steps without effect

    @Test(arguments: [(false, Outcome.unknown), (true, .fail)])
    func aRefusedLastStepIsAFailureWhereTheStepsBeforeHadNoEffect(isRead: Bool, outcome: Outcome) async throws
    {
        let server = try await TestServer.start { request in .status(request.method == "POST" ? 200 : 409) }
        let put = OperationDeclaration(
            name: "put",
            steps: [
                Step(name: "search", request: request("POST", "/"), isRead: isRead),
                Step(name: "write", request: request("PUT", "/")),
            ])
        let run = try await run(single(put), against: [server])
        #expect(run.operations("put").map(\.outcome) == [outcome])
    }

    @Test func aStepWithoutEffectThatMeetsAServerErrorWroteNothing() async throws {
        let server = try await TestServer.start { _ in .status(500) }
        let put = OperationDeclaration(
            name: "put",
            steps: [
                Step(name: "search", request: request("POST", "/"), isRead: true),
                Step(name: "write", request: request("PUT", "/")),
            ])
        let run = try await run(single(put), against: [server])
        #expect(run.operations("put").map(\.outcome) == [.fail])
    }

    // MARK: - Absence

    @Test func theHistorySaysWhichAnswersShowAbsence() async throws {
        let gone = AnswerPattern([.json(JSONPath(segments: [.member("kvs")]), .absent)])
        let show = operation("show", request("GET", "/"), captures: [capture("v", "kvs")], isRead: true)
        let put = operation("put", request("PUT", "/"))
        let model = Model(
            name: "value",
            kind: .register(
                write: [OperationBinding(operation: "put", value: template("a"))],
                read: [
                    Observation(
                        operation: "show", value: template("${{ v }}"),
                        absent: [AnswerPattern([.status(StatusSet([404...404]))]), gone])
                ]), key: template("k"))
        let answers: [Reply] = [
            .json(#"{"kvs":"a"}"#), .json(#"{"count":0}"#), .json(#"{"error":"x"}"#, status: 500),
            .json("{}", status: 404),
        ]
        let server = try await TestServer.start { answers[$0.number % 4] }
        let run = try await run(
            scenario(
                [show, put],
                load: Load(
                    shape: .burst(rounds: 1, clients: 4), mix: [MixEntry(operation: "show", weight: 1)]),
                models: [model]), against: [server], sequential: true)
        let requests = run.operations("show").flatMap(\.requests)
        #expect(requests.map(\.status) == [200, 200, 500, 404])
        #expect(requests.map(\.meets) == [[], ["json $.kvs absent"], [], []])
    }
}
