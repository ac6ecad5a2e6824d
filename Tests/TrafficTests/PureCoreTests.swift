// The parts without network, clock or task: exchange, progress, draws, mix, keys, needs.

import History
import NIOCore
import NIOHTTP1
import Scenario
import Testing

@testable import Traffic

@Suite struct HTTPExchangeTests {
    private func delivered(_ action: HTTPExchange.Action) -> ReceivedAnswer? {
        switch action {
        case .deliver(let answer), .deliverAndClose(let answer): answer
        case .none, .close: nil
        }
    }

    private func head(_ status: Int, headers: HTTPHeaders = [:]) -> HTTPResponseHead {
        HTTPResponseHead(version: .http1_1, status: HTTPResponseStatus(statusCode: status), headers: headers)
    }

    @Test func aConnectionCarriesOneRequestAtATime() {
        var exchange = HTTPExchange(bodyLimitBytes: 10)
        let (first, second) = (exchange.begin(), exchange.begin())
        #expect(first && !second)
        let early = delivered(exchange.received(head: head(200)))
        let answer = delivered(exchange.receivedEnd())
        #expect(early == nil)
        #expect(answer?.status == 200)
        let again = exchange.begin()
        #expect(again)
    }

    @Test func anAnswerThatClosesLeavesNothingUsable() {
        var exchange = HTTPExchange(bodyLimitBytes: 10)
        let hasBegun = exchange.begin()
        #expect(hasBegun)
        _ = exchange.received(head: head(200, headers: ["connection": "close"]))
        guard case .deliverAndClose = exchange.receivedEnd() else {
            Issue.record("the connection should close")
            return
        }
        #expect(!exchange.isUsable)
    }

    @Test func aBodyIsRefusedAtTheFirstByteBeyondItsLimit() {
        var exchange = HTTPExchange(bodyLimitBytes: 4)
        let hasBegun = exchange.begin()
        #expect(hasBegun)
        _ = exchange.received(head: head(200))
        var four = ByteBuffer(string: "abcd")
        var one = ByteBuffer(string: "e")
        let within = delivered(exchange.received(body: &four))
        let beyond = delivered(exchange.received(body: &one))
        #expect(within == nil)
        #expect(beyond?.failure == .malformed)
    }

    @Test func aLateAnswerAfterATimeoutReachesNobody() {
        var exchange = HTTPExchange(bodyLimitBytes: 4)
        let hasBegun = exchange.begin()
        #expect(hasBegun)
        let timedOut = delivered(exchange.timedOut())
        #expect(timedOut?.failure == .timeout)
        let late = [
            delivered(exchange.received(head: head(200))), delivered(exchange.receivedEnd()),
            delivered(exchange.becameInactive()),
        ]
        #expect(late.allSatisfy { $0 == nil })
    }

    @Test func anUnaskedAnswerClosesAnIdleConnection() {
        var exchange = HTTPExchange(bodyLimitBytes: 4)
        guard case .close = exchange.received(head: head(408)) else {
            Issue.record("the connection should close")
            return
        }
        let hasBegun = exchange.begin()
        #expect(!hasBegun)
    }

    @Test func nothingIsDeliveredTwiceWhateverTheOrderOfEvents() {
        for seed in UInt64(0)..<2_000 {
            var generator = SeededGenerator(state: seed)
            var exchange = HTTPExchange(bodyLimitBytes: 3)
            var asked = 0
            var answered = 0
            for _ in 0..<20 {
                var byte = ByteBuffer(string: "ab")
                let action: HTTPExchange.Action
                switch Int.random(in: 0..<7, using: &generator) {
                case 0:
                    if exchange.begin() { asked += 1 }
                    action = .none
                case 1: action = exchange.received(head: head(200))
                case 2: action = exchange.received(body: &byte)
                case 3: action = exchange.receivedEnd()
                case 4: action = exchange.timedOut()
                case 5: action = exchange.parsingFailed()
                default: action = exchange.becameInactive()
                }
                if delivered(action) != nil { answered += 1 }
                #expect(answered == asked - (exchange.isWaiting ? 1 : 0), "seed \(seed)")
            }
        }
    }
}

@Suite struct OperationProgressTests {
    private func plan(
        _ steps: [(method: String, retry: Retry?, idempotent: Bool)], isRead: Bool = false
    ) -> OperationPlan {
        let declaration = OperationDeclaration(
            name: "op",
            steps: steps.map {
                Step(name: "s", request: request($0.method, "/"), retry: $0.retry, idempotent: $0.idempotent)
            }, isRead: isRead)
        return OperationPlan(
            declaration, index: 0,
            in: scenario([declaration], load: Load(shape: .burst(rounds: 1, clients: 1), mix: [])))
    }

    private let retry = Retry(on: [status(412)], attempts: 3, from: 0)

    /// Feeds outcomes until the operation ends; gives the steps sent and the outcome.
    private func play(_ plan: OperationPlan, _ outcomes: [(Outcome, Bool)]) -> ([Int], Outcome?) {
        var progress = OperationProgress(plan)
        var generator = SeededGenerator(state: 1)
        var sent = [0]
        for (outcome, matches) in outcomes {
            switch progress.answered(outcome, retryMatches: matches, using: &generator) {
            case .send(let step, _, _): sent.append(step)
            case .finish(let outcome): return (sent, outcome)
            }
        }
        return (sent, nil)
    }

    @Test func aConflictGoesBackToTheStepThatReads() {
        let plan = plan([("GET", nil, false), ("PUT", retry, false)])
        let (sent, outcome) = play(plan, [(.ok, false), (.fail, true), (.ok, false), (.ok, false)])
        #expect(sent == [0, 1, 0, 1])
        #expect(outcome == .ok)
    }

    @Test func triesEndAtTheirLimitAndFailOnlyIfEveryWriteFailed() {
        let plan = plan([("PUT", retry, false)])
        let (sent, outcome) = play(plan, [(.fail, true), (.fail, true), (.fail, true)])
        #expect(sent == [0, 0, 0])
        #expect(outcome == .fail)
    }

    @Test func anUnknownWriteIsNotTriedAgain() {
        let (sent, outcome) = play(plan([("PUT", retry, false)]), [(.unknown, true)])
        #expect(sent == [0])
        #expect(outcome == .unknown)
    }

    @Test func anUnknownWriteThatIsTriedAgainMakesALaterFailureUnknown() {
        let (sent, outcome) = play(plan([("PUT", retry, true)]), [(.unknown, true), (.fail, false)])
        #expect(sent == [0, 0])
        #expect(outcome == .unknown)
    }

    @Test func aFailureAfterAWriteThatWentThroughIsUnknown() {
        let (_, outcome) = play(
            plan([("POST", nil, false), ("PUT", nil, false)]), [(.ok, false), (.fail, false)])
        #expect(outcome == .unknown)
    }

    @Test func aLostReadBeforeTheWriteWroteNothing() {
        let (_, outcome) = play(plan([("GET", nil, false), ("PUT", nil, false)]), [(.unknown, false)])
        #expect(outcome == .fail)
    }

    @Test func pausesAreDrawnBetweenZeroAndTheDoublingCeiling() {
        let patient = Retry(on: [status(412)], attempts: 4, from: 0, backoff: .milliseconds(10))
        for seed in UInt64(0)..<200 {
            var progress = OperationProgress(plan([("PUT", patient, false)]))
            var generator = SeededGenerator(state: seed)
            for ceiling in [10_000_000, 20_000_000, 40_000_000] as [Int64] {
                guard
                    case .send(_, _, let pause) = progress.answered(
                        .fail, retryMatches: true, using: &generator)
                else {
                    Issue.record("seed \(seed): another try was due")
                    return
                }
                #expect((0...ceiling).contains(pause), "seed \(seed)")
            }
        }
    }
}

@Suite struct DrawTests {
    @Test func theSameSeedAndIdentityDrawTheSame() {
        let identity = DrawIdentity(stream: .load, client: 3, number: 12)
        var first = SeededGenerator(seed: 9, draw: identity)
        var second = SeededGenerator(seed: 9, draw: identity)
        #expect((0..<50).map { _ in first.next() } == (0..<50).map { _ in second.next() })
    }

    @Test func everyIdentityAndSeedDrawsItsOwn() {
        var seen: Set<UInt64> = []
        var count = 0
        for seed in UInt64(0)..<4 {
            for client in 0..<40 {
                for number in 0..<40 {
                    for stream in [DrawIdentity.Stream.load, .after] {
                        var generator = SeededGenerator(
                            seed: seed, draw: DrawIdentity(stream: stream, client: client, number: number))
                        seen.insert(generator.next())
                        count += 1
                    }
                }
            }
        }
        #expect(seen.count == count)
    }

    @Test func aSplitHasTheExactProportionOfItsWeights() throws {
        let names = ["a", "b", "c"]
        let operations = names.map { operation($0, request("GET", "/")) }
        let scenario = scenario(operations, load: Load(shape: .burst(rounds: 1, clients: 1), mix: []))
        for seed in UInt64(0)..<500 {
            var generator = SeededGenerator(state: seed)
            let weights = names.map { _ in Int.random(in: 1...9, using: &generator) }
            let clients = Int.random(in: 1...60, using: &generator)
            let mix = OperationMix(
                zip(operations, weights).map {
                    .init(operation: OperationPlan($0, index: 0, in: scenario), weight: $1)
                })
            let split = mix.split(over: clients, using: &generator).map(\.name)
            #expect(split.count == clients, "seed \(seed)")
            for (name, weight) in zip(names, weights) {
                let share = Double(clients * weight) / Double(weights.reduce(0, +))
                let count = Double(split.filter { $0 == name }.count)
                #expect(abs(count - share) < 1, "seed \(seed): \(count) of \(share)")
            }
        }
    }

    @Test func theHotKeysGetTheirShare() {
        let keys = KeySpace(
            [KeyDeclaration(name: "k", count: 100, choice: .hot(share: 0.8, keys: 5))], token: "t")
        var generator = SeededGenerator(state: 4)
        let hot = (0..<10_000).filter { _ in keys.draw(0, using: &generator) < 5 }.count
        #expect((7_700...8_300).contains(hot))
    }

    @Test func keysOfARoundAreItsOwn() {
        let keys = KeySpace(
            [KeyDeclaration(name: "a", count: 1), KeyDeclaration(name: "b", count: 2)], token: "t")
        #expect(keys.value(of: 0, at: 0, round: 7) == "a-t-7")
        #expect(keys.value(of: 1, at: 1, round: 7) == "b-t-7-1")
        #expect(keys.value(of: 1, at: 1, round: nil) == "b-t-1")
    }
}

@Suite struct NeedsRegistryTests {
    @Test func eachOfferIsTakenOnce() {
        let registry = NeedsRegistry()
        for number in 0..<100 { registry.offer("make", values: ["id": .int(number), "unique": "x"]) }
        var generator = SeededGenerator(state: 5)
        var taken: Set<Value> = []
        while let values = registry.take(Need(operation: "make"), using: &generator) {
            #expect(values["id"] == values["make.id"])
            #expect(values["unique"] == nil)
            #expect(values["make.unique"] == "x")
            let isNew = values["id"].map { taken.insert($0).inserted }
            #expect(isNew == true)
        }
        #expect(taken.count == 100)
    }

    @Test func reuseRacesForTheNewestAndTakesNothing() {
        let registry = NeedsRegistry()
        for number in 0..<100 { registry.offer("make", values: ["id": .int(number)]) }
        var generator = SeededGenerator(state: 5)
        for _ in 0..<1_000 {
            let values = registry.take(Need(operation: "make", reuse: true), using: &generator)
            #expect((values?["id"]?.number ?? -1) >= Double(100 - NeedsRegistry.racedFor))
        }
    }

    @Test func offersBeyondTheLimitAreCounted() {
        let registry = NeedsRegistry()
        for _ in 0..<NeedsRegistry.waitingLimit + 3 { registry.offer("make", values: [:]) }
        #expect(registry.dropped == ["make": 3])
    }
}
