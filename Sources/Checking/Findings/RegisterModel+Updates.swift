// How compare-and-sets are told that cannot all have found what they expected.

import Core

extension RegisterModel {
    func accuseChanges(_ contradiction: Contradiction<Self>) -> Accusation {
        let sets = contradiction.changes.filter { $0.returned != nil && $0.action.found != nil }
        if let winners = winners(sets, contradiction), let expected = winners[0].action.found {
            var accusation = Accusation(
                .lostUpdate,
                "\(winners.count) updates of the same version \(shown(expected)) were acknowledged: "
                    + (winners.count == 2 ? "one overwrote the other." : "only one can have found it."),
                names: contradiction.names(winners))
            if winners.count == 2 {
                accusation.closing = "Only one of them can have found \(shown(expected))."
            }
            accusation.named = winners.map(\.operation)
            return accusation
        }
        if let last = contradiction.culprit, sets.contains(last),
            sets.count == 1
                || contradiction.example.allSatisfy({ $0 == last || $0.returned ?? .max < last.invoked }),
            let accusation = accuseUnfound(last, contradiction)
        {
            return accusation
        }
        var accusation = Accusation(
            .lostUpdate,
            "\(sets.count) acknowledged updates cannot all have found the version they expected.",
            names: contradiction.names(sets))
        accusation.named = sets.map(\.operation)
        return accusation
    }

    /// Compare-and-sets of the example that expect one value, of which any two contradict each other or what
    /// the example tells beside them.
    private func winners(
        _ sets: [Call<RegisterAction>], _ contradiction: Contradiction<Self>
    ) -> [Call<RegisterAction>]? {
        let alike = Dictionary(grouping: sets) { $0.action.found }.values.filter { $0.count > 1 }
        guard let winners = alike.max(by: { $0.count < $1.count }), winners.count == 2,
            winners.count == sets.count
        else { return nil }
        return winners
    }

    /// One compare-and-set whose expected value was not there.
    private func accuseUnfound(
        _ set: Call<RegisterAction>, _ contradiction: Contradiction<Self>
    ) -> Accusation? {
        guard let expected = set.action.found, let returned = set.returned else { return nil }
        let name = contradiction.name(set)
        let key = contradiction.key
        let writers = key.calls.filter { $0.action.written == expected && $0.operation != set.operation }
        let wasThere =
            writers.contains { $0.invoked <= returned } || key.model.initial == .value(expected)
            || (key.model.initial == .unbound && !isOtherKnown(expected, before: set, key))
        if !wasThere {
            let found = "\(name) found its value \(shown(expected))"
            if let accusation = contradiction.refusedButApplied(
                by: set, where: { $0.written == expected }, found)
            {
                return accusation
            }
        }
        let end =
            wasThere
            ? "was no longer there" : writers.isEmpty ? "was never there" : "nobody had sent by then"
        var accusation = Accusation(
            .illegalTransition,
            "\(name) was acknowledged although \(shown(expected)), which it expects, \(end).",
            names: [name])
        if !wasThere, !writers.isEmpty {
            accusation.title =
                "\(name) was acknowledged before anybody had sent \(shown(expected)), which it expects."
        }
        accusation.named = [set.operation]
        return accusation
    }

    /// Whether an undeclared beginning is known to be something else.
    private func isOtherKnown(
        _ value: Value, before set: Call<RegisterAction>, _ key: KeyCase<Self>
    ) -> Bool {
        let written = Set(key.calls.compactMap(\.action.written))
        return key.calls.contains { call in
            call.action.found.map { $0 != value && !written.contains($0) } ?? false
                && call.returned ?? .max < set.invoked
        }
    }
}
