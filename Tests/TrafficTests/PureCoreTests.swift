// The parts without network, clock or task: progress, draws, mix, keys, needs.

import Core
import Testing

@testable import Scenarios
@testable import Traffic

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
