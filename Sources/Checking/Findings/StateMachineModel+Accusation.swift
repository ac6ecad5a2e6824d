// How a state machine's contradictions are told: undone, doubled and illegal transitions, and states nobody
// led to.

import Core

extension StateMachineModel: AccusingModel {
    /// States that mean that the entity is gone for good.
    private static let deleted: Set<String> = ["absent", "deleted"]

    func accuse(_ contradiction: Contradiction<Self>) -> Accusation {
        guard let culprit = contradiction.culprit, case .observe(let state) = culprit.action else {
            return accuseTransitions(contradiction)
        }
        if let accusation = accuseUnreached(state, culprit, contradiction) { return accusation }
        if let accusation = contradiction.divergence() { return accusation }
        let bit: UInt64 = 1 << UInt64(state)
        if let undone = contradiction.acknowledgedChange(
            before: culprit, where: { targets(of: $0) & bit == 0 })
        {
            return accuseUndone(undone, nil, culprit, state, contradiction)
        }
        let seen = contradiction.seenChange(before: culprit) { change, read in
            guard case .observe(let shown) = read, shown != state else { return false }
            return targets(of: change) & (1 << UInt64(shown)) != 0
        }
        guard let seen else { return accuseRead(culprit, state, contradiction) }
        return accuseUndone(seen.change, seen.seen, culprit, state, contradiction)
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

    /// An acknowledged change that a later read does not show, or one that `seen` had shown.
    private func accuseUndone(
        _ undone: Call<StateMachineAction>, _ seen: Call<StateMachineAction>?,
        _ read: Call<StateMachineAction>, _ state: Int, _ contradiction: Contradiction<Self>
    ) -> Accusation {
        let name = contradiction.name(undone)
        let reader = contradiction.name(read)
        var target = targets(of: undone.action)
        if let seen, case .observe(let shown) = seen.action { target = 1 << UInt64(shown) }
        func isTarget(_ action: StateMachineAction) -> Bool {
            if case .observe(let shown) = action { target & (1 << UInt64(shown)) != 0 } else { false }
        }
        let reached = names.indices.filter { target & (1 << UInt64($0)) != 0 }.map { names[$0] }
        let known =
            seen.map { "\(contradiction.name($0)) had shown \(Figures.either(reached))" }
            ?? "\(name) was acknowledged"
        let later = contradiction.shownAfterAll(undone, despite: read, isShown: isTarget) {
            targets(of: $0) & target != 0
        }
        var accusation: Accusation
        if let later {
            accusation = Accusation(
                .staleRead, "\(reader) shows the old state \(names[state]) after \(known).",
                names: [name])
            accusation.tellAfterAll(later, read, "shows \(Figures.either(reached))")
        } else if reached.allSatisfy(Self.deleted.contains) {
            accusation = Accusation(
                .resurrected,
                seen == nil
                    ? "Deleted by \(name), it is there again: \(reader) shows \(names[state])."
                    : "It is there again after \(known): \(reader) shows \(names[state]).",
                names: [name])
        } else {
            let which = seen.map { "A \(name) that \(contradiction.name($0)) had shown" }
            accusation = Accusation(
                .lostUpdate,
                "\(which ?? "An acknowledged \(name)") was undone: "
                    + "\(reader) shows \(names[state]), not \(Figures.either(reached)).",
                names: [name])
            accusation.closing = "No order of these operations leads to \(names[state])."
            contradiction.overlap(with: undone, in: &accusation)
        }
        accusation.context.append(undone.operation)
        accusation.named += [undone.operation, read.operation] + [seen?.operation].compactMap { $0 }
        return accusation
    }

    private func accuseRead(
        _ read: Call<StateMachineAction>, _ state: Int, _ contradiction: Contradiction<Self>
    ) -> Accusation {
        let before = contradiction.reads.last { call in
            if case .observe(let other) = call.action {
                other != state && call.returned ?? .max < read.invoked
            } else {
                false
            }
        }
        var after = ""
        if let before, case .observe(let other) = before.action { after = " after \(names[other])" }
        var accusation = Accusation(
            .illegalTransition,
            "\(contradiction.name(read)) shows \(names[state])\(after), and no operation leads there.",
            names: contradiction.names([read]))
        accusation.named = [read.operation] + [before?.operation].compactMap { $0 }
        return accusation
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
        if let accusation = contradiction.refusedButApplied(
            by: read, where: { targets(of: $0) & bit != 0 }, shows)
        {
            return accusation
        }
        var accusation = Accusation(
            .phantom, "\(reader) shows \(names[state]), and no operation led there.", names: [reader])
        accusation.named = [read.operation]
        return accusation
    }

    /// An acknowledged transition that was not allowed, or several that cannot all have been.
    private func accuseTransitions(_ contradiction: Contradiction<Self>) -> Accusation {
        let changes = contradiction.changes
        guard let last = contradiction.example.max(by: { $0.invoked < $1.invoked }),
            let culprit = contradiction.culprit
        else {
            return Accusation(
                .illegalTransition, "No order explains these operations.", names: contradiction.names(changes)
            )
        }
        let others = contradiction.example.filter { $0 != last }
        let isLast = others.allSatisfy { $0.returned ?? .max < last.invoked }
        if isLast, !contradiction.isRead(last) { return accuseIllegal(last, after: others, contradiction) }
        if !contradiction.reads.isEmpty { return accuseIllegal(culprit, after: nil, contradiction) }
        return accuseWinners(changes, contradiction)
    }

    /// A transition after calls that leave one state, where that is known.
    private func accuseIllegal(
        _ illegal: Call<StateMachineAction>, after others: [Call<StateMachineAction>]?,
        _ contradiction: Contradiction<Self>
    ) -> Accusation {
        let name = contradiction.name(illegal)
        var state = "in a state"
        if let others, !isChangedMeanwhile(others, illegal, contradiction),
            let left = contradiction.statesLeft(by: others)
        {
            let states = left.reduce(0, |)
            if states.nonzeroBitCount == 1 { state = "in state \(names[states.trailingZeroBitCount])," }
        }
        var accusation = Accusation(
            .illegalTransition, "\(name) was acknowledged \(state) where it is not allowed.", names: [name])
        accusation.named = [illegal.operation]
        return accusation
    }

    /// Whether something besides the example may have changed the state since the example's other calls.
    private func isChangedMeanwhile(
        _ others: [Call<StateMachineAction>], _ illegal: Call<StateMachineAction>,
        _ contradiction: Contradiction<Self>
    ) -> Bool {
        let start = others.map(\.invoked).min() ?? .min
        return contradiction.pool.contains { call in
            !isRead(call.action) && call.operation != illegal.operation
                && !others.contains { $0.operation == call.operation && $0.action == call.action }
                && call.returned ?? .max >= start && call.invoked <= illegal.returned ?? .max
        }
    }

    /// Without a read: acknowledged transitions under way at once, of which not all can have been allowed.
    private func accuseWinners(
        _ changes: [Call<StateMachineAction>], _ contradiction: Contradiction<Self>
    ) -> Accusation {
        let operations = contradiction.names(changes)
        guard operations.count == 1 else {
            let all = changes.count == 2 ? "both" : "all"
            var accusation = Accusation(
                .doubleTransition,
                changes.count == operations.count
                    ? "\(Figures.list(operations)) were \(all) acknowledged, and no order allows that."
                    : "\(counted(changes, contradiction)) were all acknowledged, and no order allows that.",
                names: operations)
            accusation.named = changes.map(\.operation)
            return accusation
        }
        let winners = contradiction.allAlike(changes)
        let most = changes.count - 1
        var accusation = Accusation(
            .doubleTransition,
            "\(winners.count) \(operations[0]) of one key were acknowledged where "
                + "\(most == 1 ? "one" : "\(most)") can win.",
            names: operations)
        accusation.named = changes.map(\.operation)
        if most == 1 {
            if isEndStateRight(after: winners, contradiction) {
                accusation.isMinor = true
                accusation.title += " They are repeats: the end state is right."
            } else {
                accusation.repeats = winners.dropFirst().map(\.operation)
            }
        }
        return accusation
    }

    /// `2 deactivate and 1 reactivate`.
    private func counted(
        _ changes: [Call<StateMachineAction>], _ contradiction: Contradiction<Self>
    ) -> String {
        let byName = Dictionary(grouping: changes, by: contradiction.name)
        return Figures.list(byName.sorted { $0.key < $1.key }.map { "\($0.value.count) \($0.key)" })
    }

    /// Whether these repeats alone are wrong, and every read after them shows where they lead, and there is
    /// one.
    private func isEndStateRight(
        after winners: [Call<StateMachineAction>], _ contradiction: Contradiction<Self>
    ) -> Bool {
        let end = winners.compactMap(\.returned).max() ?? .max
        let target = winners.reduce(0) { $0 | targets(of: $1.action) }
        let later = contradiction.key.calls.filter { isRead($0.action) && $0.invoked > end }
        let isShown = later.contains {
            if case .observe(let state) = $0.action { target == 1 << UInt64(state) } else { false }
        }
        return isShown && contradiction.isExplained(without: Array(winners.dropFirst()))
    }
}
