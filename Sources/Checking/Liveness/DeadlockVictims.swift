// Who was told of a deadlock: the operation whose transaction the database rolled back, and what its client
// was answered.

import Histories

/// A deadlock of which all parties are known.
struct SeenDeadlock {
    var time: Int64
    var parties: [DeadlockParty]
    var victim: Int?
    /// The row or relation at which it was noticed, and how the engine says so.
    var place: String?
    var context: String?
    /// Of each party, as far as it is known.
    var culprits: [Attribution.Culprit?]
}

/// Finds the victim of each deadlock among the writes that were under way where it ran.
struct DeadlockVictims {
    /// The server's log tells milliseconds, and its clock is read a little apart from ours.
    static let slackNanoseconds: Int64 = 5_000_000

    private let facts: RunFacts
    private let attribution: Attribution
    private var taken: Set<Int> = []

    init(_ facts: RunFacts, _ attribution: Attribution) {
        self.facts = facts
        self.attribution = attribution
    }

    /// The deadlocks with their victims made known, in order of time.
    ///
    /// A server error is answered once, so that no operation is the victim of two deadlocks.
    mutating func found(in deadlocks: [SeenDeadlock]) -> [SeenDeadlock] {
        deadlocks.sorted { $0.time < $1.time }.map { deadlock in
            guard let victim = deadlock.victim,
                let position = deadlock.parties.firstIndex(where: { $0.waiter == victim })
            else { return deadlock }
            var deadlock = deadlock
            switch deadlock.culprits[position] {
            case .certain(let index): taken.insert(index)
            case .probable(let index) where facts.operations[index].hasServerError && !taken.contains(index):
                taken.insert(index)
            case .probable, .oneOf, nil:
                guard let index = answered(victim, at: deadlock.time) else { break }
                deadlock.culprits[position] = .probable(index)
                taken.insert(index)
            }
            return deadlock
        }
    }

    /// The write that was answered with a server error first after the rollback, of those under way on the
    /// victim's replica.
    private func answered(_ victim: Int, at time: Int64) -> Int? {
        attribution.underWay(
            on: attribution.replica(of: victim, at: time), at: time, slack: Self.slackNanoseconds
        )
        .filter { !taken.contains($0) && facts.operations[$0].hasServerError }
        .min { answer(of: $0, after: time) < answer(of: $1, after: time) }
    }

    private func answer(of index: Int, after time: Int64) -> Int64 {
        facts.operations[index].requests.compactMap {
            (500...599).contains($0.status ?? 0) ? $0.received : nil
        }.filter { $0 >= time - Self.slackNanoseconds }.min() ?? .max
    }
}
