// What a round sees of its preparation, and values that are drawn among what is known only then.

import Core
import Histories
import NIOConcurrencyHelpers
import Testing

@testable import Scenarios
@testable import Traffic

@Suite struct PreparationTests {
    private let make = operation(
        "make", request("POST", "/make/${{ kind }}"), captures: [capture("id", "id")],
        vary: [NamedVariation(name: "kind", variation: .choice(["a", "b", "c"]))])

    private func drop(_ variation: TemplateValue, _ path: String = "/drop/${{ one }}") -> OperationDeclaration
    {
        operation(
            "drop", request("DELETE", path), vary: [NamedVariation(name: "one", variation: .known(variation))]
        )
    }

    private func burst(_ before: [Preparation], rounds: Int = 1, clients: Int = 8) -> Load {
        Load(
            shape: .burst(rounds: rounds, clients: clients), before: before,
            mix: [MixEntry(operation: "drop", weight: 1)])
    }

    private func service() async throws -> TestServer {
        try await TestServer.start { .json(#"{"id":"t\#($0.number)","ids":["x","y"],"none":[]}"#) }
    }

    @Test func aRepeatedOperationIsSentSoOftenAndGivesLists() async throws {
        let server = try await service()
        let run = try await run(
            scenario(
                [make, drop(.template(template("${{ id }}")), "/drop/${{ kind }}/${{ one }}")],
                load: burst([Preparation(operation: "make", times: 4)], rounds: 2)), against: [server])
        let made = run.operations("make", phase: .before)
        #expect(made.count == 8 && Set(made.map(\.id)).count == 8)
        #expect(Set(made.compactMap { $0.values["kind"] }).count > 1, "each has draws of its own")
        for round in 0..<2 {
            let ids = made.filter { $0.round == round }.compactMap { $0.captures["id"] }
            let kinds = made.filter { $0.round == round }.compactMap { $0.values["kind"] }
            let dropped = run.operations("drop").filter { $0.round == round }
            #expect(ids.count == 4 && dropped.count == 8)
            #expect(
                dropped.allSatisfy { ids.contains($0.values["one"] ?? .null) }, "what was drawn is recorded")
            #expect(Set(dropped.compactMap { $0.values["one"] }).count > 1)
            #expect(dropped.allSatisfy { $0.values["kind"] == .array(kinds) })
        }
    }

    @Test func aRepetitionOfOneIsAListAsWell() async throws {
        let server = try await service()
        let run = try await run(
            scenario(
                [make, drop(.template(template("${{ id }}")))],
                load: burst(["make", Preparation(operation: "make", times: 1)])), against: [server])
        #expect(
            run.operations("drop").allSatisfy {
                $0.values["one"] == "t1" && $0.values["id"] == .array(["t1"])
            })
        #expect(run.operations("drop").count == 8)
    }

    @Test func theRoundSeesWhatItsPreparationVaried() async throws {
        let plain = operation("drop", request("DELETE", "/drop/${{ kind }}"))
        let server = try await service()
        let run = try await run(scenario([make, plain], load: burst(["make"])), against: [server])
        let kind = run.operations("make", phase: .before).first?.values["kind"]
        #expect(kind != nil && run.operations("drop").allSatisfy { $0.values["kind"] == kind })
    }

    @Test func aValueOfItsOwnComesBeforeThatOfThePreparation() async throws {
        let own = operation(
            "drop", request("DELETE", "/drop/${{ kind }}"),
            vary: [NamedVariation(name: "kind", variation: .choice(["own"]))])
        let server = try await service()
        let run = try await run(scenario([make, own], load: burst(["make"])), against: [server])
        #expect(run.operations("drop").allSatisfy { $0.values["kind"] == "own" })
    }

    @Test func aDrawIsAmongCapturesAndLiterals() async throws {
        let server = try await service()
        let list = TemplateValue.array([.template(template("${{ id }}")), .literal(3)])
        let run = try await run(
            scenario([make, drop(list)], load: burst(["make"], clients: 24)), against: [server])
        #expect(Set(run.operations("drop").compactMap { $0.values["one"] }) == ["t0", 3])
    }

    @Test func theSetupMayGiveWhatIsVaried() async throws {
        func targets() async throws -> [String] {
            let server = try await service()
            let run = try await run(
                scenario(
                    [drop(.template(template("${{ ids }}")))], load: burst([], clients: 24),
                    setup: [SetupRequest(request: request("GET", "/"), captures: [capture("ids", "ids")])]),
                against: [server])
            return run.operations("drop").sorted { $0.client < $1.client }.map { $0.requests[0].target }
        }
        let first = try await targets()
        #expect(Set(first) == ["/drop/x", "/drop/y"])
        #expect(try await targets() == first, "the same seed draws the same")
    }

    @Test(arguments: ["none", "missing", "id"])
    func whereThereIsNothingToDrawNothingIsSent(name: String) async throws {
        let prepare = operation("make", request("POST", "/make"), captures: [capture("one", name)])
        let server = try await service()
        let run = try await run(
            scenario([prepare, drop(.template(template("${{ one }}")))], load: burst(["make"], clients: 2)),
            against: [server])
        #expect(run.operations("drop").isEmpty, "not even with the list itself, which has the same name")
        #expect(
            run.summary.notices == ["drop was not sent 2 times: nothing is bound to ${{ one }}"],
            "\(run.summary.notices)")
    }

    @Test func onceSendsARepeatedOperationSoOftenToo() async throws {
        let server = try await service()
        let told = NIOLockedValueBox<[Exchange]>([])
        _ = try await run(
            scenario(
                [make, drop(.template(template("${{ id }}")))],
                load: burst([Preparation(operation: "make", times: 3)])), against: [server]
        ) { traffic in
            let exchanges = try await traffic.once()
            told.withLockedValue { $0 = exchanges }
        }
        #expect(told.withLockedValue { $0.map(\.operation) } == ["make", "make", "make", "drop"])
        #expect(["/drop/t0", "/drop/t1", "/drop/t2"].contains(server.requests.last?.target))
    }

    @Test func aSteppedRoundSeesItsPreparation() async throws {
        let server = try await service()
        let run = try await run(
            scenario(
                [make, drop(.template(template("${{ id }}")))],
                load: burst([Preparation(operation: "make", times: 2)])), against: [server]
        ) { traffic in
            try await traffic.explore {
                let round = try #require(try await traffic.prepare(round: 0, operations: ["drop", "drop"]))
                for index in 0..<2 {
                    try await round.admit(index)
                    _ = try await round.answer(to: index)
                }
                round.close()
            }
        }
        #expect(run.operations("drop").count == 2)
        #expect(run.operations("drop").allSatisfy { ["t0", "t1"].contains($0.values["one"]?.text) })
    }
}
