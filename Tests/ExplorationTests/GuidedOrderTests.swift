// An old order on changed requests: followed where they meet in the same places, refused everywhere else.

import Core
import Testing

@testable import Exploration

@Suite struct GuidedOrderTests {
    private static let update: [ServerModel.Statement] = [.read("x"), .increment("x")]

    /// The order of a trial under `choices`.
    private static func order(_ requests: [[ServerModel.Statement]], _ choices: [Int]) -> GuidedOrder {
        let plan = Plan(prefix: choices, rule: .stay(order: Array(requests.indices)))
        let trace = ServerModel(requests: requests).run(plan).trace
        #expect(trace.choices == choices)
        return GuidedOrder(trace.steps.map { GuidedOrder.Step($0.turn, enabled: $0.enabled) })
    }

    private static func run(
        _ requests: [[ServerModel.Statement]], _ order: GuidedOrder
    ) -> ServerModel.Outcome {
        ServerModel(requests: requests).run(
            Plan(rule: .stay(order: Array(requests.indices))), guide: order)
    }

    /// Request 1 reads, request 2 runs whole, request 1 writes.
    private static let lost = order([update, update], [0, 1, 1, 0])

    private static func reason(_ requests: [[ServerModel.Statement]], _ order: GuidedOrder = lost) -> String {
        guard case .diverged(let reason) = run(requests, order).ending else { return "it was followed" }
        return reason
    }

    @Test func theSameRequestsAreFollowedAndBreakStill() {
        let again = Self.run([Self.update, Self.update], Self.lost)
        #expect(again.ending == .complete)
        #expect(again.trace.choices == [0, 1, 1, 0])
        #expect(again.variables["x"] == 1)
    }

    @Test func theLastStretchOfARequestMayChange() {
        // The one in between needs no read any more, and more comes at the end of the other.
        let end = Self.update + [.read("z")]
        #expect(Self.run([end, [.read("y"), .read("x"), .increment("x")]], Self.lost).ending == .complete)
    }

    /// All that it has read by its write is read before the other one writes.
    @Test(
        arguments: [
            [.read("y"), .read("x"), .increment("x")], [.read("x"), .read("x"), .increment("x")],
        ] as [[ServerModel.Statement]])
    func aRequestIsStoppedAtItsWriteWhateverItReadsBefore(request: [ServerModel.Statement]) {
        let again = Self.run([request, Self.update], Self.lost)
        #expect(again.ending == .complete)
        #expect(again.variables["x"] == 1)
    }

    @Test func anotherWriteBeforeTheStopDoesNotFit() {
        let reason = Self.reason([[.increment("y")] + Self.update, Self.update])
        #expect(reason == "decision 1, request 1 (op): `write x` was expected, `write y` came")
    }

    /// It is stopped at a write that is not the one that matters.
    @Test func aSecondWriteInTheTransactionDoesNotFit() {
        let reason = Self.reason([[.read("x"), .increment("x")] + Self.update, Self.update])
        #expect(
            reason == "decision 6, request 1 (op): the end of its transaction was expected, `write x` came")
    }

    /// Of two reads nobody knows which one matters, so that both must be there.
    @Test func aStopAtAReadWantsTheSameReads() {
        let twice: [ServerModel.Statement] = [.read("x"), .read("x"), .increment("x")]
        let order = Self.order([twice, Self.update], [0, 1, 1, 0, 0])
        #expect(Self.run([twice, Self.update], order).ending == .complete)
        let reason = Self.reason([[.read("y")] + twice, Self.update], order)
        #expect(reason == "decision 1, request 1 (op): `read x` was expected, `read y` came")
    }

    @Test func aRequestThatWritesNothingInBetweenDoesNotFit() {
        let reason = Self.reason([Self.update, [.read("x")]])
        #expect(
            reason == "decision 3, request 2 (op): `write x` was expected, its answer without it came")
    }

    @Test func aRequestThatIsAnsweredBeforeItsNextStatementDoesNotFit() {
        #expect(
            Self.reason([[.read("x")], Self.update])
                == "decision 2, request 1 (op): `write x` was expected, its answer came")
    }

    @Test func aRequestThatWaitsNowDoesNotFit() {
        let locked: [ServerModel.Statement] = [.lock("l"), .read("x"), .increment("x"), .unlock("l")]
        let reason = Self.reason([locked, locked])
        #expect(reason == "decision 4, request 2 (op): `write x` was expected, a wait for a lock came")
    }

    /// A request that waited for a lock has done less than one that did not.
    @Test func aRequestThatWaitedAndDoesNotWaitNowDoesNotFit() {
        let locked: [ServerModel.Statement] = [.lock("l"), .increment("x"), .unlock("l")]
        let model = ServerModel(requests: [locked, locked])
        let trace = model.run(Plan(prefix: [0, 1], rule: .stay(order: [0, 1]))).trace
        let order = GuidedOrder(trace.steps.map { GuidedOrder.Step($0.turn, enabled: $0.enabled) })
        #expect(Self.run([locked, locked], order).ending == .complete)
        let free: [ServerModel.Statement] = [.lock("m"), .increment("x"), .unlock("m")]
        #expect(Self.reason([free, locked], order).contains("a wait for a lock was expected"))
    }

    /// Every variant has the race still, so that none may be said to hold: the old order breaks it, or does
    /// not fit.
    @Test(arguments: 1...2_000 as ClosedRange<UInt64>)
    func noVariantThatStillRacesIsSaidToHold(seed: UInt64) {
        var generator = SeededGenerator(state: seed)
        let others: [ServerModel.Statement] = [
            .read("x"), .read("y"), .increment("y"), .read("x"), .increment("x"),
        ]
        func vary(_ request: [ServerModel.Statement]) -> [ServerModel.Statement] {
            var request = request
            for _ in 0..<Int.random(in: 0...3, using: &generator) {
                let other = others.randomElement(using: &generator) ?? .read("y")
                request.insert(other, at: Int.random(in: 0...request.count, using: &generator))
            }
            return request
        }
        let requests = [vary(Self.update), vary(Self.update)]
        let trial = Self.run(requests, Self.lost)
        guard trial.ending == .complete else { return }
        let increments = requests.joined().count { $0 == .increment("x") }
        #expect(trial.variables["x", default: 0] < increments, "seed \(seed): \(requests)")
    }

    @Test func onlyTheSameWordOnTheSameTablesIsAlike() {
        func turn(_ text: String, _ reads: Set<String>, isEnd: Bool = false) -> Turn {
            Turn(request: 0, statement: text, reads: reads, isEnd: isEnd)
        }
        let select = turn("SELECT a FROM t", ["t"])
        #expect(turn("SELECT a , b FROM t", ["t"]).isAlike(select))
        #expect(!turn("SELECT a FROM u", ["u"]).isAlike(select))
        #expect(!turn("BIND of SELECT a FROM t", ["t"]).isAlike(select))
        #expect(!turn("SELECT f ( )", []).isAlike(turn("SELECT g ( )", [])))
        #expect(turn("COMMIT of INSERT", [], isEnd: true).isAlike(turn("COMMIT", [], isEnd: true)))
        #expect(!turn("ROLLBACK", [], isEnd: true).isAlike(turn("COMMIT", [], isEnd: true)))
    }
}
