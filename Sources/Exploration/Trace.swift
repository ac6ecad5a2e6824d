// What happened under one schedule: which request went on at each decision, and which others could have.

public import Core

/// A statement, or the end of a transaction, at which somebody decides who goes on.
public struct Turn: Sendable, Hashable {
    /// Its position among the requests of the trial, from 0.
    public var request: Int
    /// Without values; two runs of the same code have the same texts.
    public var statement: String
    /// Tables that its words name.
    public var reads: Set<String>
    public var writes: Set<String>
    /// The end of a transaction.
    public var isEnd: Bool
    /// It may write and commits by itself, so that others between the two are not tried.
    public var isUncut: Bool
    /// What it touches; `nil` conflicts with everything.
    public var footprint: Footprint?

    public init(
        request: Int, statement: String, reads: Set<String> = [], writes: Set<String> = [],
        isEnd: Bool = false, isUncut: Bool = false, footprint: Footprint? = nil
    ) {
        self.isUncut = isUncut
        self.footprint = footprint
        self.request = request
        self.statement = statement
        self.reads = reads
        self.writes = writes
        self.isEnd = isEnd
    }

    /// Whether their order may matter, by what is known of them or else by the words of their texts; the end
    /// of a transaction and what names no table may race with everything.
    public func mayRace(with other: Turn) -> Bool {
        if let footprint, let others = other.footprint { return footprint.conflicts(with: others) }
        guard !reads.isEmpty || !writes.isEmpty, !other.reads.isEmpty || !other.writes.isEmpty else {
            return true
        }
        return !writes.isDisjoint(with: other.writes.union(other.reads))
            || !other.writes.isDisjoint(with: reads)
    }
}

/// The decisions of one trial, in order.
public struct Trace: Sendable, Hashable {
    public struct Step: Sendable, Hashable {
        public var turn: Turn
        /// What could have gone on, in the order of the requests; the one that did is among them.
        public var pending: [Turn]

        public init(_ turn: Turn, pending: [Turn]) {
            self.turn = turn
            self.pending = pending
        }

        /// The requests that could have gone on, in order.
        public var enabled: [Int] { pending.map(\.request) }
    }

    public var steps: [Step] = []

    public init() {}

    /// Which request went on, decision by decision.
    public var choices: [Int] { steps.map(\.turn.request) }

    /// How often a request had to stop that could have gone on, in the first `count` steps.
    public func preemptions(in count: Int? = nil) -> Int {
        let steps = steps.prefix(count ?? steps.count)
        return zip(steps, steps.dropFirst()).count { before, step in
            let last = before.turn.request
            return step.turn.request != last && step.enabled.contains(last)
        }
    }

    /// How often another request went on than before.
    public var switches: Int { zip(choices, choices.dropFirst()).count { $0 != $1 } }
}
