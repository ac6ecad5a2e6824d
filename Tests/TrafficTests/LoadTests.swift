// Closed and open loads, needs, retries, secrets, setup and final reads, seen in the recorded history.

import Core
import Histories
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import Testing

@testable import Scenarios
@testable import Traffic

@Suite struct LoadTests {
    private func mixed(_ names: String...) -> [MixEntry] { names.map { MixEntry(operation: $0, weight: 1) } }

    @Test func aClosedLoadKeepsEveryClientBusyAndNeverTwiceAtOnce() async throws {
        // The first seven requests are held until all have come: one from each client, each on its own
        // connection.
        let gate = TestServer.group.any().makePromise(of: Reply.self)
        let enough = TestServer.group.any().makePromise(of: Void.self)
        let server = try await TestServer.start { request in
            if request.number == 6 { gate.succeed(.status(200)) }
            if request.number == 300 { enough.succeed() }
            return request.number < 7 ? .later(gate.futureResult) : .status(200)
        }
        let load = Load(shape: .closed(clients: 7, duration: .seconds(600)), mix: mixed("read"))
        let read = operation("read", request("GET", "/"), isRead: true)
        let run = try await run(scenario([read], load: load), against: [server]) {
            try await $0.runUntil(enough.futureResult)
        }
        #expect(server.connectionCount == 7)
        #expect(run.summary.counters.ok == run.operations("read").count)
        #expect(run.summary.counters.requests == server.requests.count)
        for client in 0..<7 {
            let own = run.operations("read").filter { $0.client == client }
            #expect(!own.isEmpty)
            for (earlier, later) in zip(own, own.dropFirst()) {
                #expect(try #require(earlier.returned) <= later.invoked)
            }
        }
    }

    @Test func eachOperationGoesToItsService() async throws {
        var servers: [TestServer] = []
        for _ in 0..<3 { servers.append(try await TestServer.start { _ in .status(200) }) }
        var find = request("GET", "/found")
        find.service = "search"
        var whole = scenario(
            [operation("put", request("PUT", "/")), operation("find", find, isRead: true)],
            load: Load(
                shape: .burst(rounds: 2, clients: 6), mix: mixed("put", "find"), after: ["find"]),
            setup: [SetupRequest(request: find)])
        whole.target.services = [Service(name: "api", replicas: 2), Service(name: "search", replicas: 1)]
        let run = try await run(whole, against: servers)
        var replicas: [String: Set<Int>] = [:]
        for operation in run.history.operations {
            replicas[operation.name, default: []].formUnion(operation.requests.map(\.replica))
        }
        #expect(replicas["put"] == [0, 1])
        #expect(replicas["find"] == [2])
        #expect(run.operations("find", phase: .after).count == 2, "through its one replica, once a round")
        #expect(servers[2].requests.count == servers[2].requests.count { $0.target == "/found" })
        #expect(servers[0].requests.count { $0.target == "/found" } == 0)
    }

    @Test func aSequentialClosedLoadNeverOverlaps() async throws {
        let enough = TestServer.group.any().makePromise(of: Void.self)
        let server = try await TestServer.start { request in
            if request.number == 20 { enough.succeed() }
            return .status(200)
        }
        let load = Load(shape: .closed(clients: 4, duration: .seconds(600)), mix: mixed("read"))
        let read = operation("read", request("GET", "/"), isRead: true)
        let run = try await run(scenario([read], load: load), against: [server, server], sequential: true) {
            try await $0.runUntil(enough.futureResult)
        }
        let all = run.history.operations
        #expect(Set(all.map(\.client)) == [0, 1, 2, 3])
        for (earlier, later) in zip(all, all.dropFirst()) {
            #expect(try #require(earlier.returned) <= later.invoked)
        }
    }

    @Test func theSameSeedDrawsTheSameForEveryClient() async throws {
        func draws(seed: UInt64) async throws -> [[String]] {
            let enough = TestServer.group.any().makePromise(of: Void.self)
            let counts = NIOLockedValueBox([Int: Int]())
            let server = try await TestServer.start { request in
                // Each client has a connection of its own.
                let haveEnough = counts.withLockedValue { counts in
                    counts[request.connection, default: 0] += 1
                    return counts.values.count { $0 > 10 }
                }
                if haveEnough == 3 { enough.succeed() }
                return .status(200)
            }
            let write = operation(
                "write", request("PUT", "/${{ k }}/${{ unique }}/${{ size }}"),
                vary: [NamedVariation(name: "size", variation: .range(1...1_000))])
            let other = operation("other", request("PUT", "/${{ k }}"))
            let load = Load(
                shape: .closed(clients: 3, duration: .seconds(600)),
                mix: [MixEntry(operation: "write", weight: 2), MixEntry(operation: "other", weight: 1)],
                keys: [KeyDeclaration(name: "k", count: 50)])
            let run = try await run(scenario([write, other], load: load), against: [server], seed: seed) {
                try await $0.runUntil(enough.futureResult)
            }
            return (0..<3).map { client in
                run.history.operations.filter { $0.client == client }.prefix(20)
                    .map { $0.name + JSON.text(.object($0.values.dictionary)) }
            }
        }
        let (first, second) = (try await draws(seed: 1), try await draws(seed: 1))
        for (left, right) in zip(first, second) {
            let shared = min(left.count, right.count)
            #expect(shared > 5)
            #expect(left.prefix(shared) == right.prefix(shared))
        }
        let third = try await draws(seed: 2)
        #expect(first[0].prefix(5) != third[0].prefix(5))
    }

    @Test func anOpenLoadStartsOnItsScheduleAndCountsFromIt() async throws {
        let server = try await TestServer.start { _ in .status(200) }
        let load = Load(
            shape: .open(perSecond: 400, startClients: 1, clients: 8, duration: .milliseconds(250)),
            mix: mixed("read"))
        let read = operation("read", request("GET", "/"), isRead: true)
        let run = try await run(scenario([read], load: load), against: [server])
        let intended = run.operations("read").compactMap(\.intended).sorted()
        #expect(intended.count + run.summary.missedStarts == 100)
        #expect(zip(intended, intended.dropFirst()).allSatisfy { $1 - $0 >= 2_499_999 })
        #expect(run.operations("read").allSatisfy { $0.invoked >= $0.intended ?? .max })
    }

    @Test func anOpenLoadOfFewerClientsThanReplicasIsSharedAmongThem() async throws {
        var servers: [TestServer] = []
        for _ in 0..<3 { servers.append(try await TestServer.start { _ in .status(200) }) }
        let load = Load(
            shape: .open(perSecond: 400, startClients: 2, clients: 2, duration: .milliseconds(250)),
            mix: mixed("read"))
        let read = operation("read", request("GET", "/"), isRead: true)
        let run = try await run(scenario([read], load: load), against: servers)
        #expect(run.operations("read").count + run.summary.missedStarts == 100)
        #expect(Set(run.operations("read").map(\.client)) == [0, 1])
    }

    @Test func everyLoopGetsTheStartsOfItsClients() throws {
        let first = try #require(StartShare(of: [0, 1, 2], among: 5))
        let second = try #require(StartShare(of: [3, 4], among: 5))
        #expect((0..<6).map(first.number) == [0, 1, 2, 5, 6, 7])
        #expect((0..<4).map(second.number) == [3, 4, 8, 9])
        #expect(StartShare(of: [], among: 5) == nil)
    }

    @Test func anOpenLoadWhoseClientsAreAllBusyStartsLateOrNever() async throws {
        let server = try await TestServer.start { _ in .silence }
        let load = Load(
            shape: .open(perSecond: 200, startClients: 1, clients: 2, duration: .milliseconds(200)),
            mix: mixed("write"))
        let write = operation("write", request("POST", "/", timeout: .milliseconds(60)))
        let run = try await run(scenario([write], load: load), against: [server])
        #expect(run.summary.lateStarts > 0)
        #expect(run.summary.missedStarts > 0)
        #expect(run.summary.missedStarts + run.operations("write").count == 40)
        #expect(run.operations("write").allSatisfy { $0.outcome == .unknown })
    }

    @Test func eachEarlierOperationIsTakenByOneClient() async throws {
        let enough = TestServer.group.any().makePromise(of: Void.self)
        let server = try await TestServer.start { request in
            if request.number == 200 { enough.succeed() }
            return request.method == "POST" ? .json(#"{"id":\#(request.number)}"#) : .status(200)
        }
        let reserve = operation(
            "reserve", request("POST", "/${{ account }}"), captures: [capture("reservation", "id")],
            vary: [NamedVariation(name: "units", variation: .range(1...3))])
        let release = operation(
            "release", request("DELETE", "/${{ reservation }}"), needs: Need(operation: "reserve"))
        let load = Load(
            shape: .closed(clients: 6, duration: .seconds(600)),
            mix: [MixEntry(operation: "reserve", weight: 1), MixEntry(operation: "release", weight: 5)],
            keys: [KeyDeclaration(name: "account", count: 2)])
        let run = try await run(scenario([reserve, release], load: load), against: [server]) {
            try await $0.runUntil(enough.futureResult)
        }
        let made = Dictionary(
            run.operations("reserve").compactMap { made in made.captures["reservation"].map { ($0, made) } },
            uniquingKeysWith: { first, _ in first })
        let released = run.operations("release")
        #expect(!released.isEmpty)
        #expect(Set(released.compactMap { $0.values["reservation"] }).count == released.count)
        for release in released {
            let reserve = try #require(release.values["reservation"].flatMap { made[$0] })
            #expect(release.values["account"] == reserve.values["account"])
            #expect(release.values["reserve.units"] == reserve.values["units"])
            #expect(release.invoked >= reserve.returned ?? .max)
        }
    }

    @Test func aRetriedStepKeepsEveryAttemptInTheHistory() async throws {
        let server = try await TestServer.start { request in
            switch request.number {
            case 0, 2: .json(#"{"version":\#(request.number)}"#)
            case 1: .status(412)
            default: .status(200)
            }
        }
        let steps = [
            Step(name: "read", request: request("GET", "/"), captures: [capture("version", "version")]),
            Step(
                name: "write", request: request("PUT", "/", headers: [("If-Match", "${{ version }}")]),
                retry: Retry(on: [status(412)], attempts: 5, from: 0)),
        ]
        let update = OperationDeclaration(name: "update", steps: steps)
        let run = try await run(single(update), against: [server])
        let record = try #require(run.history.operations.first)
        #expect(record.outcome == .ok)
        #expect(record.requests.map(\.status) == [200, 412, 200, 200])
        #expect(record.requests.map(\.step) == [0, 1, 0, 1])
        #expect(record.requests.map(\.attempt) == [0, 0, 1, 1])
        #expect(server.requests.map { $0.headers["if-match"] } == [[], ["0"], [], ["2"]])
    }

    @Test func anUnknownAttemptStaysAndMakesTheLaterRefusalUnknown() async throws {
        let server = try await TestServer.start { $0.number == 0 ? .reset : .status(409) }
        let retried = operation(
            "put", request("PUT", "/"),
            retry: Retry(on: [AnswerPattern([.disconnected])], attempts: 2, from: 0),
            idempotent: true)
        let run = try await run(single(retried), against: [server])
        let record = try #require(run.history.operations.first)
        #expect(record.requests.map(\.outcome) == [.unknown, .fail])
        #expect(record.outcome == .unknown)
    }

    @Test func secretsNeverReachTheHistory() async throws {
        let secret = "s3cr3t-value"
        let server = try await TestServer.start { request in
            .status(500, "you sent \(request.headers["authorization"].first ?? "nothing")")
        }
        let leaky = operation(
            "leak",
            request(
                "GET", "/?key=${{ secret.KEY }}", headers: [("Authorization", "Bearer ${{ secret.KEY }}")]))
        let run = try await run(single(leaky), against: [server], secrets: ["KEY": secret])
        #expect(server.requests.first?.target == "/?key=\(secret)")
        #expect(run.history.operations.first?.requests.first?.excerpt?.contains(Redactor.mark) == true)
        #expect(!run.text.contains(secret))
    }

    @Test func aRefusedSetupEndsTheRunAndSaysWhy() async throws {
        let server = try await TestServer.start { _ in .status(403, "no entry") }
        var scenario = single(operation("read", request("GET", "/")))
        scenario.setup = [SetupRequest(request: request("POST", "/accounts"))]
        let error = await #expect(throws: TrafficError.self) {
            _ = try await run(scenario, against: [server])
        }
        #expect(error?.code == .setup)
        #expect(error?.message.contains("403") == true)
        #expect(error?.message.contains("no entry") == true)
    }

    @Test func finalReadsGoThroughEveryReplicaForEveryKey() async throws {
        let servers = [
            try await TestServer.start { _ in .json(#"{"used":1}"#) },
            try await TestServer.start { _ in .json(#"{"used":1}"#) },
        ]
        let usage = operation(
            "usage", request("GET", "/${{ account }}"), captures: [capture("used", "used")], isRead: true)
        let spend = operation("spend", request("POST", "/${{ account }}"))
        let agrees = try Condition(text: "usage.used == count(spend)")
        let scenario = scenario(
            [usage, spend],
            load: Load(
                shape: .closed(clients: 2, duration: .seconds(600)), mix: mixed("spend"),
                keys: [KeyDeclaration(name: "account", count: 3)]),
            invariants: [Invariant(name: "balance", kind: .finally(agrees))])
        // The load is over once ten requests have come, however long that takes.
        let run = try await run(
            scenario, against: servers,
            clock: TrafficClock {
                testNow() + (servers.map(\.requests.count).reduce(0, +) < 10 ? 0 : 600_000_000_000)
            })
        let finals = run.operations("usage", phase: .final)
        #expect(finals.count == 6)
        #expect(Set(finals.compactMap { $0.values["account"] }).count == 3)
        #expect(finals.map { $0.requests.first?.replica } == [0, 1, 0, 1, 0, 1])
        let lastWrite = try #require(run.operations("spend").compactMap(\.returned).max())
        #expect(finals.allSatisfy { $0.invoked >= lastWrite })
    }

    @Test func aCancelledLoadEndsSoonAndRecordsWhatWasOpenAsUnknown() async throws {
        let arrived = NIOLockedValueBox(0)
        let allArrived = TestServer.group.any().makePromise(of: Void.self)
        let server = try await TestServer.start { _ in
            let all = arrived.withLockedValue { count in
                count += 1
                return count == 3
            }
            if all { allArrived.succeed() }
            return .silence
        }
        let load = Load(shape: .closed(clients: 3, duration: .seconds(600)), mix: mixed("write"))
        // Whatever the rules make of a timeout: this deadline was brought forward by the cancellation.
        let step = Step(
            name: "write", request: request("POST", "/", timeout: .seconds(600)),
            outcome: OutcomeRules(fail: [AnswerPattern([.timeout])]))
        let write = OperationDeclaration(name: "write", steps: [step])
        let run = try await run(scenario([write], load: load), against: [server]) { traffic in
            try await traffic.runUntil(allArrived.futureResult)
        }
        #expect(run.operations("write").map(\.outcome) == [.unknown, .unknown, .unknown])
        #expect(run.operations("write").allSatisfy { $0.returned != nil })
    }

    @Test func onceTellsEveryExchange() async throws {
        let server = try await TestServer.start { request in
            request.method == "POST" ? .json(#"{"id":"a1"}"#, status: 201) : .status(404, "gone")
        }
        let create = operation("create", request("POST", "/things"), captures: [capture("thing", "id")])
        let show = operation("show", request("GET", "/things/${{ thing }}?s=${{ secret.KEY }}"), isRead: true)
        let load = Load(
            shape: .burst(rounds: 9, clients: 9), before: ["create"], mix: mixed("show"))
        var told: [Exchange] = []
        _ = try await run(
            scenario([create, show], load: load), against: [server], secrets: ["KEY": "hidden1"]
        ) {
            told = try await $0.once()
        }
        #expect(told.map(\.operation) == ["create", "show"])
        #expect(told.map(\.outcome) == [.ok, .fail])
        #expect(told.first?.captures == ["thing": "a1"])
        #expect(told.last?.request.hasPrefix("GET /things/a1?s=\(Redactor.mark) HTTP/1.1\n") == true)
        #expect(told.last?.answer.hasSuffix("\n\ngone") == true)
    }

    @Test func manyClientsRunWithoutAnyError() async throws {
        let gate = TestServer.group.any().makePromise(of: Reply.self)
        let enough = TestServer.group.any().makePromise(of: Void.self)
        let server = try await TestServer.start { request in
            if request.number == 299 { gate.succeed(.status(200)) }
            if request.number == 2_000 { enough.succeed() }
            return request.number < 300 ? .later(gate.futureResult) : .status(200)
        }
        let load = Load(shape: .closed(clients: 300, duration: .seconds(600)), mix: mixed("read"))
        let read = operation("read", request("GET", "/"), isRead: true)
        let run = try await run(scenario([read], load: load), against: [server]) {
            try await $0.runUntil(enough.futureResult)
        }
        #expect(run.summary.counters.fail + run.summary.counters.unknown == 0)
        #expect(Set(run.operations("read").map(\.client)).count == 300)
    }
}
