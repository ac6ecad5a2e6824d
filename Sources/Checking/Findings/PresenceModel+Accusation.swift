// How contradictions of a set's element are told: lost, seen again, never added.

import History

extension PresenceModel: AccusingModel {
    func accuse(_ contradiction: Contradiction<Self>) -> Accusation {
        let element = contradiction.key.element ?? "the element"
        let adders = contradiction.names(contradiction.key.calls.filter { $0.action == .add })
        let removers = contradiction.names(contradiction.key.calls.filter { $0.action == .remove })
        guard let read = contradiction.reads.last, case .seen(let isSeen) = read.action else {
            // Adding and removing are allowed at any time: without a read nothing contradicts.
            return Accusation(
                .illegalTransition, "No order explains the changes of \(element).", names: adders + removers)
        }
        let reader = contradiction.name(read)
        if isSeen, let accusation = accuseNeverAdded(element, read, contradiction) { return accusation }
        if let accusation = contradiction.divergence() { return accusation }
        let isOtherwiseLater = contradiction.isSeen(after: read) { $0 == .seen(!isSeen) }
        let accused =
            contradiction.acknowledgedChange(before: read) { $0 == (isSeen ? .remove : .add) }
            ?? contradiction.changes.last { $0.action == (isSeen ? .remove : .add) }
        let names = accused.map { [contradiction.name($0)] } ?? (isSeen ? removers : adders)
        let changed = names.isEmpty ? "it was seen" : "\(Figures.list(names)) was acknowledged"
        if isOtherwiseLater {
            return Accusation(
                .staleRead,
                "\(reader) \(isSeen ? "still shows" : "misses") \(element) after \(changed), "
                    + "and a later read is right.",
                names: names.isEmpty ? [reader] : names)
        }
        if isSeen {
            return Accusation(
                .resurrected, "\(element) is there again after \(changed): \(reader) shows it.",
                names: names.isEmpty ? [reader] : names)
        }
        var accusation = Accusation(
            .lostElement, "\(element) is missing from \(reader) although \(changed).",
            names: names.isEmpty ? [reader] : names)
        if let accused { contradiction.overlap(with: accused, in: &accusation) }
        return accusation
    }

    func remark(on action: PresenceAction) -> String? {
        switch action {
        case .add: "adds it"
        case .remove: "removes it"
        case .seen(let isSeen): isSeen ? "shows it" : "does not show it"
        }
    }

    func opening(_ state: Presence) -> String? { nil }

    private func accuseNeverAdded(
        _ element: String, _ read: Call<PresenceAction>, _ contradiction: Contradiction<Self>
    ) -> Accusation? {
        let adds = contradiction.key.calls.filter { $0.action == .add }
        guard contradiction.key.model.initial == .missing,
            !adds.contains(where: { $0.invoked <= read.returned ?? .max })
        else { return nil }
        let reader = contradiction.name(read)
        if let accusation = contradiction.refusedButApplied(
            where: { $0 == .add }, "\(reader) shows \(element)")
        {
            return accusation
        }
        return Accusation(
            .phantom,
            adds.isEmpty
                ? "\(reader) shows \(element), which nobody added."
                : "\(reader) shows \(element) before anybody had sent it.",
            names: [reader])
    }
}
