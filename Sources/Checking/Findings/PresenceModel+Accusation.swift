// How contradictions of a set's element are told: lost, seen again, never added.

import Core

extension PresenceModel: AccusingModel {
    func accuse(_ contradiction: Contradiction<Self>) -> Accusation {
        let element = contradiction.key.element ?? "the element"
        let told = contradiction.culprit.flatMap { isRead($0.action) ? $0 : nil } ?? contradiction.reads.last
        guard let read = told, case .seen(let isSeen) = read.action else {
            // Adding and removing are allowed at any time: without a read nothing contradicts.
            return Accusation(
                .illegalTransition, "No order explains the changes of \(element).",
                names: contradiction.names(contradiction.changes))
        }
        if isSeen, let accusation = accuseNeverAdded(element, read, contradiction) { return accusation }
        if let accusation = contradiction.divergence() { return accusation }
        let wanted: PresenceAction = isSeen ? .remove : .add
        if let accused = contradiction.acknowledgedChange(before: read, where: { $0 == wanted }) {
            let was = "\(contradiction.name(accused)) was acknowledged"
            return accuse(accused, was, nil, read, isSeen, element, contradiction)
        }
        let seen = contradiction.seenChange(before: read) { change, seen in
            change == wanted && seen == .seen(!isSeen)
        }
        guard let seen else { return accuseRead(read, isSeen, element, contradiction) }
        let was = "\(contradiction.name(seen.seen)) had \(isSeen ? "missed" : "shown") it"
        return accuse(seen.change, was, seen.seen, read, isSeen, element, contradiction)
    }

    func remark(on action: PresenceAction) -> String? {
        switch action {
        case .add: "adds it"
        case .remove: "removes it"
        case .seen(let isSeen): isSeen ? "shows it" : "does not show it"
        }
    }

    func opening(_ state: Presence) -> String? {
        switch state {
        case .unbound: nil
        case .present: "Earlier operations are all explained and leave it there."
        case .missing: "Earlier operations are all explained and leave it out."
        }
    }

    /// A change that was acknowledged before the read began, or whose effect `seen` had shown.
    private func accuse(
        _ change: Call<PresenceAction>, _ was: String, _ seen: Call<PresenceAction>?,
        _ read: Call<PresenceAction>, _ isSeen: Bool, _ element: String, _ contradiction: Contradiction<Self>
    ) -> Accusation {
        let reader = contradiction.name(read)
        let name = contradiction.name(change)
        let later = contradiction.shownAfterAll(change, despite: read, isShown: { $0 == .seen(!isSeen) }) {
            $0 == change.action
        }
        var accusation: Accusation
        if let later {
            accusation = Accusation(
                .staleRead,
                "\(reader) \(isSeen ? "still shows" : "misses") \(element) after \(was).", names: [name])
            accusation.tellAfterAll(later, read, isSeen ? "does not show it" : "shows it")
        } else if isSeen {
            accusation = Accusation(
                .resurrected, "\(element) is there again after \(was): \(reader) shows it.", names: [name])
        } else {
            accusation = Accusation(
                .lostElement, "\(element) is missing from \(reader) although \(was).", names: [name])
            contradiction.overlap(with: change, in: &accusation)
        }
        accusation.context.append(change.operation)
        accusation.named += [change.operation, read.operation] + [seen?.operation].compactMap { $0 }
        return accusation
    }

    /// A read that contradicts another, where no change is known that did what the other shows.
    private func accuseRead(
        _ read: Call<PresenceAction>, _ isSeen: Bool, _ element: String, _ contradiction: Contradiction<Self>
    ) -> Accusation {
        let reader = contradiction.name(read)
        let before = contradiction.reads.last {
            $0.action == .seen(!isSeen) && $0.returned ?? .max < read.invoked
        }
        let mayHaveChanged = contradiction.key.calls.contains {
            $0.action == (isSeen ? .add : .remove) && $0.invoked <= read.returned ?? .max
                && $0.returned ?? .max >= before?.invoked ?? .min
        }
        let nobody = isSeen ? "nobody added it" : "nobody removed it"
        let begun = isSeen ? "\(reader) shows \(element)" : "\(reader) misses \(element)"
        let earlier = before.map {
            " after \(contradiction.name($0)) had \(isSeen ? "missed" : "shown") it"
        }
        var accusation = Accusation(
            isSeen ? .phantom : .lostElement, "\(begun)\(earlier ?? ""), and \(nobody) in between.",
            names: [reader])
        if before == nil { accusation.title = "\(begun), and \(nobody)." }
        if mayHaveChanged {
            accusation.kind = .staleRead
            accusation.title = "\(begun)\(earlier ?? ""), which no order of the changes explains."
        }
        accusation.named = [read.operation] + [before?.operation].compactMap { $0 }
        return accusation
    }

    private func accuseNeverAdded(
        _ element: String, _ read: Call<PresenceAction>, _ contradiction: Contradiction<Self>
    ) -> Accusation? {
        let adds = contradiction.key.calls.filter { $0.action == .add }
        guard contradiction.key.model.initial == .missing,
            !adds.contains(where: { $0.invoked <= read.returned ?? .max })
        else { return nil }
        let reader = contradiction.name(read)
        if let accusation = contradiction.refusedButApplied(
            by: read, where: { $0 == .add }, "\(reader) shows \(element)")
        {
            return accusation
        }
        var accusation = Accusation(
            .phantom,
            adds.isEmpty
                ? "\(reader) shows \(element), which nobody added."
                : "\(reader) shows \(element) before anybody had sent it.",
            names: [reader])
        accusation.named = [read.operation]
        return accusation
    }
}
