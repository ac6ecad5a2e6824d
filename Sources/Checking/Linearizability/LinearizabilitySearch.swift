// Looks for an order of the calls of one key that respects time and the model: the exact route for every
// model.

/// Depth-first search over configurations, deadline by deadline.
///
/// The search is Wing & Gong's (1993) with Lowe's (2017) memory of configurations already refuted, in the
/// just-in-time form: a configuration is the next return not yet passed, the open calls already placed, and
/// the model's state. Five cuts keep it small, each of them exact:
/// - a read that fits the state is placed at once, since it can stand there in every order in which it
///   stands later;
/// - of open calls with equal actions only the one that returns first is tried, since the two can be
///   exchanged;
/// - unknown calls with equal actions are spent in order of invocation, after the required ones, for the
///   same reason;
/// - a configuration that has spent more unknown calls than a refuted one, and is otherwise equal, is
///   refuted too;
/// - a state that never comes back is not left while a call that it alone explains is not placed.
struct LinearizabilitySearch<Model: SequentialModel> {
    private struct Configuration: Hashable {
        var position: Int32
        /// By number of the transition table.
        var state: Int32
        var placed = SmallBitSet()
    }

    private struct Candidate {
        var configuration: Configuration
        var spent: SmallBitSet
        /// Node of `order` that was placed last.
        var last: Int32 = -1
    }

    /// Marks of a quiet moment in place of the one state that passed it.
    private enum Passage {
        static var none: Int32 { -1 }
        static var ambiguous: Int32 { -2 }
    }

    /// Quiet moments that a violation tells.
    private static var momentLimit: Int { 64 }

    private let model: Model
    private let schedule: CallSchedule<Model.Action>
    private var table: TransitionTable<Model>
    private var refuted: [Configuration: SmallBitSet] = [:]
    private var refutedAlso: [Configuration: [SmallBitSet]] = [:]
    /// By position, where no required call is open: the one state in which it was passed, or a mark.
    private var passages: [Int32]
    /// The unknown calls that were spent then, if any.
    private var passageSpent: [Int: SmallBitSet] = [:]
    private var deepest = 0
    private var explored = 0
    private var order: PlacementTree?
    /// By state, as far as there are any: ranks of the calls that must be placed before it is left, the
    /// latest first.
    private var tied: [[Int32]] = []
    /// By position, where a state was not left for the sake of a call: the latest invocation of such a call.
    private var reach: [Int: Int64] = [:]
    /// Class numbers seen while successors are made, stamped so that it need not be cleared.
    private var seen: [Int]
    private var stamp = 0

    /// With `recordsOrder`, a decision that finds an order tells it; that costs memory for every placement
    /// tried.
    init(_ model: Model, _ calls: [Call<Model.Action>], recordsOrder: Bool = false) {
        self.model = model
        schedule = CallSchedule(calls)
        table = TransitionTable(model, actions: schedule.actions)
        order = recordsOrder ? PlacementTree() : nil
        let ties = model.tied(calls)
        if !ties.isEmpty {
            var rank = Array(repeating: Int32(-1), count: calls.count)
            for (number, position) in schedule.requiredSource.enumerated() { rank[position] = Int32(number) }
            for (state, positions) in ties {
                let number = Int(table.number(of: state))
                while tied.count <= number { tied.append([]) }
                tied[number] = positions.map { rank[$0] }.filter { $0 >= 0 }.sorted(by: >)
            }
        }
        passages = Array(repeating: Passage.none, count: schedule.required.count)
        seen = Array(repeating: 0, count: schedule.actions.count)
    }

    mutating func run(budget: Int) -> Decision<Model> {
        guard !schedule.required.isEmpty else {
            return Decision(.linearizable, explored: 0, order: order?.path(to: -1))
        }
        var start = Candidate(
            configuration: Configuration(position: 0, state: table.number(of: model.initial)),
            spent: SmallBitSet())
        absorb(schedule.openedCalls(at: 0), into: &start)
        settle(&start)
        var stack = [start]
        while let candidate = stack.popLast() {
            if Int(candidate.configuration.position) == schedule.required.count {
                return Decision(.linearizable, explored: explored, order: order?.path(to: candidate.last))
            }
            if isRefuted(candidate) { continue }
            if explored >= budget {
                let passed = Double(deepest) / Double(schedule.required.count)
                return Decision(exhaustedAfter: passed, explored: explored)
            }
            explored += 1
            pushSuccessors(of: candidate, onto: &stack)
        }
        return violation()
    }

    /// Remembers the candidate unless one that leaves more open was already seen.
    private mutating func isRefuted(_ candidate: Candidate) -> Bool {
        guard let known = refuted[candidate.configuration] else {
            refuted[candidate.configuration] = candidate.spent
            return false
        }
        if known.isSubset(of: candidate.spent) { return true }
        let others = refutedAlso[candidate.configuration] ?? []
        if others.contains(where: { $0.isSubset(of: candidate.spent) }) { return true }
        refutedAlso[candidate.configuration] = others + [candidate.spent]
        return false
    }

    private mutating func pushSuccessors(of candidate: Candidate, onto stack: inout [Candidate]) {
        let position = Int(candidate.configuration.position)
        var successors: [Candidate] = []
        stamp += 1
        for rank in schedule.openCalls(at: position) {
            let rank = Int(rank)
            let kind = schedule.requiredClass[rank]
            if candidate.configuration.placed.contains(schedule.slot[rank]) || seen[kind] == stamp {
                continue
            }
            seen[kind] = stamp
            let state = table.step(from: candidate.configuration.state, kind)
            guard state != TransitionTable<Model>.refused,
                state == candidate.configuration.state || mayLeave(candidate, by: rank)
            else { continue }
            var successor = candidate
            place(rank, in: &successor)
            move(&successor, to: state)
            successors.append(successor)
        }
        for group in schedule.optionalGroups where seen[group.kind] != stamp {
            guard let index = group.members.first(where: { !candidate.spent.contains($0) }),
                index < schedule.optionalLimit[position]
            else { continue }
            let before = candidate.configuration.state
            let state = table.step(from: before, group.kind)
            guard state != TransitionTable<Model>.refused, state != before, mayLeave(candidate, by: nil)
            else { continue }
            var successor = candidate
            successor.spent.insert(index)
            let call = schedule.optionalSource[index]
            order?.place(call, after: &successor.last)
            move(&successor, to: state)
            successors.append(successor)
        }
        stack.append(contentsOf: successors.reversed())
    }

    /// Whether nothing but the call itself still needs the state that it would end.
    private mutating func mayLeave(_ candidate: Candidate, by leaving: Int?) -> Bool {
        let state = Int(candidate.configuration.state)
        guard state < tied.count else { return true }
        let position = Int(candidate.configuration.position)
        for rank in tied[state] {
            let rank = Int(rank)
            if rank < position { return true }
            if rank == leaving { continue }
            let invoked = schedule.required[rank].invoked
            let isPlaced =
                invoked <= schedule.deadline(position)
                && candidate.configuration.placed.contains(schedule.slot[rank])
            if isPlaced { continue }
            reach[position] = max(reach[position] ?? invoked, invoked)
            return false
        }
        return true
    }

    /// Enters `state`, places the open reads that fit it, and passes every return whose call is placed.
    private mutating func move(_ candidate: inout Candidate, to state: Int32) {
        if state != candidate.configuration.state {
            candidate.configuration.state = state
            absorb(schedule.openCalls(at: Int(candidate.configuration.position)), into: &candidate)
        }
        settle(&candidate)
    }

    private mutating func settle(_ candidate: inout Candidate) {
        var position = Int(candidate.configuration.position)
        while position < schedule.required.count {
            let slot = schedule.slot[position]
            guard candidate.configuration.placed.contains(slot) else { break }
            candidate.configuration.placed.remove(slot)
            position += 1
            candidate.configuration.position = Int32(position)
            guard position < schedule.required.count else { break }
            if schedule.isCut[position] { notePassage(candidate, at: position) }
            absorb(schedule.openedCalls(at: position), into: &candidate)
        }
        deepest = max(deepest, position)
    }

    private mutating func absorb(_ ranks: ArraySlice<Int32>, into candidate: inout Candidate) {
        for rank in ranks {
            let rank = Int(rank)
            let kind = schedule.requiredClass[rank]
            guard table.isRead[kind], !candidate.configuration.placed.contains(schedule.slot[rank]),
                table.step(from: candidate.configuration.state, kind) == candidate.configuration.state
            else { continue }
            place(rank, in: &candidate)
        }
    }

    private mutating func place(_ rank: Int, in candidate: inout Candidate) {
        candidate.configuration.placed.insert(schedule.slot[rank])
        let call = schedule.requiredSource[rank]
        order?.place(call, after: &candidate.last)
    }

    private mutating func notePassage(_ candidate: Candidate, at position: Int) {
        let state = candidate.configuration.state
        if passages[position] == Passage.none {
            passages[position] = state
            if !candidate.spent.isEmpty { passageSpent[position] = candidate.spent }
        } else if passages[position] != state || passageSpent[position] ?? SmallBitSet() != candidate.spent {
            passages[position] = Passage.ambiguous
        }
    }

    /// No configuration passes the return of rank `deepest`: what was invoked later cannot be at fault, nor
    /// what lies before the last quiet moment that only one state passes; but for the calls for whose sake
    /// a state was not left.
    private func violation() -> Decision<Model> {
        let cuts = knownPassages()
        let cut = cuts.last
        var limit = schedule.deadline(deepest)
        for (position, invoked) in reach where position >= cut ?? 0 { limit = max(limit, invoked) }
        let spent = cut.flatMap { passageSpent[$0] } ?? SmallBitSet()
        var suspects: [Int] = []
        for rank in (cut ?? 0)..<schedule.required.count
        where schedule.required[rank].invoked <= limit {
            suspects.append(schedule.requiredSource[rank])
        }
        for index in schedule.optionalSource.indices
        where schedule.optional[index].invoked <= limit && !spent.contains(index) {
            suspects.append(schedule.optionalSource[index])
        }
        var restarted: Model?
        if let cut {
            var model = model
            model.initial = table.state(passages[cut])
            restarted = model
        }
        var decision = Decision(
            suspects: suspects.sorted(), restarted: restarted, deadline: limit, explored: explored)
        decision.isDeadlineExact = reach.isEmpty
        decision.quietMoments = cuts.suffix(Self.momentLimit).map(quietMoment)
        return decision
    }

    /// Positions that only one state passes, as far as no call invoked later was waited for there.
    private func knownPassages() -> [Int] {
        var known: [Int] = []
        var awaited = reach.sorted { $0.key < $1.key }[...]
        var horizon = Int64.min
        for position in 0...deepest {
            while let (left, invoked) = awaited.first, left < position {
                horizon = max(horizon, invoked)
                awaited.removeFirst()
            }
            if passages[position] >= 0, position == 0 || horizon <= schedule.deadline(position - 1) {
                known.append(position)
            }
        }
        return known
    }

    private func quietMoment(at position: Int) -> QuietMoment<Model> {
        let spent = passageSpent[position].map { spent in
            schedule.optionalSource.indices.filter(spent.contains).map { schedule.optionalSource[$0] }
        }
        return QuietMoment(
            moment: position == 0 ? .min : schedule.deadline(position - 1),
            state: table.state(passages[position]), spent: Set(spent ?? []))
    }
}
