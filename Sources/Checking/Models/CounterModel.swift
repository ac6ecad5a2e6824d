// A bounded counter: a count that changes by amounts and stays within its bounds.

/// What is known of a count.
///
/// While nothing is declared or read, `count` is relative to the unknown beginning, and `low` and `high`
/// are the least and greatest it has been; the first observation binds it.
public struct CounterState: Sendable, Hashable {
    var count: Int
    var isBound: Bool
    var low = 0
    var high = 0
}

public enum CounterAction: Sendable, Hashable {
    /// Above zero for an addition.
    case change(Int)
    case observe(Int)
}

public struct CounterModel: SequentialModel {
    public var initial: CounterState
    /// The least and the most, both from 0.
    public var minimum: Int
    public var limit: Int

    public init(initial: Int?, minimum: Int = 0, limit: Int) {
        self.initial = CounterState(count: initial ?? 0, isBound: initial != nil)
        self.minimum = minimum
        self.limit = limit
    }

    /// A count is right or wrong by what was there before.
    public var isToldFromAnywhere: Bool { !initial.isBound }

    public var fromAnywhere: CounterModel { CounterModel(initial: nil, minimum: minimum, limit: limit) }

    public func apply(_ action: CounterAction, to state: CounterState) -> CounterState? {
        switch action {
        case .change(let amount):
            let (count, overflow) = state.count.addingReportingOverflow(amount)
            guard !overflow else { return nil }
            if state.isBound {
                return (minimum...limit).contains(count) ? CounterState(count: count, isBound: true) : nil
            }
            let low = min(state.low, count)
            let high = max(state.high, count)
            return high - low <= limit - minimum
                ? CounterState(count: count, isBound: false, low: low, high: high) : nil
        case .observe(let count):
            if state.isBound { return state.count == count ? state : nil }
            let (beginning, overflow) = count.subtractingReportingOverflow(state.count)
            guard !overflow, (minimum...limit).contains(count), beginning >= minimum - state.low,
                beginning <= limit - state.high
            else { return nil }
            return CounterState(count: count, isBound: true)
        }
    }

    /// Configurations that the search may explore to tell more exactly where a contradiction lies.
    static let explanationBudget = 10_000

    /// By bounds where they refute, else by search.
    public func decide(_ calls: [Call<CounterAction>], budget: Int, recordsOrder: Bool) -> Decision<Self> {
        let sweep = CounterSweep(calls, self)
        let contradiction = sweep?.contradiction()
        var search = LinearizabilitySearch(self, calls, recordsOrder: recordsOrder)
        let decision = search.run(
            budget: contradiction == nil ? budget : min(budget, Self.explanationBudget))
        guard let sweep, let contradiction, decision.verdict == .exhausted else { return decision }
        return sweep.violation(
            at: contradiction, explained: decision.fraction, explored: decision.explored)
    }

    public func isRead(_ action: CounterAction) -> Bool {
        switch action {
        case .observe: true
        case .change: false
        }
    }
}
