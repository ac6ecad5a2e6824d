// A schedule by chance becomes the fewest switches and requests that still show what it showed.

import Core
import Exploration
import Testing

@Suite struct ShorteningTests {
    private static let increment: [ServerModel.Statement] = [
        .read("a"), .read("x"), .read("b"), .increment("x"), .read("c"),
    ]

    private static func isLost(_ outcome: ServerModel.Outcome, of requests: Int) -> Bool {
        outcome.ending == .complete && outcome.variables["x"] != requests
    }

    /// The first trial by chance that loses an update.
    private static func found(_ requests: Int, seed: UInt64) throws -> Trace {
        let model = ServerModel(requests: Array(repeating: increment, count: requests))
        var strategy = RandomStrategy(seed: seed)
        for _ in 0..<1_000 {
            guard let plan = strategy.next() else { break }
            let outcome = model.run(plan)
            if isLost(outcome, of: requests) { return outcome.trace }
        }
        throw NothingLost()
    }

    private struct NothingLost: Error {}

    @Test(arguments: 2...4, 1...10 as ClosedRange<UInt64>)
    func aLostUpdateBecomesTwoSwitchesOfTwoRequests(requests: Int, seed: UInt64) throws {
        let trace = try Self.found(requests, seed: seed)
        var shortening = Shortening(trace, requests: requests)
        var trials = 0
        while let candidate = shortening.next() {
            trials += 1
            let model = ServerModel(
                requests: Array(repeating: Self.increment, count: candidate.requests.count))
            let outcome = model.run(candidate.plan)
            guard Self.isLost(outcome, of: candidate.requests.count),
                shortening.isShorter(outcome.trace, of: candidate)
            else { continue }
            shortening.accept(candidate, outcome.trace)
        }
        let choices = shortening.best.choices
        #expect(shortening.best.requests.count == 2)
        #expect(zip(choices, choices.dropFirst()).count { $0 != $1 } == 2, "\(trace.choices): \(choices)")
        #expect(trials <= 100, "\(trials)")
    }

    /// What no shorter schedule shows stays as it was found.
    @Test func withoutAConfirmationNothingChanges() throws {
        let trace = try Self.found(3, seed: 1)
        var shortening = Shortening(trace, requests: 3)
        var tried: Set<Shortening.Candidate> = []
        while let candidate = shortening.next() {
            #expect(tried.insert(candidate).inserted, "tried twice")
        }
        #expect(!tried.isEmpty)
        #expect(shortening.best.choices == trace.choices)
    }
}
