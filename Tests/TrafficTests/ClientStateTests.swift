// What a client keeps: every client its own, one operation after the other, and what is recorded of it.

import Core
import Histories
import NIOConcurrencyHelpers
import NIOCore
import Testing

@testable import Scenarios
@testable import Traffic

@Suite struct ClientStateTests {
    /// Sends its token and keeps the one that comes back.
    private func refresh(_ keep: String = "${{ next }}", needs: Need? = nil) -> OperationDeclaration {
        OperationDeclaration(
            name: "refresh",
            steps: [
                Step(
                    name: "refresh", request: request("POST", "/token/${{ token }}"),
                    captures: [capture("next", "next")],
                    keeps: [Keep(state: "token", value: template(keep))])
            ], needs: needs)
    }

    private func token(_ initial: String?) -> [StateDeclaration] {
        [StateDeclaration(name: "token", initial: initial.map { .template(template($0)) })]
    }

    private func closed(_ clients: Int, _ state: [StateDeclaration], _ mix: String...) -> Load {
        Load(
            shape: .closed(clients: clients, duration: .seconds(600)),
            mix: mix.map { MixEntry(operation: $0, weight: 1) }, state: state)
    }

    /// Answers `/token/X` with `X+`, and ends the load after so many requests; `answer` may do otherwise.
    private func server(
        _ count: Int, _ enough: EventLoopPromise<Void>,
        _ answer: @escaping @Sendable (SeenRequest, String) -> Reply? = { _, _ in nil }
    ) async throws -> TestServer {
        let seen = NIOLockedValueBox(0)
        return try await TestServer.start { request in
            let number = seen.withLockedValue { seen in
                seen += 1
                return seen
            }
            if number == count { enough.succeed() }
            let old = String(request.path.dropFirst("/token/".count))
            return answer(request, old) ?? .json(#"{"next":"\#(old)+"}"#)
        }
    }

    private func promise() -> EventLoopPromise<Void> { TestServer.group.any().makePromise(of: Void.self) }

    @Test func everyClientSendsWhatItKeptLast() async throws {
        let enough = promise()
        let server = try await server(80, enough)
        let run = try await run(
            scenario([refresh()], load: closed(4, token("c${{ client }}"), "refresh")), against: [server]
        ) { try await $0.runUntil(enough.futureResult) }
        let byClient = Dictionary(grouping: run.operations("refresh"), by: \.client)
        #expect(byClient.count == 4)
        for (client, operations) in byClient {
            let inOrder = operations.sorted { $0.invoked < $1.invoked }
            for (number, operation) in inOrder.enumerated() {
                let sent = "c\(client)" + String(repeating: "+", count: number)
                #expect(operation.values["token"]?.text == sent, "what was sent is recorded")
                #expect(operation.requests.first?.target == "/token/\(sent)")
                if operation.outcome == .ok { #expect(operation.captures["next"]?.text == sent + "+") }
            }
        }
    }

    @Test func theSameSeedSendsTheSame() async throws {
        func targets() async throws -> [String] {
            let enough = promise()
            let server = try await server(10, enough)
            let run = try await run(
                scenario([refresh()], load: closed(1, token("${{ uuid }}"), "refresh")), against: [server]
            ) { try await $0.runUntil(enough.futureResult) }
            return run.operations("refresh").sorted { $0.invoked < $1.invoked }.prefix(9)
                .compactMap { $0.requests.first?.target }
        }
        let first = try await targets()
        #expect(first.count == 9 && Set(first).count == 9)
        #expect(try await targets() == first)
    }

    @Test func aRefusalOrALostAnswerChangesNothing() async throws {
        let enough = promise()
        let server = try await server(9, enough) { request, _ in
            request.number % 3 == 1 ? .status(409) : request.number % 3 == 2 ? .reset : nil
        }
        let run = try await run(
            scenario([refresh()], load: closed(1, token("t"), "refresh")), against: [server]
        ) { try await $0.runUntil(enough.futureResult) }
        let sent = run.operations("refresh").sorted { $0.invoked < $1.invoked }.prefix(9)
        #expect(
            sent.map { $0.values["token"]?.text } == [
                "t", "t+", "t+", "t+", "t++", "t++", "t++", "t+++", "t+++",
            ])
    }

    @Test func anAnswerWithoutWhatIsToBeKeptLeavesItUnset() async throws {
        let show = operation("show", request("GET", "/"), isRead: true)
        let enough = promise()
        let server = try await server(20, enough) { request, old in
            request.method == "POST" && old == "t++" ? .json("{}") : nil
        }
        let run = try await run(
            scenario([refresh(), show], load: closed(1, token("t"), "refresh", "show")), against: [server]
        ) { try await $0.runUntil(enough.futureResult) }
        let sent = run.operations("refresh").sorted { $0.invoked < $1.invoked }
        #expect(
            sent.map { $0.values["token"]?.text } == ["t", "t+", "t++"], "neither the old nor the first again"
        )
        #expect(sent.last?.outcome == .ok && sent.last?.captures["next"] == nil)
        #expect(
            run.summary.notices.contains {
                $0.hasPrefix("refresh was not sent ") && $0.hasSuffix("nothing is bound to ${{ token }}")
            }, "\(run.summary.notices)")
    }

    @Test func whatAnAnswerLacksIsNotTakenFromTheOperationThatItNeeds() async throws {
        let login = OperationDeclaration(
            name: "login",
            steps: [
                Step(
                    name: "login", request: request("POST", "/login"), captures: [capture("next", "next")],
                    keeps: [Keep(state: "token", value: template("${{ next }}"))])
            ])
        let enough = promise()
        let server = try await server(40, enough) { request, _ in
            request.path == "/login" ? nil : .json("{}")
        }
        let run = try await run(
            scenario(
                [login, refresh(needs: Need(operation: "login", reuse: true))],
                load: closed(1, token(nil), "login", "refresh")), against: [server]
        ) { try await $0.runUntil(enough.futureResult) }
        let names = run.history.operations.sorted { $0.invoked < $1.invoked }.map(\.name)
        #expect(names.contains("refresh"))
        #expect(!zip(names, names.dropFirst()).contains { $0 == "refresh" && $1 == "refresh" }, "\(names)")
    }

    @Test func withoutAnInitialValueSomethingMustBeKeptFirst() async throws {
        let login = OperationDeclaration(
            name: "login",
            steps: [
                Step(
                    name: "login", request: request("POST", "/login"), captures: [capture("first", "next")],
                    keeps: [Keep(state: "token", value: template("${{ first }}"))])
            ])
        let enough = promise()
        let server = try await server(30, enough) { request, _ in
            request.path == "/login" ? .json(#"{"next":"L\#(request.number)"}"#) : nil
        }
        let run = try await run(
            scenario([refresh(), login], load: closed(2, token(nil), "refresh", "login")), against: [server]
        ) { try await $0.runUntil(enough.futureResult) }
        #expect(run.operations("refresh").allSatisfy { $0.values["token"]?.text?.hasPrefix("L") == true })
        #expect(!run.operations("refresh").isEmpty && run.operations("login").count > 1)
        // A token came from the same client's own login.
        for operation in run.operations("refresh") {
            let own = run.operations("login").filter { $0.client == operation.client }
                .compactMap { $0.captures["first"]?.text }
            let sent = operation.values["token"]?.text ?? ""
            #expect(own.contains(String(sent.prefix { $0 != "+" })))
        }
    }

    @Test func whatAnotherClientKeptIsNotInherited() async throws {
        let make = operation("make", request("POST", "/make/${{ token }}"), captures: [capture("id", "next")])
        let use = operation(
            "use", request("PUT", "/use/${{ token }}/${{ make.token }}"),
            needs: Need(operation: "make", reuse: true))
        let enough = promise()
        let server = try await server(60, enough) { _, _ in .json(#"{"next":"x"}"#) }
        let run = try await run(
            scenario([make, use], load: closed(3, token("c${{ client }}"), "make", "use")), against: [server]
        ) { try await $0.runUntil(enough.futureResult) }
        let used = run.operations("use")
        #expect(!used.isEmpty && used.allSatisfy { $0.values["token"] == .string("c\($0.client)") })
        #expect(used.contains { $0.values["make.token"] != $0.values["token"] })
    }

    @Test func aRoundBeginsWithWhatItsPreparationKept() async throws {
        let open = OperationDeclaration(
            name: "open",
            steps: [
                Step(
                    name: "open", request: request("POST", "/open/${{ token }}"),
                    captures: [capture("first", "next")],
                    keeps: [Keep(state: "token", value: template("${{ first }}"))])
            ])
        let show = operation("show", request("GET", "/show/${{ token }}"), isRead: true)
        let server = try await TestServer.start { request in
            .json(#"{"next":"n\#(request.number)"}"#)
        }
        let run = try await run(
            scenario(
                [open, refresh(), show],
                load: Load(
                    shape: .burst(rounds: 2, clients: 3), before: ["open"],
                    mix: [MixEntry(operation: "refresh", weight: 1)], after: ["show"],
                    state: token("r${{ round }}"))), against: [server])
        let before = run.history.operations.filter { $0.phase == .before }
        #expect(before.map { $0.values["token"]?.text } == ["r0", "r1"])
        for round in 0..<2 {
            let first = before[round].captures["first"]
            let others = run.history.operations.filter { $0.round == round && $0.phase != .before }
            #expect(others.count == 4 && others.allSatisfy { $0.values["token"] == first })
        }
    }

    @Test func stepsSendWhatTheOperationBeganWith() async throws {
        let twice = OperationDeclaration(
            name: "twice",
            steps: [
                Step(
                    name: "one", request: request("POST", "/token/${{ token }}"),
                    captures: [capture("next", "next")],
                    keeps: [Keep(state: "token", value: template("${{ next }}"))]),
                Step(name: "two", request: request("POST", "/token/${{ token }}/${{ next }}")),
            ])
        let enough = promise()
        let server = try await server(8, enough)
        let run = try await run(
            scenario([twice], load: closed(1, token("t"), "twice")), against: [server]
        ) { try await $0.runUntil(enough.futureResult) }
        let sent = run.operations("twice").sorted { $0.invoked < $1.invoked }.prefix(3)
        #expect(
            sent.map { $0.requests.map(\.target) } == [
                ["/token/t", "/token/t/t+"], ["/token/t+", "/token/t+/t++"],
                ["/token/t++", "/token/t++/t+++"],
            ])
    }
}
