// From a violated key to its smallest example: where to look first, so that a story does not depend on how
// long the history around it is.

/// A set of calls that contradicts a model and cannot be made smaller.
struct SmallestContradiction<Model: SequentialModel> {
    /// In order of invocation.
    var calls: [Call<Model.Action>]
    /// What was there before: the model itself, the state after all earlier calls, or anything.
    var model: Model
    /// Calls that may take effect at any time, or never, and still explain nothing.
    var free: [Call<Model.Action>]
    /// All calls among which these were found, in order of invocation.
    var pool: [Call<Model.Action>]
    /// Whether `model` begins with a known state later than the history does.
    var isRestarted = false
}

/// Looks for the fewest calls of one key that already contradict the model.
///
/// A violation that names its suspects, as zones do, is reduced to them. Otherwise the contradiction lies at
/// the first return that no order passes, and what lies before the last quiet moment in one known state
/// cannot be at fault: both are the same whatever else the history holds, and so is the example.
struct ExampleSearch<Model: SequentialModel> {
    /// Configurations that finding one example may explore.
    static var budget: Int { 200_000 }
    /// Returned calls in the first window tried, and in the last.
    static var windowReturns: (first: Int, last: Int) { (4, 8192) }
    /// One window may use this part of the budget.
    static var windowShare: Int { 8 }
    /// Returns among which the first contradiction is sought, and configurations that one try may explore.
    static var truncationLimit: Int { 100_000 }
    static var truncationBudget: Int { 20_000 }
    /// Acknowledged changes before a read that are tried as what it contradicts.
    static var causeLimit: Int { 8 }

    private let model: Model
    private let calls: [Call<Model.Action>]
    /// The calls as they were known when the contradiction was complete.
    private var known: [Call<Model.Action>]
    private let decision: Decision<Model>
    /// Configurations that may be explored.
    private let budget: Int
    private(set) var explored = 0

    init(
        _ model: Model, _ calls: [Call<Model.Action>], _ decision: Decision<Model>, budget: Int = Self.budget
    ) {
        self.model = model
        self.calls = calls
        known = calls
        self.decision = decision
        self.budget = budget
    }

    mutating func find() -> SmallestContradiction<Model> {
        guard let deadline = exactDeadline(), !areSuspectsEnough(by: deadline) else {
            return restored(shrink(model, calls, suspects: decision.suspects))
        }
        known = calls.map { call in
            var call = call
            if call.returned ?? .max > deadline { call.returned = nil }
            return call
        }
        let quiet = quiet(before: deadline)
        // A count is told from what was there before, where that is known.
        var found = (model.isToldFromAnywhere ? alone(at: deadline) : nil) ?? since(quiet, deadline)
        if found.isRestarted, !isContradictory(found) { found = since(nil, deadline) }
        if let told = withCause(of: found, deadline) { found = told }
        return restored(found)
    }

    /// Whether changes that contradict each other by themselves, as was found without a search, had all
    /// been sent when the first contradiction was complete.
    private func areSuspectsEnough(by deadline: Int64) -> Bool {
        decision.deadline == nil
            && decision.suspects.allSatisfy {
                !model.isRead(calls[$0].action) && calls[$0].invoked <= deadline
            }
    }

    /// The last moment before another at which only one state can have been there, and it is known.
    private func quiet(before moment: Int64) -> QuietMoment<Model>? {
        for quiet in decision.quietMoments.reversed() where quiet.moment < moment {
            if let told = model.told(quiet, after: calls) { return told }
        }
        return nil
    }

    /// The first return at which what was sent by then contradicts the model.
    private mutating func exactDeadline() -> Int64? {
        if decision.isDeadlineExact { return decision.deadline }
        let returns = Set(calls.compactMap(\.returned)).sorted()
        guard !returns.isEmpty, returns.count <= Self.truncationLimit else { return nil }
        var low = 0
        var high = returns.count - 1
        while low < high {
            let middle = (low + high) / 2
            switch verdict(by: returns[middle]) {
            case .violated: high = middle
            case .linearizable: low = middle + 1
            case .exhausted: return nil
            }
        }
        return returns[high]
    }

    /// The verdict on what was sent by a moment, where what had not returned may have happened or not.
    private mutating func verdict(by moment: Int64) -> LinearizabilityVerdict {
        let sent = calls.compactMap { call -> Call<Model.Action>? in
            guard call.invoked <= moment else { return nil }
            if call.returned ?? .max <= moment { return call }
            guard !model.isRead(call.action) else { return nil }
            var open = call
            open.returned = nil
            return open
        }
        let decision = model.decide(sent, budget: Self.truncationBudget, recordsOrder: false)
        return decision.verdict
    }

    private mutating func isContradictory(_ found: SmallestContradiction<Model>) -> Bool {
        let decision = found.model.decide(
            found.calls + found.free, budget: max(1, budget / Self.windowShare), recordsOrder: false)
        explored += max(1, decision.explored)
        return decision.verdict == .violated
    }

    /// The calls as they were, where only a part of them was looked at.
    private func restored(_ found: SmallestContradiction<Model>) -> SmallestContradiction<Model> {
        var found = found
        found.calls = restored(found.calls)
        found.pool = restored(found.pool)
        return found
    }

    /// An operation and an attempt of it without an answer may be alike but for their ends.
    private func restored(_ cut: [Call<Model.Action>]) -> [Call<Model.Action>] {
        let kept = Set(cut.filter { $0.returned != nil })
        var whole: [Call<Model.Action>: [Call<Model.Action>]] = [:]
        for call in calls where !kept.contains(call) {
            var open = call
            open.returned = nil
            whole[open, default: []].append(call)
        }
        return cut.map { call in
            guard call.returned == nil, let alike = whole[call] else { return call }
            // Those that never returned come first.
            guard let index = alike.firstIndex(where: { $0.returned == nil }) ?? alike.indices.first else {
                return call
            }
            return whole[call]?.remove(at: index) ?? call
        }
    }

    /// The example of what happened since a quiet moment, or since the beginning: from any state if that is
    /// enough, else from the state that was there.
    private mutating func since(
        _ quiet: QuietMoment<Model>?, _ deadline: Int64
    ) -> SmallestContradiction<Model> {
        let recent = known.indices.filter { position in
            let call = known[position]
            guard call.invoked <= deadline, call.returned != nil || !model.isRead(call.action) else {
                return false
            }
            guard let quiet else { return true }
            return call.returned ?? .max > quiet.moment && !quiet.spent.contains(position)
        }.map { known[$0] }
        if decision.deadline == nil {
            // Suspects that were found without a search are few, whatever the length.
            let again = model.decide(recent, budget: Self.truncationBudget, recordsOrder: false)
            if again.verdict == .violated, again.deadline == nil {
                return shrink(model, recent, suspects: again.suspects)
            }
        }
        if model.isToldFromAnywhere, let window = windowed(recent, deadline) { return window }
        guard let quiet else { return shrink(model, recent, suspects: Array(recent.indices)) }
        var restarted = model
        restarted.initial = quiet.state
        var found = shrink(restarted, recent, suspects: Array(recent.indices))
        found.isRestarted = true
        return found
    }

    /// The example of the shortest stretch, doubled until it contradicts itself from any beginning.
    private mutating func windowed(
        _ recent: [Call<Model.Action>], _ deadline: Int64
    ) -> SmallestContradiction<Model>? {
        let returns = recent.compactMap(\.returned).filter { $0 <= deadline }.sorted()
        let model = model.fromAnywhere
        var count = Self.windowReturns.first
        while explored < budget {
            let start = count < returns.count ? returns[returns.count - count] : .min
            let stretch = stretch(of: recent, from: start, to: deadline)
            let limit = min(budget - explored, max(1, budget / Self.windowShare))
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

    /// The read that an example is about, with the last acknowledged change before it that contradicts it:
    /// the same two whatever the route to the example was.
    ///
    /// `nil` where it is about no read, or where a read alone is wrong.
    private mutating func withCause(
        of found: SmallestContradiction<Model>, _ deadline: Int64
    ) -> SmallestContradiction<Model>? {
        guard let read = found.calls.max(by: { ($0.returned ?? .max) < ($1.returned ?? .max) }),
            let returned = read.returned, model.isRead(read.action),
            found.calls.count > 1 || found.isRestarted
        else { return nil }
        let before = known.filter { !model.isRead($0.action) && $0.returned ?? .max < read.invoked }
            .sorted { ($0.returned ?? 0, $0.operation) > ($1.returned ?? 0, $1.operation) }
            .prefix(Self.causeLimit)
        for cause in before where explored < budget && model.isToldFromAnywhere {
            let pool = stretch(of: known, from: cause.invoked, to: returned)
            if let pair = pair(cause, read, in: pool) { return pair }
        }
        guard found.calls.allSatisfy({ model.isRead($0.action) }), let last = before.first
        else { return nil }
        // Reads alone contradict what was there: the changes that had put it there belong to the story.
        let again = since(quiet(before: min(last.invoked, deadline)), deadline)
        // Of a count, all changes since then are told together.
        let isTold = !model.isToldFromAnywhere || again.calls.contains { !model.isRead($0.action) }
        return isTold ? again : nil
    }

    /// Two calls, if they contradict each other from any beginning.
    private mutating func pair(
        _ cause: Call<Model.Action>, _ read: Call<Model.Action>, in pool: [Call<Model.Action>]
    ) -> SmallestContradiction<Model>? {
        let anywhere = model.fromAnywhere
        let strict = pool.indices.filter { pool[$0] == cause || pool[$0] == read }
        let free = anywhere.freed(pool, besides: strict)
        let decision = anywhere.decide(
            strict.map { pool[$0] } + free, budget: max(1, budget / Self.windowShare), recordsOrder: false)
        explored += max(1, decision.explored)
        guard decision.verdict == .violated else { return nil }
        return SmallestContradiction(calls: [cause, read], model: anywhere, free: free, pool: pool)
    }

    /// The call that no order passes, if it contradicts whatever all others did.
    private mutating func alone(at deadline: Int64) -> SmallestContradiction<Model>? {
        let sent = known.filter {
            $0.invoked <= deadline && ($0.returned != nil || !model.isRead($0.action))
        }
        for position in sent.indices where sent[position].returned == deadline {
            let free = model.freed(sent, besides: [position])
            let decision = model.decide(
                [sent[position]] + free, budget: max(1, budget / Self.windowShare), recordsOrder: false)
            explored += max(1, decision.explored)
            guard decision.verdict == .violated else { continue }
            return SmallestContradiction(calls: [sent[position]], model: model, free: free, pool: sent)
        }
        return nil
    }

    /// The calls between two moments; changes that go past either may have happened outside, or never.
    private func stretch(
        of calls: [Call<Model.Action>], from start: Int64, to deadline: Int64
    ) -> [Call<Model.Action>] {
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
        _ model: Model, _ calls: [Call<Model.Action>], suspects: [Int]
    ) -> SmallestContradiction<Model> {
        var shrinking = SmallestExample(model, calls, budget: max(1, budget - explored))
        let positions = shrinking.find(suspects: suspects)
        explored += shrinking.explored
        let kept = positions.map { calls[$0] }.sorted {
            ($0.invoked, $0.operation) < ($1.invoked, $1.operation)
        }
        return SmallestContradiction(
            calls: kept, model: model, free: model.freed(calls, besides: positions), pool: calls)
    }
}
