// From a violated key to its smallest example: where to look first, so that long histories cost no more than
// short ones.

/// A set of calls that contradicts a model and cannot be made smaller.
struct SmallestContradiction<Model: SequentialModel> {
    /// In order of invocation.
    var calls: [Call<Model.Action>]
    /// What was there before: the model itself, the state after all earlier calls, or anything.
    var model: Model
    /// Calls that may take effect at any time, or never, and still explain nothing.
    var free: [Call<Model.Action>]
    /// Whether `model` begins with a known state later than the history does.
    var isRestarted = false
}

/// Looks for the fewest calls of one key that already contradict the model.
struct ExampleSearch<Model: SequentialModel> {
    /// Configurations that finding one example may explore.
    static var budget: Int { 200_000 }
    /// Calls of a key up to which its example is sought in its whole history.
    static var wholeLimit: Int { 400 }
    /// Calls of an example up to which no other is sought.
    static var shortLimit: Int { 8 }
    /// Calls of an example above which a stretch since a quiet moment is tried.
    static var exampleLimit: Int { 24 }
    /// Returned calls in the first window tried, and in the last.
    static var windowReturns: (first: Int, last: Int) { (4, 8192) }
    /// One window may use this part of the budget.
    static var windowShare: Int { 8 }

    private let model: Model
    private let calls: [Call<Model.Action>]
    private let decision: Decision<Model>
    /// Configurations that may be explored.
    private let budget: Int
    private(set) var explored = 0

    init(
        _ model: Model, _ calls: [Call<Model.Action>], _ decision: Decision<Model>, budget: Int = Self.budget
    ) {
        self.model = model
        self.calls = calls
        self.decision = decision
        self.budget = budget
    }

    /// Over the whole history of the key; or, where that is long or the calls stay many, over the stretch
    /// since the last quiet moment whose state is known, which is told then; or over the shortest stretch
    /// before the contradiction that contradicts itself, whatever was there before.
    mutating func find() -> SmallestContradiction<Model> {
        let isLong = calls.count > Self.wholeLimit
        var whole: SmallestContradiction<Model>?
        if decision.deadline == nil || !isLong {
            // Without a deadline the suspects are few, whatever the length.
            let found = shrink(model, calls, suspects: decision.suspects, share: 2)
            if decision.deadline == nil || found.calls.count <= Self.shortLimit { return found }
            if decision.restarted == nil {
                if let window = windowed(), window.calls.count < found.calls.count { return window }
                return found
            }
            if found.calls.count <= Self.exampleLimit { return found }
            whole = found
        }
        if let restarted = decision.restarted {
            let recent = sinceQuietMoment(restarted)
            if let whole, whole.calls.count <= recent.calls.count { return whole }
            if recent.calls.count <= Self.exampleLimit || !isLong { return recent }
            if let window = windowed(), window.calls.count < recent.calls.count { return window }
            return recent
        }
        return windowed() ?? shrink(model, calls, suspects: decision.suspects)
    }

    private mutating func sinceQuietMoment(_ restarted: Model) -> SmallestContradiction<Model> {
        let recent = decision.suspects.map { calls[$0] }
        var found = shrink(restarted, recent, suspects: Array(recent.indices))
        found.isRestarted = true
        if found.calls.allSatisfy({ restarted.isRead($0.action) }),
            let start = found.calls.map(\.invoked).min()
        {
            // Reads alone contradict what was there: the change that had put it there belongs to the story.
            let before = calls.filter {
                !restarted.isRead($0.action) && $0.returned ?? .max < start
            }.max { ($0.returned ?? 0, $0.operation) < ($1.returned ?? 0, $1.operation) }
            if let before { found.calls.insert(before, at: 0) }
        }
        return found
    }

    /// The example of the shortest stretch, doubled until it contradicts itself from any beginning.
    private mutating func windowed() -> SmallestContradiction<Model>? {
        guard let deadline = decision.deadline else { return nil }
        if let found = alone(at: deadline) { return found }
        let returns = calls.compactMap(\.returned).filter { $0 <= deadline }.sorted()
        let model = model.fromAnywhere
        var count = Self.windowReturns.first
        while explored < budget {
            let start = count < returns.count ? returns[returns.count - count] : .min
            let stretch = stretch(from: start, to: deadline)
            let limit = min(budget - explored, budget / Self.windowShare)
            let decision = model.decide(stretch, budget: limit, recordsOrder: false)
            explored += max(1, decision.explored)
            if decision.verdict == .violated {
                return shrink(model, stretch, suspects: Array(stretch.indices))
            }
            if count >= min(returns.count, Self.windowReturns.last) { return nil }
            count *= 2
        }
        return nil
    }

    /// The call that no order passes, if it contradicts whatever all others did.
    private mutating func alone(at deadline: Int64) -> SmallestContradiction<Model>? {
        guard let position = calls.firstIndex(where: { $0.returned == deadline }) else { return nil }
        let free = model.freed(calls, besides: [position])
        let decision = model.decide(
            [calls[position]] + free, budget: max(1, budget / Self.windowShare), recordsOrder: false)
        explored += max(1, decision.explored)
        guard decision.verdict == .violated else { return nil }
        return SmallestContradiction(calls: [calls[position]], model: model, free: free)
    }

    /// The calls between two moments; changes that go past either may have happened outside, or never.
    private func stretch(from start: Int64, to deadline: Int64) -> [Call<Model.Action>] {
        calls.compactMap { call in
            guard call.invoked <= deadline, call.returned ?? .max >= start else { return nil }
            if call.invoked >= start, call.returned ?? .max <= deadline { return call }
            guard !model.isRead(call.action) else { return nil }
            var free = call
            free.returned = nil
            return free
        }
    }

    private mutating func shrink(
        _ model: Model, _ calls: [Call<Model.Action>], suspects: [Int], share: Int = 1
    ) -> SmallestContradiction<Model> {
        var shrinking = SmallestExample(model, calls, budget: max(1, (budget - explored) / share))
        let positions = shrinking.find(suspects: suspects)
        explored += shrinking.explored
        let kept = positions.map { calls[$0] }.sorted {
            ($0.invoked, $0.operation) < ($1.invoked, $1.operation)
        }
        return SmallestContradiction(calls: kept, model: model, free: model.freed(calls, besides: positions))
    }
}
