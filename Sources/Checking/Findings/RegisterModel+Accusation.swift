// How a register's contradictions are told: lost updates, stale and phantom reads.

import Core

extension RegisterModel: AccusingModel {
    func accuse(_ contradiction: Contradiction<Self>) -> Accusation {
        var told = contradiction.culprit
        if case .write? = told?.action { told = contradiction.reads.last }
        guard let read = told, case .read(let value) = read.action else {
            return accuseChanges(contradiction)
        }
        if let accusation = accuseUnwritten(value, read, contradiction) { return accusation }
        if let accusation = contradiction.divergence() { return accusation }
        let seen = contradiction.seenChange(before: read) { change, seen in
            seen.found != value && change.written != nil && change.written == seen.found
        }
        if let lost = contradiction.acknowledgedChange(before: read, where: { $0.written != value }),
            let gone = lost.action.written,
            !isMoreRecent(seen, than: lost)
        {
            return accuseLost(lost, gone, nil, read, value, contradiction)
        }
        if let seen, let gone = seen.change.action.written {
            return accuseLost(seen.change, gone, seen.seen, read, value, contradiction)
        }
        return accuseRead(read, value, contradiction)
    }

    /// Whether a read had shown another value after the change, so that the change is not what is missing.
    private func isMoreRecent(
        _ seen: (change: Call<RegisterAction>, seen: Call<RegisterAction>)?, than lost: Call<RegisterAction>
    ) -> Bool {
        guard let seen else { return false }
        return seen.change.action.written != lost.action.written
            && lost.returned ?? .max < seen.seen.invoked
    }

    func remark(on action: RegisterAction) -> String? {
        switch action {
        case .write(let value): "writes \(shown(value))"
        case .read(let value): "shows \(shown(value))"
        case .compareAndSet(let expected, let new): "\(shown(expected)) → \(shown(new))"
        case .mismatch(let value): "not \(shown(value))"
        }
    }

    func opening(_ state: RegisterState) -> String? {
        switch state {
        case .unbound: nil
        case .value(let value): "Earlier operations are all explained and leave \(shown(value))."
        }
    }

    /// A change that was acknowledged before the read began, or that `seen` had shown.
    private func accuseLost(
        _ lost: Call<RegisterAction>, _ gone: Value, _ seen: Call<RegisterAction>?,
        _ read: Call<RegisterAction>, _ value: Value, _ contradiction: Contradiction<Self>
    ) -> Accusation {
        let name = contradiction.name(lost)
        let reader = contradiction.name(read)
        let later = contradiction.shownAfterAll(lost, despite: read, isShown: { $0 == .read(gone) }) {
            $0.written == gone
        }
        var accusation: Accusation
        if let later {
            let known =
                seen.map { "\(contradiction.name($0)) had shown \(shown(gone))" }
                ?? "\(name) of \(shown(gone)) was acknowledged"
            accusation = Accusation(
                .staleRead, "\(reader) gives the old \(shown(value)) after \(known).", names: [name])
            accusation.tellAfterAll(later, read, "gives \(shown(gone))")
        } else {
            let which = seen.map { "A \(name) that \(contradiction.name($0)) had shown" }
            accusation = Accusation(
                .lostUpdate,
                "\(which ?? "An acknowledged \(name)") was lost: "
                    + "\(reader) gives \(shown(value)) instead of \(shown(gone)).",
                names: [name])
            accusation.closing = "No order of these operations leaves \(shown(value)) there."
            contradiction.overlap(with: lost, in: &accusation)
        }
        accusation.context.append(lost.operation)
        accusation.named += [lost.operation, read.operation] + [seen?.operation].compactMap { $0 }
        return accusation
    }

    /// A read that contradicts what others gave, where nobody is known to have written that.
    private func accuseRead(
        _ read: Call<RegisterAction>, _ value: Value, _ contradiction: Contradiction<Self>
    ) -> Accusation {
        let reader = contradiction.name(read)
        let before = contradiction.reads.last {
            $0.action != read.action && $0.returned ?? .max < read.invoked
        }
        var after = ""
        if let before, let found = before.action.found {
            after = " after \(contradiction.name(before)) had given \(shown(found))"
        }
        var accusation = Accusation(
            .staleRead, "\(reader) gives \(shown(value))\(after), which no order of the writes explains.",
            names: [reader])
        accusation.named = [read.operation] + [before?.operation].compactMap { $0 }
        return accusation
    }

    /// A value that nobody had written when it was read.
    private func accuseUnwritten(
        _ value: Value, _ read: Call<RegisterAction>, _ contradiction: Contradiction<Self>
    ) -> Accusation? {
        let reader = contradiction.name(read)
        let key = contradiction.key
        let writers = key.calls.filter { $0.action.written == value }
        if writers.contains(where: { $0.invoked <= read.returned ?? .max }) { return nil }
        switch key.model.initial {
        case .value(let initial): if initial == value { return nil }
        case .unbound:
            // It was there from the beginning, unless something else was.
            let written = Set(key.calls.compactMap(\.action.written))
            let isOther = key.calls.contains { call in
                call.action.found.map { $0 != value && !written.contains($0) } ?? false
                    && call.returned ?? .max < read.invoked
            }
            if !isOther { return nil }
        }
        let gives = "\(reader) gives its value \(shown(value))"
        if let accusation = contradiction.refusedButApplied(
            by: read, where: { $0.written == value }, gives)
        {
            return accusation
        }
        var accusation = Accusation(
            .phantom,
            writers.isEmpty
                ? "\(reader) gives \(shown(value)), which nobody wrote."
                : "\(reader) gives \(shown(value)) before anybody had sent it.",
            names: [reader])
        accusation.named = [read.operation]
        return accusation
    }
}
