// How the sound guards meet contention: roll back, wait a random little, try again, and in the end refuse
// cleanly.

import Synchronization

/// A bounded number of attempts within a bounded time, with jitter between them.
struct Retry: Sendable {
    var attempts = 24
    /// No new attempt starts after this.
    var budget = Duration.seconds(2)
    var hasPauses = true
    private static let longestPause = Duration.milliseconds(256)

    /// The planted livelock: at once, without end.
    static let forever = Retry(attempts: .max, budget: .seconds(86_400), hasPauses: false)

    /// Runs the attempt until it succeeds or fails for a reason that another attempt cannot cure.
    ///
    /// Throws `Refusal` with code `conflict` (or `busy`, when the database itself had no time) once the bound
    /// is reached: every attempt was rolled back by then.
    func run<T: Sendable>(_ attempt: () async throws -> T) async throws -> T {
        let start = ContinuousClock.now
        var number = 1
        while true {
            AttemptCount.current?.add()
            let obstacle: SQLError?
            do {
                return try await attempt()
            } catch is LostRace {
                obstacle = nil
            } catch let error as SQLError {
                switch error.kind {
                case .busy, .serialization, .uniqueViolation: obstacle = error
                case .overloaded, .other: throw error
                }
            }
            if number == attempts || ContinuousClock.now - start > budget {
                throw refusal(obstacle, attempts: number)
            }
            if hasPauses { try await Task.sleep(for: pause(after: number)) }
            number += 1
        }
    }

    private func pause(after number: Int) -> Duration {
        let ceiling = min(.milliseconds(4 << min(number, 8)), Self.longestPause)
        return ceiling * Double.random(in: 0.1...1)
    }

    private func refusal(_ obstacle: SQLError?, attempts: Int) -> Refusal {
        let reason = obstacle.map { " (\($0))" } ?? ""
        if obstacle?.kind == .busy {
            return Refusal(.busy, "the database is busy\(reason); nothing was changed, try again later")
        }
        return Refusal(
            .conflict, "lost to other requests \(attempts) times\(reason); nothing was changed, try again")
    }
}

/// How many attempts one request took, over all that was tried for it.
final class AttemptCount: Sendable {
    /// That of the request being answered.
    @TaskLocal static var current: AttemptCount?

    private let count = Atomic(0)

    var value: Int { count.load(ordering: .relaxed) }

    func add() { count.add(1, ordering: .relaxed) }
}
