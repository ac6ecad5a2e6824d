// When faults come, whom they hit, and that they are healed: by times alone.

import Core
import Testing

@testable import Clusters
@testable import Scenarios

@Suite struct FaultScheduleTests {
    private static func fault(
        _ when: FaultDeclaration.When, _ action: FaultDeclaration.Action,
        _ victim: FaultDeclaration.Victim = .replica(0)
    ) -> FaultDeclaration { FaultDeclaration(when: when, victim: victim, action: action) }

    /// Of one service.
    private static func victims(_ replicas: Int) -> (FaultDeclaration) -> Range<Int> {
        { fault in
            switch fault.victim {
            case .replica(let number): number..<number + 1
            case .any: 0..<replicas
            }
        }
    }

    private static let second: Int64 = 1_000_000_000

    @Test func aPauseComesAtItsTimeAndEndsAfterItsLength() {
        var schedule = FaultSchedule(
            [Self.fault(.at(.seconds(8)), .pause(for: .milliseconds(1500)))], victims: Self.victims(3),
            seed: 1)
        #expect(schedule.next() == 8 * Self.second)
        #expect(schedule.advance(to: 8 * Self.second - 1).isEmpty)
        #expect(schedule.advance(to: 8 * Self.second) == [.pause(0)])
        #expect(schedule.next() == nil, "it has not taken hold yet")
        #expect(schedule.advance(to: 30 * Self.second).isEmpty, "nothing may overtake the pause")
        schedule.injected(0, at: 31 * Self.second)
        #expect(schedule.next() == 32_500_000_000)
        #expect(schedule.advance(to: 32_500_000_000) == [.resume(0)])
        schedule.healed(0)
        #expect(schedule.next() == nil)
    }

    @Test func aBusyReplicaIsHitOnlyWhenItIsHealed() {
        var schedule = FaultSchedule(
            [
                Self.fault(.at(.seconds(1)), .kill(restartAfter: .seconds(1))),
                Self.fault(.at(.seconds(2)), .restart),
            ], victims: Self.victims(1), seed: 1)
        #expect(schedule.advance(to: Self.second) == [.kill(0)])
        schedule.injected(0, at: Self.second)
        #expect(schedule.advance(to: 2 * Self.second) == [.start(0)])
        #expect(schedule.advance(to: 5 * Self.second).isEmpty)
        schedule.healed(0)
        #expect(schedule.advance(to: 6 * Self.second) == [.restart(0)])
    }

    @Test func aRepeatedFaultThatFellBehindDoesNotCatchUp() {
        var schedule = FaultSchedule(
            [Self.fault(.every(.seconds(1)), .restart)], victims: Self.victims(1), seed: 1)
        #expect(schedule.advance(to: Self.second) == [.restart(0)])
        #expect(schedule.advance(to: 4 * Self.second).isEmpty)
        schedule.healed(0)
        #expect(schedule.advance(to: 4 * Self.second + 1) == [.restart(0)])
        schedule.healed(0)
        #expect(schedule.next() == 5 * Self.second)
    }

    @Test func healingAllGivesWhatIsStillOwedAndNothingMore() {
        var schedule = FaultSchedule(
            [
                Self.fault(.at(.seconds(1)), .pause(for: .seconds(60)), .replica(0)),
                Self.fault(.at(.seconds(1)), .kill(restartAfter: .seconds(60)), .replica(1)),
                Self.fault(.at(.seconds(1)), .restart, .replica(2)),
            ], victims: Self.victims(3), seed: 1)
        _ = schedule.advance(to: Self.second)
        #expect(schedule.healAll() == [.resume(0), .start(1)])
        #expect(schedule.healAll().isEmpty)
        #expect(schedule.advance(to: 100 * Self.second).isEmpty)
    }

    @Test func theSameSeedHitsTheSameReplicas() {
        func victims(_ seed: UInt64) -> [FaultSchedule.Action] {
            var schedule = FaultSchedule(
                [Self.fault(.every(.seconds(1)), .restart, .any)], victims: Self.victims(5), seed: seed)
            return (1...40).flatMap { time in
                let actions = schedule.advance(to: Int64(time) * Self.second)
                for replica in 0..<5 { schedule.healed(replica) }
                return actions
            }
        }
        #expect(victims(7) == victims(7))
        #expect(victims(7) != victims(8))
        #expect(Set(victims(7)).count == 5)
    }

    /// Any faults, any times of looking, any delays of taking hold and of healing: no replica is hit twice
    /// without a heal in between, nothing is healed before it has taken hold, and at the end each hit has its
    /// heal.
    @Test(arguments: 0..<300)
    func noReplicaIsHitWhileAFaultHoldsIt(seed: UInt64) {
        var random = SeededGenerator(state: seed)
        let replicas = Int.random(in: 1...4, using: &random)
        let faults = (0..<Int.random(in: 1...5, using: &random)).map { _ in
            let time = Duration.milliseconds(Int.random(in: 1...3000, using: &random))
            let length = Duration.milliseconds(Int.random(in: 0...2000, using: &random))
            return Self.fault(
                Bool.random(using: &random) ? .at(time) : .every(time),
                [.pause(for: length), .kill(restartAfter: length), .restart].randomElement(using: &random)
                    ?? .restart,
                Bool.random(using: &random) ? .any : .replica(Int.random(in: 0..<replicas, using: &random)))
        }
        var schedule = FaultSchedule(faults, victims: Self.victims(replicas), seed: seed)
        var held: Set<Int> = []
        var taking: Set<Int> = []
        var healing: Set<Int> = []
        func take(_ actions: [FaultSchedule.Action]) {
            for action in actions {
                switch action {
                case .pause(let replica), .kill(let replica), .restart(let replica):
                    #expect(held.insert(replica).inserted, "seed \(seed)")
                    if case .restart = action { healing.insert(replica) } else { taking.insert(replica) }
                case .resume(let replica), .start(let replica):
                    #expect(held.contains(replica) && !taking.contains(replica), "seed \(seed)")
                    #expect(healing.insert(replica).inserted, "seed \(seed)")
                }
            }
        }
        var now: Int64 = 0
        for _ in 0..<200 {
            now += Int64.random(in: 0...200_000_000, using: &random)
            take(schedule.advance(to: now))
            for replica in taking.sorted() where Bool.random(using: &random) {
                taking.remove(replica)
                schedule.injected(replica, at: now)
            }
            for replica in healing.sorted() where Bool.random(using: &random) {
                schedule.healed(replica)
                healing.remove(replica)
                held.remove(replica)
            }
        }
        // Injections under way come to their end first.
        taking = []
        take(schedule.healAll())
        #expect(healing == held, "seed \(seed)")
    }
}
