// What the waits for locks come to: how many, the longest, where most queued, and who held a lock while doing
// nothing.

import Core
import Histories

/// The waits that the monitor saw and looked at, as one check that tells and never fails.
struct LockWaitFigures {
    static let check = "lock waits"

    let waits: [LockWait]

    /// `nil` where nobody waited long enough to be looked at.
    var told: Check? {
        guard let longest = waits.max(by: { $0.end - $0.time < $1.end - $1.time }) else { return nil }
        var sentences = [
            "\(Figures.count(waits.count, "wait")) seen, the longest \(Figures.milliseconds(longest.end - longest.time)) "
                + "for \(longest.lock): \(Self.shortened(longest.waiter.statement))"
        ]
        if let place = hottest, place.count > 1 {
            sentences.append("most, \(place.count), on \(place.lock)")
        }
        let idle = waits.filter { $0.holders.contains(where: \.isIdleInTransaction) }
        if !idle.isEmpty {
            sentences.append("\(Figures.count(idle.count, "wait")) behind a transaction that did nothing")
        }
        return Check(
            kind: .liveness, name: Self.check, verdict: .pass, explanation: sentences.joined(separator: "; "))
    }

    /// The row or relation that most waited for; a wait for a transaction alone names none.
    private var hottest: (lock: String, count: Int)? {
        Dictionary(grouping: waits.filter(\.namesPlace).map(\.lock)) { $0 }
            .map { (lock: $0.key, count: $0.value.count) }
            .min { ($1.count, $0.lock) < ($0.count, $1.lock) }
    }

    private static func shortened(_ statement: String) -> String {
        let plain = plainStatement(statement)
        return plain.count <= 80 ? plain : plain.prefix(79) + "…"
    }
}
