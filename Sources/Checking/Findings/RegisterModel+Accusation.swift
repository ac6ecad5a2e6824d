// How a register's contradictions are told: lost updates, stale and phantom reads, two winners of one
// version.

import History

extension RegisterModel: AccusingModel {
    func accuse(_ contradiction: Contradiction<Self>) -> Accusation {
        guard let read = contradiction.reads.last, case .read(let value) = read.action else {
            return accuseWinners(contradiction)
        }
        let reader = contradiction.name(read)
        if let accusation = accuseUnwritten(value, read, contradiction) { return accusation }
        if let accusation = contradiction.divergence() { return accusation }
        let lost =
            contradiction.acknowledgedChange(before: read) { $0.written != value }
            ?? contradiction.changes.last { $0.action.written != value && $0.invoked < read.invoked }
        guard let lost, let gone = lost.action.written else {
            return Accusation(
                .staleRead, "\(reader) gives \(shown(value)), which no order of the writes explains.",
                names: contradiction.names(contradiction.changes + [read]))
        }
        let name = contradiction.name(lost)
        let isSeenLater = contradiction.isSeen(after: read) { $0 == .read(gone) }
        let acknowledged = lost.returned == nil ? "A \(name) seen by another read" : "An acknowledged \(name)"
        var accusation = Accusation(
            isSeenLater ? .staleRead : .lostUpdate,
            isSeenLater
                ? "\(reader) gives the old \(shown(value)) after \(name) of \(shown(gone)) was acknowledged."
                : "\(acknowledged) was lost: \(reader) gives \(shown(value)) instead of \(shown(gone)).",
            names: [name])
        if !isSeenLater { contradiction.overlap(with: lost, in: &accusation) }
        accusation.closing =
            isSeenLater
            ? "A later read gives \(shown(gone)): the answer was stale."
            : "No order of these operations leaves \(shown(value)) there."
        return accusation
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

    /// A value that nobody had written when it was read.
    private func accuseUnwritten(
        _ value: Value, _ read: Call<RegisterAction>, _ contradiction: Contradiction<Self>
    ) -> Accusation? {
        let reader = contradiction.name(read)
        let isInitial = contradiction.key.model.initial == .value(value)
        let writers = contradiction.key.calls.filter { $0.action.written == value }
        if isInitial || writers.contains(where: { $0.invoked <= read.returned ?? .max }) { return nil }
        if contradiction.key.model.initial == .unbound, contradiction.reads.count < 2 { return nil }
        let gives = "\(reader) gives its value \(shown(value))"
        if let accusation = contradiction.refusedButApplied(where: { $0.written == value }, gives) {
            return accusation
        }
        return Accusation(
            .phantom,
            writers.isEmpty
                ? "\(reader) gives \(shown(value)), which nobody wrote."
                : "\(reader) gives \(shown(value)) before anybody had sent it.",
            names: [reader])
    }

    /// Without a read: compare-and-sets that cannot all have found what they expected.
    private func accuseWinners(_ contradiction: Contradiction<Self>) -> Accusation {
        let names = contradiction.names(contradiction.changes)
        let sets = contradiction.changes.filter { $0.returned != nil }
        guard sets.count > 1, let first = sets.first,
            case .compareAndSet(let expected, _) = first.action
        else {
            return Accusation(
                .illegalTransition,
                "\(Figures.list(names)) was acknowledged although the value it expects was never there.",
                names: names)
        }
        let isOneVersion = sets.allSatisfy {
            if case .compareAndSet(expected, _) = $0.action { true } else { false }
        }
        var accusation = Accusation(
            .lostUpdate,
            isOneVersion
                ? "\(sets.count) updates of the same version \(shown(expected)) were acknowledged: "
                    + "one overwrote the other."
                : "\(sets.count) acknowledged updates cannot all have found the version they expected.",
            names: names)
        accusation.closing = "Only one of them can have found \(shown(expected))."
        if !isOneVersion { accusation.closing = nil }
        return accusation
    }
}
