// The strategies for one group of requests, in the order in which they are asked.

/// Serial trials and what they predict, in turn; then every schedule up to a number of preemptions; then
/// schedules by chance, as long as the caller goes on.

public import Core

public struct Portfolio: Sendable {
    public enum Part: Sendable, Hashable, CaseIterable {
        /// Serial and directed.
        case quick
        /// Exhaustive, then those by chance.
        case thorough
    }

    private let names: Set<StrategyName>
    private var serial: SerialStrategy
    private var directed: DirectedStrategy
    private var exhaustive: ExhaustiveStrategy
    private var pct: PCTStrategy
    private var pos: POSStrategy
    private var random: RandomStrategy
    private let requests: Int
    private var turn = 0

    public init(
        operations: [String], strategies: Set<StrategyName>, preemptions: Int, seed: UInt64
    ) {
        names = strategies
        requests = operations.count
        serial = SerialStrategy(requests: operations.count)
        directed = DirectedStrategy(operations: operations)
        exhaustive = ExhaustiveStrategy(requests: operations.count, preemptions: preemptions)
        pct = PCTStrategy(requests: operations.count, depth: 3, seed: seed)
        pos = POSStrategy(seed: seed)
        random = RandomStrategy(seed: seed)
    }

    /// Whether every schedule within the bound of preemptions was tried.
    public var isExhausted: Bool { names.contains(.exhaustive) && exhaustive.isComplete }

    /// Schedules that differ from others only in the order of statements that do not conflict.
    public var pruned: Int { exhaustive.pruned }

    public mutating func next(_ part: Portfolio.Part) -> (strategy: StrategyName, plan: Plan)? {
        switch part {
        case .quick:
            // A serial trial, the first prediction for each request, the next serial trial; then all others.
            defer { turn += 1 }
            return turn.isMultiple(of: requests + 1)
                ? next(.serial) ?? next(.directed) : next(.directed) ?? next(.serial)
        case .thorough:
            if let next = next(.exhaustive) { return next }
            let chances = StrategyName.allCases.filter { $0.isByChance && names.contains($0) }
            guard !chances.isEmpty else { return nil }
            defer { turn += 1 }
            return next(chances[turn % chances.count])
        }
    }

    private mutating func next(_ name: StrategyName) -> (strategy: StrategyName, plan: Plan)? {
        guard names.contains(name) else { return nil }
        let plan =
            switch name {
            case .serial: serial.next()
            case .directed: directed.next()
            case .exhaustive: exhaustive.next()
            case .pct: pct.next()
            case .pos: pos.next()
            case .random: random.next()
            }
        return plan.map { (name, $0) }
    }

    /// What came of a trial.
    public mutating func learn(_ trace: Trace) {
        directed.learn(trace)
        exhaustive.learn(trace)
        pct.learn(trace)
    }

    /// The trial could not be followed to its end.
    public mutating func giveUp() { exhaustive.giveUp() }
}
