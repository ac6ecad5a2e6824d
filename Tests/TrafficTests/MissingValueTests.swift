// What an answer lacks ends no run: what cannot be sent is left out, counted and told.

import Core
import Histories
import NIOConcurrencyHelpers
import NIOCore
import Testing

@testable import Scenarios
@testable import Traffic

@Suite struct MissingValueTests {
    private func mixed(_ names: String...) -> [MixEntry] { names.map { MixEntry(operation: $0, weight: 1) } }

    private let make = operation("make", request("POST", "/"), captures: [capture("id", "id")])
    private let drop = operation(
        "drop", request("DELETE", "/${{ make.id }}"), needs: Need(operation: "make"))
    private let show = operation("show", request("GET", "/"), isRead: true)

    /// Every second creation is answered without an id.
    private func forgetful(until: Int, _ enough: EventLoopPromise<Void>) async throws -> TestServer {
        let made = NIOLockedValueBox(0)
        let dropped = NIOLockedValueBox(0)
        return try await TestServer.start { request in
            if request.method == "DELETE" {
                let count = dropped.withLockedValue { count in
                    count += 1
                    return count
                }
                if count == until { enough.succeed() }
                return .status(200)
            }
            guard request.method == "POST" else { return .status(200) }
            let number = made.withLockedValue { count in
                count += 1
                return count
            }
            return number.isMultiple(of: 2) ? .json(#"{"other":1}"#) : .json(#"{"id":"t\#(number)"}"#)
        }
    }

    @Test func anOperationThatLacksWhatOthersNeedIsNotOfferedToThem() async throws {
        let enough = TestServer.group.any().makePromise(of: Void.self)
        let server = try await forgetful(until: 20, enough)
        let load = Load(
            shape: .closed(clients: 3, duration: .seconds(600)), mix: mixed("make", "drop", "show"))
        let run = try await run(scenario([make, drop, show], load: load), against: [server]) {
            try await $0.runUntil(enough.futureResult)
            try await $0.readFinally()
        }
        let makes = run.operations("make").filter { $0.outcome == .ok }
        let lacking = makes.filter { $0.captures["id"] == nil }
        #expect(!lacking.isEmpty && lacking.count < makes.count)
        let dropped = run.operations("drop")
        #expect(dropped.count >= 20)
        #expect(dropped.allSatisfy { $0.values["make.id"] != nil })
        #expect(run.summary.counters.skipped == 0, "nothing was tried that could not be sent")
        #expect(
            run.summary.notices.contains {
                $0.hasPrefix("make was ok \(lacking.count) times without a value for make.id")
            }, "\(run.summary.notices)")
    }

    @Test func whatOthersNeedIsWhatTheyMentionAndDoNotFindThemselves() throws {
        let steps = OperationDeclaration(
            name: "edit",
            steps: [
                Step(
                    name: "read", request: request("GET", "/${{ id }}"), captures: [capture("etag", "etag")]),
                Step(
                    name: "write",
                    request: request(
                        "PUT", "/${{ id }}", headers: [("If-Match", "${{ etag }}")],
                        body: .text(template("${{ word }} ${{ make.version }} ${{ unique }}")))),
            ], vary: [NamedVariation(name: "word", variation: .unique)], needs: Need(operation: "make"))
        let made = operation(
            "make", request("POST", "/${{ item }}"),
            captures: ["id", "etag", "version", "word", "spare"].map { capture($0, $0) })
        let plan = OperationPlan(
            made, index: 0,
            in: scenario([made, steps], load: Load(shape: .burst(rounds: 1, clients: 1), mix: [])))
        #expect(plan.handedOn == ["id", "make.version"])
    }

    @Test func whatAnotherMentionsOfAnOperationIsDrawnForIt() {
        let asking = operation(
            "asking", request("GET", "/${{ make.unique }}/${{ make.item }}"), needs: Need(operation: "make"))
        let scenario = scenario(
            [make, asking],
            load: Load(
                shape: .closed(clients: 1, duration: .seconds(1)), mix: [],
                keys: [KeyDeclaration(name: "item", count: 2)]))
        let plan = OperationPlan(make, index: 0, in: scenario)
        #expect(plan.usesUnique && plan.keys == [0])
    }

    @Test func anOperationThatCannotBeSentIsSkippedAndTheOthersGoOn() async throws {
        // `token` is declared as a capture of the preparation, which never gives it.
        let prepare = operation("prepare", request("POST", "/"), captures: [capture("token", "token")])
        let spend = operation("spend", request("PUT", "/", headers: [("X-Token", "${{ token }}")]))
        let server = try await TestServer.start { _ in .json(#"{"id":1}"#) }
        let run = try await run(
            scenario(
                [prepare, spend, show],
                load: Load(
                    shape: .burst(rounds: 3, clients: 4), before: ["prepare"], mix: mixed("spend", "show"),
                    after: ["show"])), against: [server])
        #expect(run.operations("spend").isEmpty)
        #expect(run.operations("show").count == 6)
        #expect(run.operations("show", phase: .after).count == 3)
        #expect(run.summary.counters.skipped == 6)
        #expect(run.summary.counters.roundsDone == 3)
        #expect(
            run.summary.notices == ["spend was not sent 6 times: nothing is bound to ${{ token }}"],
            "\(run.summary.notices)")
    }

    @Test func aPreparationThatCannotBeSentMakesTheRoundVoid() async throws {
        let first = operation("first", request("POST", "/"), captures: [capture("token", "token")])
        let second = operation("second", request("PUT", "/${{ token }}"))
        let server = try await TestServer.start { request in
            request.number == 0 ? .json("{}") : .json(#"{"token":"t"}"#)
        }
        let run = try await run(
            scenario(
                [first, second, show],
                load: Load(
                    shape: .burst(rounds: 2, clients: 2), before: ["first", "second"], mix: mixed("show"))),
            against: [server])
        #expect(run.summary.counters.voidRounds == 1 && run.summary.counters.roundsDone == 1)
        #expect(run.summary.notices == ["second was not sent once: nothing is bound to ${{ token }}"])
    }

    @Test func aPreparationMayNeedAnEarlierOneByItsName() async throws {
        let second = operation(
            "second", request("PUT", "/${{ make.id }}/${{ id }}"), needs: Need(operation: "make"))
        let server = try await TestServer.start { _ in .json(#"{"id":"t1"}"#) }
        let run = try await run(
            scenario(
                [make, second, show],
                load: Load(
                    shape: .burst(rounds: 2, clients: 2), before: ["make", "second"], mix: mixed("show"))),
            against: [server])
        #expect(run.summary.counters.roundsDone == 2 && run.summary.notices.isEmpty)
        #expect(server.requests.filter { $0.method == "PUT" }.map(\.target) == ["/t1/t1", "/t1/t1"])
    }

    @Test func aStepThatCannotBeSentEndsItsOperationAndIsTold() async throws {
        let edit = OperationDeclaration(
            name: "edit",
            steps: [
                Step(name: "read", request: request("GET", "/"), captures: [capture("etag", "etag")]),
                Step(name: "write", request: request("PUT", "/${{ etag }}")),
            ])
        let server = try await TestServer.start { _ in .json("{}") }
        let run = try await run(single(edit), against: [server])
        #expect(run.operations("edit").map(\.outcome) == [.fail])
        #expect(
            run.summary.notices == ["edit ended before its last step once: nothing is bound to ${{ etag }}"])
    }

    @Test func aSetupWithoutWhatLaterRequestsNeedEndsTheRunBeforeItBegins() async throws {
        let use = operation("use", request("GET", "/", headers: [("X-Token", "${{ token }}")]), isRead: true)
        let login = SetupRequest(
            request: request("POST", "/login"),
            captures: [capture("token", "token"), capture("spare", "spare")])
        let load = Load(shape: .burst(rounds: 1, clients: 1), mix: mixed("use"))
        let server = try await TestServer.start { _ in .json("{}") }
        let error = await #expect(throws: TrafficError.self) {
            _ = try await TrafficTests.run(scenario([use], load: load, setup: [login]), against: [server])
        }
        #expect(error?.code == .setup)
        #expect(error?.message.contains("holds no token") == true, "\(error?.message ?? "")")
        // What nobody mentions may be missing.
        let other = try await TestServer.start { _ in .json(#"{"token":"t"}"#) }
        let run = try await run(scenario([use], load: load, setup: [login]), against: [other])
        #expect(run.operations("use").map(\.outcome) == [.ok])
    }

    @Test func aSetupCaptureThatLimitsAModelStandsInTheHistory() async throws {
        let reserve = operation("reserve", request("POST", "/"))
        let usage = operation("usage", request("GET", "/"), captures: [capture("used", "used")], isRead: true)
        let quota = Model(
            name: "quota",
            kind: .boundedCounter(
                limit: template("${{ most }}"),
                add: [OperationBinding(operation: "reserve", value: template("1"))], subtract: [],
                observe: [Observation(operation: "usage", value: template("${{ used }}"))]),
            key: template("all"))
        let server = try await TestServer.start { _ in .json(#"{"most":4,"used":1}"#) }
        let run = try await run(
            scenario(
                [reserve, usage],
                load: Load(shape: .burst(rounds: 1, clients: 1), mix: mixed("reserve"), after: ["usage"]),
                setup: [
                    SetupRequest(request: request("GET", "/limits"), captures: [capture("most", "most")])
                ], models: [quota]), against: [server])
        #expect(run.operations("reserve").map { $0.values["most"] } == [4])
    }

    // MARK: - JSON names

    @Test func aPlaceholderInTheNameOfAMemberIsFilled() async throws {
        let put = operation(
            "put",
            request(
                "PUT", "/",
                body: .json(
                    .object([
                        TemplateMember(
                            name: template("key ${{ unique }}"), value: .template(template("${{ unique }}")))
                    ]))))
        let server = try await TestServer.start { _ in .status(200) }
        let run = try await run(single(put), against: [server])
        let unique = try #require(run.operations("put").first?.values["unique"]?.text)
        #expect(server.requests.map(\.body) == ["{\"key \(unique)\":\"\(unique)\"}"])
    }

    @Test func twoMembersOfOneNameAreNotSent() async throws {
        let put = operation(
            "put",
            request(
                "PUT", "/",
                body: .json(
                    .object([
                        TemplateMember(name: template("a"), value: .literal(1)),
                        TemplateMember(name: template("${{ word }}"), value: .literal(2)),
                    ]))), vary: [NamedVariation(name: "word", variation: .choice(["a"]))])
        let server = try await TestServer.start { _ in .status(200) }
        let run = try await run(single(put), against: [server])
        #expect(server.requests.isEmpty)
        #expect(
            run.summary.notices == [
                "put was not sent once: ${{ word }} gives two members of one object the same name"
            ])
    }
}
