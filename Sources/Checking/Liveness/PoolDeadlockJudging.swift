// Deadlocks that no database sees: every connection of a replica sits in a transaction and does nothing, or
// waits for a lock of one that does; its requests wait, and nothing comes out.

import Core
import Histories

struct PoolDeadlockJudging {
    static let check = "connection pools"
    /// From when on an exhausted pool counts; below the second within which it is to be told.
    static let suspicionNanoseconds: Int64 = 500_000_000
    /// One sample's time: the ends of a stretch are not known better.
    private static let resolution: Int64 = 100_000_000

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

        func isOf(_ request: RequestRecord) -> Bool { replica == nil || request.replica == replica }
    }

    func violations() -> [Violation] {
        let found = Self.stretches(
            facts.observations.sessions, losses: facts.observations.losses
        ).compactMap { stretch -> (Stretch, [Int])? in
            let waiting = outstanding(stretch)
            guard !waiting.isEmpty else { return nil }
            // Where some wait for a lock, a slow holder is the likelier reason, until it proves to be stuck.
            return stretch.blocked == 0 || ending(stretch, waiting) != .unclear ? (stretch, waiting) : nil
        }
        guard let worst = found.max(by: { $0.0.end - $0.0.start < $1.0.end - $1.0.start }) else { return [] }
        return [violation(worst.0, worst.1, of: found)]
    }

    /// What answers tell of the end of a stretch.
    private enum Ending: Hashable {
        /// Server errors came first, as many as connections were held or more: the holders gave up.
        case serverErrors
        /// The replica never answered again, and as many requests failed.
        case silence
        /// It lasted for longer than clients wait for a whole answer, as many of them.
        case patience
        case unclear
    }

    /// Whether the holders were stuck.
    ///
    /// A holder that was only slow is answered before those that it kept waiting. Clients' timeouts prove
    /// nothing while a replica answers others: an overloaded one causes them all the time.
    private func ending(_ stretch: Stretch, _ waiting: [Int]) -> Ending {
        let holding = stretch.connections - stretch.blocked
        let requests = facts.operations.lazy.flatMap(\.requests).filter(stretch.isOf)
        let timedOut = requests.count {
            $0.failure == .timeout && $0.sent >= stretch.start - Self.resolution
                && ($0.received ?? .max) <= stretch.end + Self.resolution
        }
        if timedOut >= holding { return .patience }
        let later = requests.filter {
            $0.failure == nil && ($0.received ?? 0) >= stretch.end - Self.resolution
        }
        guard let first = later.min(by: { $0.received ?? 0 < $1.received ?? 0 }) else {
            return failed(waiting) >= holding ? .silence : .unclear
        }
        let errors = waiting.count { index in
            facts.operations[index].requests.contains { stretch.isOf($0) && $0.isServerError }
        }
        return first.isServerError && errors >= holding ? .serverErrors : .unclear
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

    /// Operations that waited for this replica all the time, or until their clients gave up; none if it
    /// answered anything in between.
    private func outstanding(_ stretch: Stretch) -> [Int] {
        var waiting: [Int] = []
        for (index, operation) in facts.operations.enumerated() {
            for request in operation.requests where stretch.isOf(request) {
                let received = request.received ?? operation.returned ?? .max
                if request.failure == nil, received > stretch.start + Self.resolution,
                    received < stretch.end - Self.resolution
                {
                    return []
                }
                let waited = received - stretch.start >= Self.suspicionNanoseconds
                if request.sent <= stretch.start + Self.resolution,
                    received >= stretch.end - Self.resolution || request.failure == .timeout && waited
                {
                    waiting.append(index)
                }
            }
        }
        return waiting
    }

    private func violation(
        _ stretch: Stretch, _ waiting: [Int], of all: [(Stretch, [Int])]
    ) -> Violation {
        let ending = ending(stretch, waiting)
        let pool = stretch.replica.map { "replica \($0)" } ?? "a replica"
        return Violation(
            kind: .poolDeadlock, check: Self.check, key: pool,
            round: facts.operations[waiting[0]].round,
            title:
                "\(ending == .unclear ? "A suspected" : "A") pool deadlock: "
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
                explanation(ending, failed(waiting)),
            ] + lastStatements(stretch),
            closing: "It was suspected \(Figures.milliseconds(stretch.flagged - stretch.start)) after the "
                + "last transaction began.",
            explains: Set(all.flatMap { $0.1 }), count: all.count, judged: 0)
    }

    private func explanation(_ ending: Ending, _ failed: Int) -> String {
        switch ending {
        case .serverErrors:
            "The first answer after that was a server error, and \(failed) of these requests failed: what held "
                + "the connections gave up."
        case .silence:
            "Nothing was answered after that either; \(failed) of these requests failed."
        case .patience:
            "Clients whose requests began and timed out meanwhile were as many as held connections, or more."
        case .unclear:
            "The first answer after that was no server error, or fewer requests failed than connections were "
                + "held: a slow call elsewhere, made while a connection is held, looks the same."
        }
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

extension RequestRecord {
    /// Whether the service itself gave up: a success may be declared for any status.
    fileprivate var isServerError: Bool { failure == nil && outcome != .ok && (status ?? 0) >= 500 }
}
