// Deadlocks that no database sees: every connection of a replica sits in a transaction and does nothing, or
// waits for a lock of one that does; its requests wait, and nothing comes out.

import Core
import Histories

struct PoolDeadlockJudging {
    static let check = "connection pools"
    /// From when on an exhausted pool counts; below the second within which it is to be told.
    static let suspicionNanoseconds: Int64 = 500_000_000

    let facts: RunFacts

    /// A time in which one pool's connections all held transactions that did nothing.
    struct Stretch: Hashable {
        var replica: Int?
        var connections: Int
        /// Of those, how many waited for a lock of another one, at most.
        var blocked: Int
        /// Since when the last of the transactions had been open.
        var start: Int64
        /// The first sample that allowed the suspicion, and the last that supports it.
        var flagged: Int64
        var end: Int64
    }

    func violations() -> [Violation] {
        let found = Self.stretches(
            facts.observations.sessions, losses: facts.observations.losses
        ).compactMap { stretch -> (Stretch, [Int])? in
            let waiting = outstanding(stretch)
            guard !waiting.isEmpty else { return nil }
            // Where some wait for a lock, a slow holder is the likelier reason, until it proves to be stuck.
            return stretch.blocked == 0 || isConfirmed(stretch, waiting) ? (stretch, waiting) : nil
        }
        guard let worst = found.max(by: { $0.0.end - $0.0.start < $1.0.end - $1.0.start }) else { return [] }
        return [violation(worst.0, worst.1, of: found)]
    }

    /// Those that held an idle transaction all failed: what they waited for never came.
    ///
    /// Requests that wait for their first connection, or for a lock, may succeed later.
    private func isConfirmed(_ stretch: Stretch, _ waiting: [Int]) -> Bool {
        failed(waiting) >= stretch.connections - stretch.blocked
    }

    private func failed(_ waiting: [Int]) -> Int {
        waiting.filter { facts.operations[$0].outcome != .ok }.count
    }

    /// Samples in a row in which nothing moved in an exhausted pool, by pool; a monitor that was lost in
    /// between makes no row.
    static func stretches(_ samples: [SessionSample], losses: [MonitorLoss] = []) -> [Stretch] {
        var losses = losses[...]
        var watchedSince = Int64.min
        var open: [Int?: Stretch] = [:]
        /// When a statement of the pool was last seen to run.
        var moved: [Int?: Int64] = [:]
        var found: [Stretch] = []
        func close(_ replica: Int?) {
            guard let stretch = open.removeValue(forKey: replica),
                stretch.end - stretch.start >= suspicionNanoseconds
            else { return }
            found.append(stretch)
        }
        for sample in samples {
            while let loss = losses.first, loss.time <= sample.time {
                for replica in Array(open.keys) { close(replica) }
                watchedSince = sample.time
                losses.removeFirst()
            }
            for pool in sample.pools {
                guard pool.isExhausted, let opened = pool.openSince else {
                    close(pool.replica)
                    moved[pool.replica] = sample.time
                    continue
                }
                let since = max(opened, moved[pool.replica] ?? opened, watchedSince)
                // The youngest transaction is another one: something moved. (Ages are measured to some ms.)
                if let stretch = open[pool.replica], since - stretch.start > 50_000_000 {
                    close(pool.replica)
                }
                var stretch =
                    open[pool.replica]
                    ?? Stretch(
                        replica: pool.replica, connections: pool.connections, blocked: 0, start: since,
                        flagged: .max, end: sample.time)
                stretch.end = sample.time
                stretch.blocked = max(stretch.blocked, pool.blocked)
                if sample.time - stretch.start >= suspicionNanoseconds {
                    stretch.flagged = min(stretch.flagged, sample.time)
                }
                open[pool.replica] = stretch
            }
            for replica in open.keys where !sample.pools.contains(where: { $0.replica == replica }) {
                close(replica)
            }
        }
        for replica in Array(open.keys) { close(replica) }
        return found.sorted { $0.start < $1.start }
    }

    /// Operations that waited for this replica all the time; none if it answered anything in between.
    private func outstanding(_ stretch: Stretch) -> [Int] {
        var waiting: [Int] = []
        for (index, operation) in facts.operations.enumerated() {
            for request in operation.requests
            where stretch.replica == nil || request.replica == stretch.replica {
                let received = request.received ?? operation.returned ?? .max
                // One sample's time at both ends: the moments are not known better.
                if request.failure == nil, received > stretch.start + 100_000_000,
                    received < stretch.end - 100_000_000
                {
                    return []
                }
                if request.sent <= stretch.start + 100_000_000, received >= stretch.end - 100_000_000 {
                    waiting.append(index)
                }
            }
        }
        return waiting
    }

    private func violation(
        _ stretch: Stretch, _ waiting: [Int], of all: [(Stretch, [Int])]
    ) -> Violation {
        let lost = failed(waiting)
        let holding = stretch.connections - stretch.blocked
        let pool = stretch.replica.map { "replica \($0)" } ?? "a replica"
        return Violation(
            kind: .poolDeadlock, check: Self.check, key: pool,
            round: facts.operations[waiting[0]].round,
            title:
                "\(isConfirmed(stretch, waiting) ? "A" : "A suspected") pool deadlock: "
                + (stretch.connections == 1
                    ? "the only connection of \(pool) sat in a transaction"
                    : "all \(stretch.connections) connections of \(pool) sat in transactions")
                + " that did nothing for \(Figures.milliseconds(stretch.end - stretch.start)).",
            names: Set(waiting.map { facts.operations[$0].name }).sorted(),
            example: Array(waiting.prefix(2)),
            account: [
                "\(Figures.count(waiting.count, "request")) waited for it and none was answered; "
                    + (stretch.blocked == 0
                        ? "no connection was active or waited for a lock"
                        : "no connection was active, \(stretch.blocked) waited for locks of the idle ones")
                    + ", so the database knows of no deadlock.",
                isConfirmed(stretch, waiting)
                    ? "\(lost) of them failed, as many as held idle connections (\(holding)) or more: it was "
                        + "ended by timeouts, not by answers."
                    : "\(lost) of them failed, fewer than held idle connections (\(holding)): a slow call "
                        + "elsewhere, made while a connection is held, looks the same.",
            ] + lastStatements(stretch),
            closing: "It was suspected \(Figures.milliseconds(stretch.flagged - stretch.start)) after the "
                + "last transaction began.",
            explains: Set(all.flatMap { $0.1 }), count: all.count, judged: 0)
    }

    /// What the idle connections had done last, alike ones counted.
    private func lastStatements(_ stretch: Stretch) -> [String] {
        let held = facts.observations.pools.first {
            $0.replica == stretch.replica && $0.time >= stretch.start && $0.time <= stretch.end
        }
        let idle = (held?.members ?? []).filter { $0.isIdleInTransaction && !$0.statement.isEmpty }
        let counts = Dictionary(idle.map { (plainStatement($0.statement), 1) }, uniquingKeysWith: +)
        guard !counts.isEmpty else { return [] }
        return ["The last statements of the idle ones:"]
            + counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(3).map {
                "  \($0.value) × \($0.key)"
            }
    }
}
