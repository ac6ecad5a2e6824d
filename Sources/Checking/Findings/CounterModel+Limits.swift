// How changes of a counter are told that go past its bounds, though no read shows it.

import Core

extension CounterModel {
    func accuseChanges(_ contradiction: Contradiction<Self>) -> Accusation {
        let adders = contradiction.changes.filter { amount(of: $0) > 0 }
        let takers = contradiction.changes.filter { amount(of: $0) < 0 }
        if adders.isEmpty || limit == .max || (contradiction.culprit.map { amount(of: $0) < 0 } ?? false) {
            return accuseBelowZero(takers, contradiction)
        }
        let scope = contradiction.pool
        let acknowledged = scope.filter { amount(of: $0) > 0 && $0.returned != nil }
        let taken = scope.reduce(0) { $0 + min(0, amount(of: $1)) }
        let start = contradiction.before.initial.isBound ? contradiction.before.initial.count : 0
        let all = acknowledged.reduce(start + taken) { $0 + amount(of: $1) }
        let names = contradiction.names(adders)
        var accusation: Accusation
        if all > limit {
            accusation = Accusation(
                .quotaOverrun,
                "\(all) where \(limit) are allowed: the limit was overrun. "
                    + "\(acknowledged.count) \(Figures.list(contradiction.names(acknowledged))) "
                    + "\(Figures.were(acknowledged.count)) acknowledged.",
                names: contradiction.names(acknowledged))
            if acknowledged.count > adders.count {
                accusation.account = [
                    "The \(adders.count) told here are enough to pass \(limit)."
                ]
            }
        } else {
            accusation = Accusation(
                .quotaOverrun,
                "The limit of \(limit) was overrun for a time: "
                    + "\(adders.count) \(Figures.list(names)) \(Figures.were(adders.count)) "
                    + "acknowledged past it.",
                names: names)
        }
        accusation.named = contradiction.culprit.map { [$0.operation] } ?? []
        return accusation
    }

    private func accuseBelowZero(
        _ takers: [Call<CounterAction>], _ contradiction: Contradiction<Self>
    ) -> Accusation {
        let names = contradiction.names(takers)
        var accusation = Accusation(
            minimum > 0 ? .quotaOverrun : .doubleTransition,
            "\(takers.count) \(Figures.list(names)) \(Figures.were(takers.count)) acknowledged for more than "
                + (minimum > 0
                    ? "may go: the count falls below \(minimum)." : "there was: the count goes below zero."),
            names: names)
        accusation.named = contradiction.culprit.map { [$0.operation] } ?? []
        return accusation
    }
}
