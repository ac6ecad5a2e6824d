// Who waits for whom, from sample to sample: pure, fed with edges and times.

import Histories

/// One backend that waits and those that hold what it waits for, as one sample shows it.
struct WaitEdge: Sendable, Hashable {
    var waiter: Int
    var holders: [Int]
    /// Kind of lock, such as `transactionid`, with the relation where there is one.
    var lock: String
    /// When this wait began, in the server's words; two waits of one backend differ in it.
    var since = ""
}

/// What the server says of one backend when asked.
struct BackendDetail: Sendable, Hashable {
    var state: BackendState
    /// The row that it queues for, if it does.
    var row: String?
}

/// Follows waits over the samples and finds cycles.
///
/// No clock and no connection: each sample is given with its time, and says which backends to ask about.
struct WaitTracker {
    /// Waits seen in fewer samples are not worth a look at both parties.
    static let noticedSamples = 3
    /// Samples in a row that must show a circle with the same waits: the locks of one sample are not read at
    /// one instant, so that waits which never met can look like a circle once.
    static let cycleSamples = 3

    private struct Wait {
        var edge: WaitEdge
        var start: Int64
        var last: Int64
        var samples = 1
        var details: [Int: BackendDetail] = [:]
    }

    private var open: [Int: Wait] = [:]
    private var cycles: [[Int]: (edges: Set<WaitEdge>, samples: Int)] = [:]
    private var newCycles: [[Int]] = []
    private var finished: [LockWait] = []

    /// Backends whose statements should be looked at now.
    mutating func sample(_ edges: [WaitEdge], at time: Int64) -> Set<Int> {
        let waiting = Set(edges.map(\.waiter))
        for waiter in open.keys where !waiting.contains(waiter) { close(waiter) }
        for edge in edges {
            if open[edge.waiter]?.edge == edge {
                open[edge.waiter]?.last = time
                open[edge.waiter]?.samples += 1
            } else {
                close(edge.waiter)
                open[edge.waiter] = Wait(edge: edge, start: time, last: time)
            }
        }
        follow(Self.cycles(edges), edges)
        var wanted = Set(newCycles.joined())
        for wait in open.values where wait.samples >= Self.noticedSamples && wait.details.isEmpty {
            wanted.insert(wait.edge.waiter)
            wanted.formUnion(wait.edge.holders)
        }
        return wanted
    }

    private mutating func follow(_ found: [[Int]], _ edges: [WaitEdge]) {
        var followed: [[Int]: (edges: Set<WaitEdge>, samples: Int)] = [:]
        for cycle in found {
            let own = Set(edges.filter { cycle.contains($0.waiter) })
            let known = cycles[cycle]
            followed[cycle] = (own, known?.edges == own ? (known?.samples ?? 0) + 1 : 1)
        }
        cycles = followed
        newCycles = followed.filter { $0.value.samples == Self.cycleSamples }.keys
            .sorted { $0.lexicographicallyPrecedes($1) }
    }

    /// Takes what the server said of the backends that `sample` wanted; answers the cycles that are new.
    mutating func note(_ details: [Int: BackendDetail], at time: Int64) -> [WaitCycle] {
        for (waiter, wait) in open
        where wait.details.isEmpty && wait.samples >= Self.noticedSamples && details[waiter] != nil {
            open[waiter]?.details = details
        }
        defer { newCycles = [] }
        return newCycles.compactMap { cycle in
            let members = cycle.compactMap { details[$0]?.state }
            return members.count == cycle.count ? WaitCycle(time: time, members: members) : nil
        }
    }

    /// The waits that have ended since the last call and were looked at.
    mutating func takeFinished() -> [LockWait] {
        defer { finished = [] }
        return finished
    }

    /// Ends all waits.
    mutating func finish() { for waiter in Array(open.keys) { close(waiter) } }

    private mutating func close(_ waiter: Int) {
        guard let wait = open.removeValue(forKey: waiter), let own = wait.details[waiter] else { return }
        finished.append(
            LockWait(
                time: wait.start, end: wait.last, waiter: own.state,
                holders: wait.edge.holders.compactMap { wait.details[$0]?.state },
                lock: own.row ?? wait.edge.lock))
    }

    /// Backends that wait for one of these, or for one that does; those themselves not included.
    static func waiters(for holders: Set<Int>, in edges: [WaitEdge]) -> Set<Int> {
        var reached = holders
        var isGrowing = true
        while isGrowing {
            let next = edges.filter { !reached.contains($0.waiter) && !reached.isDisjoint(with: $0.holders) }
            reached.formUnion(next.map(\.waiter))
            isGrowing = !next.isEmpty
        }
        return reached.subtracting(holders)
    }

    /// Cycles in the graph of waits, each once, from its smallest member on.
    static func cycles(_ edges: [WaitEdge]) -> [[Int]] {
        let next = Dictionary(edges.map { ($0.waiter, $0.holders) }) { $0 + $1 }
        var found: Set<[Int]> = []
        var done: Set<Int> = []
        for start in next.keys.sorted() where !done.contains(start) {
            var path: [Int] = []
            visit(start, next, &path, &done, &found)
        }
        return found.sorted { $0.lexicographicallyPrecedes($1) }
    }

    private static func visit(
        _ backend: Int, _ next: [Int: [Int]], _ path: inout [Int], _ done: inout Set<Int>,
        _ found: inout Set<[Int]>
    ) {
        if let index = path.firstIndex(of: backend) {
            let cycle = Array(path[index...])
            let smallest = cycle.indices.min { cycle[$0] < cycle[$1] } ?? 0
            found.insert(Array(cycle[smallest...] + cycle[..<smallest]))
            return
        }
        guard !done.contains(backend), let holders = next[backend] else { return }
        path.append(backend)
        for holder in holders { visit(holder, next, &path, &done, &found) }
        path.removeLast()
        done.insert(backend)
    }
}
