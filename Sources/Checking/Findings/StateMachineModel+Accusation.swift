// How a state machine's contradictions are told: undone, doubled and illegal transitions, and states nobody
// led to.

import History

extension StateMachineModel: AccusingModel {
    /// States that mean that the entity is gone for good.
    private static let deleted: Set<String> = ["absent", "deleted"]

    func accuse(_ contradiction: Contradiction<Self>) -> Accusation {
        let last = contradiction.example.max {
            ($0.invoked, $0.operation) < ($1.invoked, $1.operation)
        }
        guard let read = contradiction.reads.last, case .observe(let state) = read.action else {
            return accuseTransitions(contradiction)
        }
        if let accusation = accuseUnreached(state, read, contradiction) { return accusation }
        if let accusation = contradiction.divergence() { return accusation }
        if let last, !isRead(last.action), last.invoked > read.returned ?? .max {
            return Accusation(
                .illegalTransition,
                "\(contradiction.name(last)) was acknowledged in state \(names[state]), "
                    + "where it is not allowed.",
                names: contradiction.names([last]))
        }
        let undone =
            contradiction.acknowledgedChange(before: read)
            ?? contradiction.changes.last { $0.invoked < read.returned ?? .max }
        guard let undone else { return accuseReads(contradiction, read, state) }
        return accuseUndone(undone, read, state, contradiction)
    }

    func remark(on action: StateMachineAction) -> String? {
        switch action {
        case .transition: nil
        case .observe(let state): "shows \(names[state])"
        }
    }

    func opening(_ state: UInt64) -> String? {
        guard state.nonzeroBitCount == 1 else { return nil }
        return "Earlier operations are all explained and leave \(names[state.trailingZeroBitCount])."
    }

    private func targets(of action: StateMachineAction) -> UInt64 {
        switch action {
        case .observe: 0
        case .transition(let transition): transitions[transition].reduce(0, |)
        }
    }

    private func accuseUndone(
        _ undone: Call<StateMachineAction>, _ read: Call<StateMachineAction>, _ state: Int,
        _ contradiction: Contradiction<Self>
    ) -> Accusation {
        let name = contradiction.name(undone)
        let reader = contradiction.name(read)
        let target = targets(of: undone.action)
        let reached = Figures.list(names.indices.filter { target & (1 << UInt64($0)) != 0 }.map { names[$0] })
        let isSeenLater = contradiction.isSeen(after: read) {
            if case .observe(let later) = $0 { target & (1 << UInt64(later)) != 0 } else { false }
        }
        if Self.deleted.contains(reached) {
            return Accusation(
                .resurrected, "Deleted by \(name), it is there again: \(reader) shows \(names[state]).",
                names: [name])
        }
        if isSeenLater {
            var accusation = Accusation(
                .staleRead,
                "\(reader) shows the old state \(names[state]) after \(name) was acknowledged.",
                names: [name])
            accusation.closing = "A later read shows \(reached): the answer was stale."
            return accusation
        }
        let acknowledged = undone.returned == nil ? "A \(name) that was seen" : "An acknowledged \(name)"
        var accusation = Accusation(
            .lostUpdate, "\(acknowledged) was undone: \(reader) shows \(names[state]), not \(reached).",
            names: [name])
        contradiction.overlap(with: undone, in: &accusation)
        accusation.closing = "No order of these operations leads to \(names[state])."
        return accusation
    }

    private func accuseReads(
        _ contradiction: Contradiction<Self>, _ read: Call<StateMachineAction>, _ state: Int
    ) -> Accusation {
        let shownBefore = contradiction.reads.compactMap { call -> String? in
            if case .observe(let other) = call.action, other != state { names[other] } else { nil }
        }
        let before = shownBefore.first.map { " after \($0)" } ?? ""
        return Accusation(
            .illegalTransition,
            "\(contradiction.name(read)) shows \(names[state])\(before), and no operation leads there.",
            names: contradiction.names([read]))
    }

    /// A state to which no operation led that had been sent by then.
    private func accuseUnreached(
        _ state: Int, _ read: Call<StateMachineAction>, _ contradiction: Contradiction<Self>
    ) -> Accusation? {
        let bit: UInt64 = 1 << UInt64(state)
        let isReachable =
            contradiction.key.model.initial & bit != 0
            || contradiction.key.calls.contains {
                targets(of: $0.action) & bit != 0 && $0.invoked <= read.returned ?? .max
            }
        if isReachable { return nil }
        let reader = contradiction.name(read)
        let shows = "\(reader) shows \(names[state])"
        if let accusation = contradiction.refusedButApplied(where: { targets(of: $0) & bit != 0 }, shows) {
            return accusation
        }
        return Accusation(
            .phantom, "\(reader) shows \(names[state]), and no operation led there.", names: [reader])
    }

    /// Without a read: acknowledged transitions that cannot all have been allowed.
    private func accuseTransitions(_ contradiction: Contradiction<Self>) -> Accusation {
        let changes = contradiction.changes
        let operations = contradiction.names(changes)
        guard changes.count > 1 else {
            return Accusation(
                .illegalTransition,
                "\(Figures.list(operations)) was acknowledged in a state where it is not allowed.",
                names: operations)
        }
        guard operations.count == 1, let action = changes.first?.action else {
            return Accusation(
                .doubleTransition,
                "\(Figures.list(operations)) were all acknowledged, and no order allows that.",
                names: operations)
        }
        let winners = contradiction.key.calls.filter { $0.action == action && $0.returned != nil }.count
        var accusation = Accusation(
            .doubleTransition,
            "\(winners) \(operations[0]) of one key were acknowledged where one can win.",
            names: operations)
        if isEndStateRight(after: changes, contradiction) {
            accusation.isMinor = true
            accusation.title += " They are repeats: the end state is right."
        }
        return accusation
    }

    /// Whether every read after the last of these changes shows where they lead, and there is one.
    private func isEndStateRight(
        after changes: [Call<StateMachineAction>], _ contradiction: Contradiction<Self>
    ) -> Bool {
        let end = changes.compactMap(\.returned).max() ?? .max
        let target = changes.reduce(0) { $0 | targets(of: $1.action) }
        let later = contradiction.key.calls.filter { isRead($0.action) && $0.invoked > end }
        return !later.isEmpty
            && later.allSatisfy {
                if case .observe(let state) = $0.action { target == 1 << UInt64(state) } else { false }
            }
    }
}
