// One trial from event to event: who goes on, who waits, and what cannot be followed.

import Testing

@testable import Exploration

@Suite struct TrialSchedulerTests {
    private static func turn(_ request: Int, _ text: String = "s") -> Turn {
        Turn(request: request, statement: text)
    }

    private static func scheduler(
        _ count: Int = 2, _ prefix: [Int] = [], expected: [Turn]? = nil
    ) -> TrialScheduler {
        TrialScheduler(
            operations: (0..<count).map { "op\($0)" },
            plan: Plan(prefix: prefix, rule: .stay(order: Array(0..<count))), expected: expected)
    }

    @Test func nobodyGoesOnWhileARequestRuns() {
        var scheduler = Self.scheduler()
        #expect(scheduler.receive(.held(Self.turn(0), connection: 7)).isEmpty)
        #expect(scheduler.wantsWaits)
        #expect(scheduler.receive(.held(Self.turn(1), connection: 8)) == [.release(connection: 7)])
        #expect(scheduler.receive(.answered(request: 0)) == [.release(connection: 8)])
        #expect(scheduler.receive(.answered(request: 1)).isEmpty)
        #expect(scheduler.ending == .complete)
        #expect(scheduler.trace.choices == [0, 1])
        #expect(scheduler.trace.steps.map(\.enabled) == [[0, 1], [1]])
    }

    @Test func heldAndBlockedRequestsWaitAndOthersDoNot() {
        var scheduler = Self.scheduler()
        #expect(scheduler.waiting.isEmpty)
        _ = scheduler.receive(.held(Self.turn(1), connection: 1))
        #expect(scheduler.waiting == [1])
        _ = scheduler.receive(.waits([0: [1]]))
        // The one that can go on does; whether the other still waits is not known.
        #expect(scheduler.waiting.isEmpty)
        _ = scheduler.receive(.held(Self.turn(1), connection: 1))
        #expect(scheduler.waiting == [1])
        scheduler.giveUp()
        #expect(scheduler.waiting.isEmpty)
    }

    /// What was seen of the locks counts only until something has happened since.
    @Test func aBlockedRequestIsAskedForAgainAfterEachEvent() {
        var scheduler = Self.scheduler(3)
        for request in 0..<3 { _ = scheduler.receive(.held(Self.turn(request), connection: request)) }
        #expect(scheduler.receive(.waits([0: [1]])) == [.release(connection: 1)])
        #expect(scheduler.receive(.held(Self.turn(1, "COMMIT"), connection: 1)).isEmpty)
        #expect(scheduler.wantsWaits)
        #expect(scheduler.receive(.waits([0: [1]])) == [.release(connection: 1)])
        #expect(scheduler.receive(.answered(request: 1)).isEmpty)
        #expect(scheduler.receive(.held(Self.turn(0), connection: 0)) == [.release(connection: 0)])
    }

    /// Which request the server ends is not ours to say, so nothing after a circle is compared.
    @Test func whatFollowsACircleIsFree() {
        var scheduler = Self.scheduler(
            2, [0, 1], expected: [Self.turn(0, "a"), Self.turn(1, "b"), Self.turn(0, "c")])
        _ = scheduler.receive(.held(Self.turn(0, "a"), connection: 0))
        _ = scheduler.receive(.held(Self.turn(1, "b"), connection: 1))
        #expect(scheduler.receive(.waits([0: [1]])) == [.release(connection: 1)])
        #expect(scheduler.receive(.waits([0: [1], 1: [0]], circle: [0, 1])).isEmpty)
        #expect(scheduler.receive(.answered(request: 0)).isEmpty)
        #expect(scheduler.receive(.held(Self.turn(1, "other"), connection: 1)) == [.release(connection: 1)])
        _ = scheduler.receive(.answered(request: 1))
        #expect(scheduler.ending == .complete)
        #expect(scheduler.circle == [0, 1])
    }

    @Test func aRequestThatNeitherGoesOnNorWaitsEndsTheTrialUndecided() {
        var scheduler = Self.scheduler()
        _ = scheduler.receive(.held(Self.turn(0), connection: 0))
        scheduler.giveUp()
        #expect(scheduler.ending == .stuck("request 2 (op1) neither went on nor waited for a lock"))
        #expect(scheduler.receive(.held(Self.turn(1), connection: 1)).isEmpty)
    }

    @Test func aStrictPlanThatNamesAnotherRequestDiverges() {
        var scheduler = Self.scheduler(2, [1])
        _ = scheduler.receive(.held(Self.turn(0), connection: 0))
        _ = scheduler.receive(.answered(request: 1))
        guard case .diverged(let reason) = scheduler.ending else {
            Issue.record("it should not be followed")
            return
        }
        #expect(reason.contains("decision 1"))
    }

    @Test func aReplayTellsTheTwoStatementsOfADivergence() {
        let model = ServerModel(requests: [[.read("x"), .increment("x")], [.read("x")]])
        let plan = Plan(prefix: [0, 1, 0], rule: .stay(order: [0, 1]))
        let turns = model.run(plan).trace.steps.map(\.turn)
        #expect(model.run(plan, expected: turns).ending == .complete)
        let changed = ServerModel(requests: [[.read("x"), .increment("y")], [.read("x")]])
        let ending = changed.run(plan, expected: turns).ending
        #expect(
            ending == .diverged("decision 3, request 1 (op): `write x` was expected, `write y` came"))
    }

    /// What a replica does in the background once its request is answered goes on by itself.
    @Test func aStatementAfterTheAnswerIsNoDecision() {
        var scheduler = Self.scheduler()
        _ = scheduler.receive(.answered(request: 0))
        #expect(scheduler.receive(.held(Self.turn(0), connection: 3)) == [.release(connection: 3)])
        #expect(scheduler.receive(.held(Self.turn(1), connection: 4)) == [.release(connection: 4)])
        _ = scheduler.receive(.answered(request: 1))
        #expect(scheduler.ending == .complete)
        #expect(scheduler.trace.choices == [1])
    }

    @Test func aRequestThatAsksForeverEndsTheTrial() {
        var scheduler = Self.scheduler(1)
        for _ in 0...TrialScheduler.stepLimit { _ = scheduler.receive(.held(Self.turn(0), connection: 0)) }
        guard case .stuck(let reason) = scheduler.ending else {
            Issue.record("it should have ended")
            return
        }
        #expect(reason.contains("more than"))
    }

    /// A request that sends on two connections at once is decided on one after the other.
    @Test func twoStatementsOfARequestWaitForTwoDecisions() {
        var scheduler = Self.scheduler(1)
        #expect(scheduler.receive(.held(Self.turn(0, "a"), connection: 1)) == [.release(connection: 1)])
        #expect(scheduler.receive(.held(Self.turn(0, "b"), connection: 2)) == [.release(connection: 2)])
        var both = Self.scheduler(2)
        _ = both.receive(.held(Self.turn(0, "a"), connection: 1))
        _ = both.receive(.held(Self.turn(0, "b"), connection: 2))
        #expect(
            both.receive(.answered(request: 1)) == [.release(connection: 1), .release(connection: 2)])
    }
}
