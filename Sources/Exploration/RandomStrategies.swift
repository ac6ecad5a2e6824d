// Schedules by chance, for more requests or statements than can be tried one by one.

import Core

/// A random walk: at each decision anybody goes on.
public struct RandomStrategy: Strategy {
    private var generator: SeededGenerator

    public init(seed: UInt64) { generator = SeededGenerator(state: seed) }

    public mutating func next() -> Plan? { Plan(rule: .walk(seed: generator.next())) }

    public mutating func learn(_ trace: Trace) {}
}

/// Random priorities, changed at a few random decisions.
///
/// Finds a bug of depth d among k decisions of n requests with a probability of at least 1/(n k^(d-1)) in
/// each trial (Burckhardt et al., "A Randomized Scheduler with Probabilistic Guarantees of Finding Bugs",
/// ASPLOS 2010).
public struct PCTStrategy: Strategy {
    private let requests: Int
    private let depth: Int
    private var generator: SeededGenerator
    /// The longest trial so far, decisions.
    private var length = 1

    public init(requests: Int, depth: Int, seed: UInt64) {
        self.requests = requests
        self.depth = depth
        generator = SeededGenerator(state: seed)
    }

    public mutating func next() -> Plan? {
        let priorities = Array(0..<requests).shuffled(using: &generator)
        let changes = (1..<max(2, depth)).map { _ in Int.random(in: 0..<length, using: &generator) }
        return Plan(rule: .priorities(priorities, changes: depth > 1 ? Set(changes) : []))
    }

    public mutating func learn(_ trace: Trace) { length = max(length, trace.steps.count) }
}

/// Random priorities of statements, drawn anew only where the order of two may matter.
///
/// Partial Order Sampling (Yuan, Yang and Gu, "Partial Order Aware Concurrency Sampling", CAV 2018): a
/// statement that races with few keeps its priority, so that a rare order is not buried under the many orders
/// of what is independent. A race that the texts do not show costs probability and hides nothing.
public struct POSStrategy: Strategy {
    private var generator: SeededGenerator

    public init(seed: UInt64) { generator = SeededGenerator(state: seed) }

    public mutating func next() -> Plan? { Plan(rule: .racing(seed: generator.next())) }

    public mutating func learn(_ trace: Trace) {}
}
