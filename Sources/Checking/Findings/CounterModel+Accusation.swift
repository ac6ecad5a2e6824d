// How a bounded counter's contradictions are told: overruns with their figures, lost and unexplained amounts.

import History

extension CounterModel: AccusingModel {
    func accuse(_ contradiction: Contradiction<Self>) -> Accusation {
        let changes = contradiction.key.calls.filter { !isRead($0.action) }
        let adders = contradiction.names(changes.filter { amount(of: $0) > 0 })
        let subtracters = contradiction.names(changes.filter { amount(of: $0) < 0 })
        guard let read = contradiction.reads.last, case .observe(let count) = read.action else {
            return accuseChanges(contradiction, adders: adders, subtracters: subtracters)
        }
        let reader = contradiction.name(read)
        if let most = mostCounted(contradiction.reads), most > limit {
            var accusation = overrun(contradiction, counted: most, adders: adders)
            if adders.isEmpty { accusation.names = [reader] }
            return accusation
        }
        if let accusation = contradiction.divergence() { return accusation }
        let bounds = bounds(of: read, in: contradiction.key)
        guard let bounds, !bounds.contains(count) else {
            return Accusation(
                .staleRead, "\(reader) gives \(count), which no order of the changes explains.",
                names: adders + subtracters)
        }
        if count < bounds.lowerBound {
            return accuseShortfall(count, bounds, read, adders, contradiction)
        }
        let refused = contradiction.key.refused.filter { amount(of: $0) > 0 }
        if !refused.isEmpty, count <= bounds.upperBound + refused.reduce(0, { $0 + amount(of: $1) }) {
            var accusation = Accusation(
                .refusedButApplied,
                "A refused \(contradiction.name(refused[0])) was counted all the same: "
                    + "\(reader) gives \(count), at most \(bounds.upperBound) can be.",
                names: contradiction.names(refused))
            accusation.context = [refused[0].operation]
            return accusation
        }
        guard !subtracters.isEmpty else {
            return Accusation(
                .phantom,
                "\(reader) gives \(count), but all that was added makes \(bounds.upperBound) at most.",
                names: [reader])
        }
        return Accusation(
            .lostUpdate,
            "Acknowledged \(Figures.list(subtracters)) were lost: \(reader) gives \(count), at most "
                + "\(bounds.upperBound) can be left.",
            names: subtracters)
    }

    func remark(on action: CounterAction) -> String? {
        switch action {
        case .change(let amount): amount == 1 ? nil : amount > 0 ? "+\(amount)" : "\(amount)"
        case .observe(let count): "shows \(count)"
        }
    }

    func opening(_ state: CounterState) -> String? {
        state.isBound ? "Earlier operations are all explained and leave \(state.count)." : nil
    }

    private func amount(of call: Call<CounterAction>) -> Int {
        switch call.action {
        case .change(let amount): amount
        case .observe: 0
        }
    }

    private func mostCounted(_ reads: [Call<CounterAction>]) -> Int? {
        reads.compactMap { if case .observe(let count) = $0.action { count } else { nil } }.max()
    }

    private func overrun(_ contradiction: Contradiction<Self>, counted: Int, adders: [String]) -> Accusation {
        let acknowledged = contradiction.key.calls.filter { amount(of: $0) > 0 && $0.returned != nil }.count
        let who =
            adders.isEmpty ? "" : " \(acknowledged) \(Figures.list(adders)) were acknowledged."
        return Accusation(
            .quotaOverrun, "\(counted) where \(limit) are allowed: the limit was overrun.\(who)",
            names: adders)
    }

    private func accuseShortfall(
        _ count: Int, _ bounds: ClosedRange<Int>, _ read: Call<CounterAction>, _ adders: [String],
        _ contradiction: Contradiction<Self>
    ) -> Accusation {
        let reader = contradiction.name(read)
        // A later read that is right by its own bounds shows that nothing is gone.
        let isSeenLater = contradiction.key.calls.contains { call in
            guard case .observe(let later) = call.action, call.invoked > read.returned ?? .max else {
                return false
            }
            return self.bounds(of: call, in: contradiction.key).map { later >= $0.lowerBound } ?? false
        }
        if isSeenLater {
            return Accusation(
                .staleRead,
                "\(reader) gives \(count) although at least \(bounds.lowerBound) had been acknowledged.",
                names: adders)
        }
        var accusation = Accusation(
            .lostUpdate,
            "Acknowledged \(Figures.list(adders)) were lost: \(reader) gives \(count), at least "
                + "\(bounds.lowerBound) had been acknowledged.",
            names: adders)
        if contradiction.changes.count == 1 {
            contradiction.overlap(with: contradiction.changes[0], in: &accusation)
        }
        return accusation
    }

    /// Without a read: acknowledged changes that go past the limit, or below zero.
    private func accuseChanges(
        _ contradiction: Contradiction<Self>, adders: [String], subtracters: [String]
    ) -> Accusation {
        let required = contradiction.key.calls.filter { $0.returned != nil }
        let added = required.map { max(0, amount(of: $0)) }.reduce(0, +)
        let all = contradiction.key.calls.map { min(0, amount(of: $0)) }.reduce(initial.count + added, +)
        if all > limit { return overrun(contradiction, counted: all, adders: adders) }
        let net = contradiction.changes.map(amount(of:)).reduce(0, +)
        if net > 0 || subtracters.isEmpty {
            return Accusation(
                .quotaOverrun,
                "The limit of \(limit) was overrun for a time: "
                    + "\(Figures.list(adders)) were acknowledged past it.",
                names: adders)
        }
        return Accusation(
            .doubleTransition,
            "\(Figures.list(subtracters)) were acknowledged for more than there was: "
                + "the count goes below zero.",
            names: subtracters)
    }

    /// The least and the most that a read can give by the intervals of the changes alone; `nil` with no
    /// known beginning.
    private func bounds(of read: Call<CounterAction>, in key: KeyCase<Self>) -> ClosedRange<Int>? {
        guard key.model.initial.isBound, let returned = read.returned else { return nil }
        var low = key.model.initial.count
        var high = low
        for call in key.calls where call.invoked <= returned {
            let amount = amount(of: call)
            let isCertain = call.returned ?? .max < read.invoked
            if isCertain || amount < 0 { low += amount }
            if isCertain || amount > 0 { high += amount }
        }
        return low...max(low, high)
    }
}
