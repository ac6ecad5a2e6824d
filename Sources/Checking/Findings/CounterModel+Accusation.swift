// How a bounded counter's contradictions are told: overruns with their figures, lost and unexplained amounts.

import Core

extension CounterModel: AccusingModel {
    /// Counts tried on either side of the one that no order explains.
    private static let probeLimit = 64

    func accuse(_ contradiction: Contradiction<Self>) -> Accusation {
        let told = contradiction.culprit.flatMap { isRead($0.action) ? $0 : nil } ?? contradiction.reads.last
        guard let read = told, case .observe(let count) = read.action else {
            return accuseChanges(contradiction)
        }
        let most = contradiction.reads.max { observed($0) < observed($1) } ?? read
        if observed(most) > limit { return accuseOverrun(most, contradiction) }
        let fewest = contradiction.reads.min { observed($0) < observed($1) } ?? read
        if minimum > 0, observed(fewest) < minimum { return accuseUnderrun(fewest, contradiction) }
        if let accusation = contradiction.divergence() { return accusation }
        if let figures = CountBounds(of: read, contradiction), !figures.bounds.contains(count) {
            return count < figures.bounds.lowerBound
                ? accuseShortfall(count, read, figures, contradiction)
                : accuseExcess(count, read, figures, contradiction)
        }
        return accuseUnexplained(count, read, contradiction)
    }

    func remark(on action: CounterAction) -> String? {
        switch action {
        case .change(let amount): amount > 0 ? "+\(amount)" : "\(amount)"
        case .observe(let count): "shows \(count)"
        }
    }

    func opening(_ state: CounterState) -> String? {
        state.isBound ? "Earlier operations are all explained and leave \(state.count)." : nil
    }

    func amount(of call: Call<CounterAction>) -> Int {
        switch call.action {
        case .change(let amount): amount
        case .observe: 0
        }
    }

    private func observed(_ call: Call<CounterAction>) -> Int {
        switch call.action {
        case .change: 0
        case .observe(let count): count
        }
    }

    private func accuseOverrun(
        _ read: Call<CounterAction>, _ contradiction: Contradiction<Self>
    ) -> Accusation {
        let added = contradiction.key.calls.filter {
            amount(of: $0) > 0 && $0.invoked <= read.returned ?? .max
        }
        let acknowledged = added.filter { $0.returned != nil }
        let names = contradiction.names(added)
        var title = "\(observed(read)) where \(limit) are allowed: the limit was overrun."
        if !acknowledged.isEmpty {
            title +=
                " \(acknowledged.count) \(Figures.list(contradiction.names(acknowledged))) "
                + "\(Figures.were(acknowledged.count)) acknowledged."
        }
        var accusation = Accusation(
            .quotaOverrun, title, names: names.isEmpty ? [contradiction.name(read)] : names)
        accusation.named = [read.operation]
        return accusation
    }

    private func accuseUnderrun(
        _ read: Call<CounterAction>, _ contradiction: Contradiction<Self>
    ) -> Accusation {
        let taken = contradiction.key.calls.filter {
            amount(of: $0) < 0 && $0.invoked <= read.returned ?? .max && $0.returned != nil
        }
        let names = contradiction.names(taken)
        var title = "\(observed(read)) where at least \(minimum) must be: the count fell below its minimum."
        if !taken.isEmpty {
            title += " \(taken.count) \(Figures.list(names)) \(Figures.were(taken.count)) acknowledged."
        }
        var accusation = Accusation(
            .quotaOverrun, title, names: names.isEmpty ? [contradiction.name(read)] : names)
        accusation.named = [read.operation]
        return accusation
    }

    /// `An acknowledged reserve was lost` or `Of 8 acknowledged reserve, at least one was lost`.
    private func lost(_ changes: [Call<CounterAction>], _ contradiction: Contradiction<Self>) -> String {
        let names = Figures.list(contradiction.names(changes))
        return changes.count == 1
            ? "An acknowledged \(names) was lost"
            : "Of \(changes.count) acknowledged \(names), at least one was lost"
    }

    private func accuseShortfall(
        _ count: Int, _ read: Call<CounterAction>, _ figures: CountBounds,
        _ contradiction: Contradiction<Self>
    ) -> Accusation {
        let least = figures.bounds.lowerBound
        let reader = contradiction.name(read)
        let adders = figures.sure(isAddition: true)
        let names = adders.isEmpty ? [reader] : contradiction.names(adders)
        // A later read that shows what is missing here shows that nothing is gone.
        let later = contradiction.key.calls.first { call in
            isRead(call.action) && call != read && call.returned ?? .max >= read.returned ?? .max
                && call.invoked > read.invoked
                && observed(call) > figures.bounds(of: call).upperBound - (least - count)
        }
        var accusation: Accusation
        if let later {
            accusation = Accusation(
                .staleRead, "\(reader) gives \(count) where at least \(least) must be.", names: names)
            accusation.tellAfterAll(later, read, "gives \(observed(later))")
        } else if adders.isEmpty {
            accusation = Accusation(
                .lostUpdate, "\(reader) gives \(count) where at least \(least) must be.", names: names)
        } else {
            accusation = Accusation(
                .lostUpdate,
                "\(lost(adders, contradiction)): \(reader) gives \(count) where at least \(least) must be.",
                names: names)
            let shown = contradiction.changes
            if shown.count == 1, adders.count == 1 { contradiction.overlap(with: shown[0], in: &accusation) }
        }
        accusation.account = [figures.account(isLeast: true)]
        accusation.named.append(read.operation)
        if adders.count == 1 {
            accusation.context += adders.map(\.operation)
            accusation.named += adders.map(\.operation)
        }
        return accusation
    }

    private func accuseExcess(
        _ count: Int, _ read: Call<CounterAction>, _ figures: CountBounds,
        _ contradiction: Contradiction<Self>
    ) -> Accusation {
        let most = figures.bounds.upperBound
        let reader = contradiction.name(read)
        let start = contradiction.isRestarted ? contradiction.pool.map(\.invoked).min() ?? .min : .min
        let refused = contradiction.key.refused.filter {
            amount(of: $0) > 0 && $0.invoked <= read.returned ?? .max && $0.returned ?? .max >= start
        }
        var accusation: Accusation
        let enough = refused.first { count <= most + amount(of: $0) }
        let gives = "\(reader) gives \(count) where at most \(most) can be"
        if let enough {
            accusation = Accusation(
                .refusedButApplied,
                "A refused \(contradiction.name(enough)) was counted all the same: \(gives).",
                names: [contradiction.name(enough)])
            tell([enough], in: &accusation)
        } else if refused.count > 1, count <= most + refused.reduce(0, { $0 + amount(of: $1) }) {
            accusation = Accusation(
                .refusedButApplied,
                "Of \(refused.count) refused \(Figures.list(contradiction.names(refused))), "
                    + "at least two were counted all the same: \(gives).",
                names: contradiction.names(refused))
            tell(refused, in: &accusation)
        } else {
            accusation = accuseLeftOver(count, read, figures, gives, contradiction)
        }
        accusation.account = [figures.account(isLeast: false)]
        accusation.named.append(read.operation)
        return accusation
    }

    private func tell(_ refused: [Call<CounterAction>], in accusation: inout Accusation) {
        accusation.context = refused.map(\.operation)
        accusation.named = refused.map(\.operation)
        for call in refused {
            accusation.remarks[call.operation] = "refused"
        }
    }

    /// Whether a read between the two gave what can be with the change: it was not lost then.
    private func isShown(
        _ change: Call<CounterAction>, before read: Call<CounterAction>, _ figures: CountBounds,
        _ contradiction: Contradiction<Self>
    ) -> Bool {
        contradiction.key.calls.contains { call in
            isRead(call.action) && call.invoked > change.returned ?? .max
                && call.returned ?? .max < read.invoked
                && figures.bounds(of: call).contains(observed(call))
        }
    }

    /// More than can be, and nothing refused explains it.
    private func accuseLeftOver(
        _ count: Int, _ read: Call<CounterAction>, _ figures: CountBounds, _ gives: String,
        _ contradiction: Contradiction<Self>
    ) -> Accusation {
        let takers = figures.sure(isAddition: false).filter {
            !isShown($0, before: read, figures, contradiction)
        }
        let most = figures.bounds.upperBound
        guard !takers.isEmpty else {
            return Accusation(.phantom, "\(gives).", names: [contradiction.name(read)])
        }
        let names = contradiction.names(takers)
        let later = contradiction.key.calls.first { call in
            isRead(call.action) && call != read && call.returned ?? .max >= read.returned ?? .max
                && call.invoked > read.invoked
                && observed(call) < figures.bounds(of: call).lowerBound + (count - most)
        }
        var accusation: Accusation
        if let later {
            accusation = Accusation(.staleRead, "\(gives).", names: names)
            accusation.tellAfterAll(later, read, "gives \(observed(later))")
        } else {
            accusation = Accusation(.lostUpdate, "\(lost(takers, contradiction)): \(gives).", names: names)
        }
        if takers.count == 1 {
            accusation.context += takers.map(\.operation)
            accusation.named += takers.map(\.operation)
        }
        return accusation
    }

    /// A count within its bounds: told by the counts next to it that some order explains.
    private func accuseUnexplained(
        _ count: Int, _ read: Call<CounterAction>, _ contradiction: Contradiction<Self>
    ) -> Accusation {
        func isPossible(_ other: Int) -> Bool {
            guard (minimum...limit).contains(other) else { return false }
            let strict = contradiction.example.map { call in
                var call = call
                if call == read { call.action = .observe(other) }
                return call
            }
            return !contradiction.isContradictory(strict, besides: contradiction.example)
        }
        let reader = contradiction.name(read)
        let above = (1...Self.probeLimit).first { isPossible(count + $0) }
        let below = (1...Self.probeLimit).first { isPossible(count - $0) }
        let changes = contradiction.changes
        let adders = contradiction.names(changes.filter { amount(of: $0) > 0 })
        let takers = contradiction.names(changes.filter { amount(of: $0) < 0 })
        var accusation: Accusation
        switch (above, below) {
        case (let above?, nil) where !adders.isEmpty:
            accusation = Accusation(
                .lostUpdate, "\(reader) gives \(count), and no order leaves less than \(count + above).",
                names: adders)
        case (nil, let below?) where !takers.isEmpty:
            accusation = Accusation(
                .lostUpdate, "\(reader) gives \(count), and no order leaves more than \(count - below).",
                names: takers)
        default:
            let isReadAlone = contradiction.isExplained(without: [read])
            accusation = Accusation(
                isReadAlone ? .staleRead : .lostUpdate,
                "\(reader) gives \(count), which no order of the changes explains.",
                names: [reader])
        }
        accusation.named = [read.operation]
        return accusation
    }
}
