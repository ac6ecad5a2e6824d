// What titles about registers and state machines claim.

import Core
import Histories

@testable import Checking

extension StoryTitle {
    /// Whether the title is one that is known; what it claims and is not so is noted.
    mutating func examine(_ text: String) -> Bool {
        if examineCommon(text) { return true }
        switch verifier.model {
        case .register, .casRegister: return examineReads(of: text) || examineUpdates(text)
        case .machine: return examineStates(text) || examineTransitions(text)
        case .counter: return examineCounts(text) || examineLimits(text)
        case .set: return examineElements(text)
        case .claims: return examineClaims(text)
        }
    }

    private mutating func examineCommon(_ text: String) -> Bool {
        let divergence =
            /^With no write under way, replica (?<one>\d+) and replica (?<other>\d+) answer (?<read>\w+) differently\./
        guard let match = text.wholeMatch(of: divergence) else { return false }
        let pair = example.filter { position in
            operations[position].name == String(match.read)
                && ["\(match.one)", "\(match.other)"].contains(
                    "\(operations[position].requests.last?.replica ?? -1)")
        }
        claims.named = pair
        guard pair.count == 2 else {
            fail("\(pair.count) reads of those replicas")
            return true
        }
        let start = pair.map { operations[$0].invoked }.min() ?? 0
        let end = pair.map { operations[$0].returned ?? .max }.max() ?? 0
        let isWritten = verifier.calls(verifier.ofKey).contains {
            !$0.action.isRead && $0.invoked <= end && $0.returned ?? .max >= start
        }
        if isWritten { fail("a write was under way") }
        return true
    }

    static func value(_ text: Substring) -> Value { (try? JSON.parse(text.utf8)) ?? .null }

    // MARK: - Registers

    private mutating func examineReads(of text: String) -> Bool {
        if let match = text.wholeMatch(of: /(\w+) gives (.+), which nobody wrote\./) {
            checkGiven(match.1, match.2) { title, read, shown in
                title.checkNobody(read, shows: shown)
                if title.verifier.calls(title.verifier.ofKey).contains(where: {
                    title.isShown($0.action, by: shown)
                }) {
                    title.fail("somebody wrote it")
                }
            }
        } else if let match = text.wholeMatch(of: /(\w+) gives (.+) before anybody had sent it\./) {
            checkGiven(match.1, match.2) { $0.checkNobody($1, shows: $2) }
        } else if let match = text.wholeMatch(
            of: /A refused (\w+) took effect all the same: (\w+) gives its value (.+)\./)
        {
            let shown = PlainAction.read(Self.value(match.3))
            let refused = String(match.1)
            checkGiven(match.2, match.3) { title, read, _ in
                title.checkRefused(refused, shown, [read])
                title.checkNobody(read, shows: shown)
            }
        } else if let match = text.wholeMatch(
            of: /An acknowledged (\w+) was lost: (\w+) gives (.+) instead of (.+)\./)
        {
            let gone = PlainAction.read(Self.value(match.4))
            if let pair = checkAcknowledged(
                String(match.1), showing: gone, before: String(match.2), .read(Self.value(match.3)))
            {
                checkLost(pair.change, pair.read, gone)
            }
        } else if let match = text.wholeMatch(
            of: /A (\w+) that (\w+) had shown was lost: (\w+) gives (.+) instead of (.+)\./)
        {
            let gone = PlainAction.read(Self.value(match.5))
            let pair = checkSeen(
                String(match.1), by: String(match.2), gone, before: String(match.3),
                .read(Self.value(match.4)))
            if let pair, let change = pair.change { checkLost(change, pair.read, gone) }
        } else if let match = text.wholeMatch(
            of: /(\w+) gives the old (.+) after (\w+) of (.+) was acknowledged\./)
        {
            let gone = PlainAction.read(Self.value(match.4))
            if let pair = checkAcknowledged(
                String(match.3), showing: gone, before: String(match.1), .read(Self.value(match.2)))
            {
                checkStale(pair.change, pair.read, gone)
            }
        } else if let match = text.wholeMatch(of: /(\w+) gives the old (.+) after (\w+) had shown (.+)\./) {
            let gone = PlainAction.read(Self.value(match.4))
            let pair = checkSeen(
                nil, by: String(match.3), gone, before: String(match.1), .read(Self.value(match.2)))
            if let pair, let change = pair.change { checkStale(change, pair.read, gone) }
        } else if let match = text.wholeMatch(
            of: /(\w+) gives (\S+) after (\w+) had given (\S+), which no order of the writes explains\./)
        {
            _ = checkSeen(
                nil, by: String(match.3), .read(Self.value(match.4)), before: String(match.1),
                .read(Self.value(match.2)))
        } else if let match = text.wholeMatch(
            of: /(\w+) gives (\S+), which no order of the writes explains\./)
        {
            checkGiven(match.1, match.2) { title, read, _ in title.claims.named.append(read) }
        } else {
            return false
        }
        return true
    }

    mutating func checkStale(_ change: Int, _ read: Int, _ shown: PlainAction) {
        if !isThereAfterAll(change, read, shown, byAttempt: true) {
            fail("no later read shows that the answer was stale")
        }
    }

    private mutating func checkGiven(
        _ reader: Substring, _ value: Substring, _ check: (inout StoryTitle, Int, PlainAction) -> Void
    ) {
        let shown = PlainAction.read(Self.value(value))
        guard let read = reads(String(reader), shown).first else {
            return fail("no \(reader) gives \(value)")
        }
        check(&self, read, shown)
    }

    private mutating func examineUpdates(_ text: String) -> Bool {
        if let match = text.wholeMatch(
            of: /(\d+) updates of the same version (.+) were acknowledged: one overwrote the other\./)
        {
            let expected = Self.value(match.2)
            let updates = example.filter {
                if operations[$0].outcome == .ok, case .compareAndSet(expected, _)? = action($0) {
                    true
                } else {
                    false
                }
            }
            claims.named = updates
            if "\(updates.count)" != match.1 { fail("\(updates.count) updates expected \(expected)") }
        } else if let match = text.wholeMatch(
            of: /(\d+) acknowledged updates cannot all have found the version they expected\./)
        {
            let updates = example.filter {
                if operations[$0].outcome == .ok, case .compareAndSet? = action($0) { true } else { false }
            }
            claims.named = updates
            if "\(updates.count)" != match.1 { fail("there are \(updates.count) updates") }
        } else if let match = text.wholeMatch(
            of: /(\w+) was acknowledged although (.+), which it expects, was (never|no longer) there\./)
        {
            checkUnfound(match.1, match.2, isNever: match.3 == "never")
        } else if let match = text.wholeMatch(
            of: /(\w+) was acknowledged before anybody had sent (.+), which it expects\./)
        {
            checkUnfound(match.1, match.2, isNever: true)
        } else if let match = text.wholeMatch(
            of: /A refused (\w+) took effect all the same: (\w+) found its value (.+)\./)
        {
            let expected = Self.value(match.3)
            let found = updates(String(match.2), expecting: expected)
            checkRefused(String(match.1), .read(expected), found)
        } else {
            return false
        }
        return true
    }

    private func updates(_ name: String, expecting expected: Value) -> [Int] {
        changes(name) { if case .compareAndSet(expected, _) = $0 { true } else { false } }
    }

    private mutating func checkUnfound(_ name: Substring, _ value: Substring, isNever: Bool) {
        let expected = Self.value(value)
        guard let update = updates(String(name), expecting: expected).first else {
            return fail("no acknowledged \(name) expects \(value)")
        }
        claims.named = [update]
        let writers = verifier.calls(verifier.ofKey).filter {
            isShown($0.action, by: .read(expected)) && $0.operation != update
                && $0.invoked <= operations[update].returned ?? .max
        }
        let wasThere = !writers.isEmpty || verifier.initial == expected || verifier.initial == nil
        if isNever, !writers.isEmpty || verifier.initial == expected { fail("\(value) was there") }
        if !isNever, !wasThere { fail("\(value) was never there") }
    }

    // MARK: - State machines

    private mutating func examineStates(_ text: String) -> Bool {
        if let match = text.wholeMatch(of: /(\w+) shows (\w+), and no operation led there\./) {
            checkShown(match.1, match.2) { $0.checkNobody($1, shows: $2) }
        } else if let match = text.wholeMatch(
            of: /A refused (\w+) took effect all the same: (\w+) shows (\w+)\./)
        {
            let refused = String(match.1)
            checkShown(match.2, match.3) { title, read, shown in
                title.checkRefused(refused, shown, [read])
                title.checkNobody(read, shows: shown)
            }
        } else if let match = text.wholeMatch(
            of: /An acknowledged (\w+) was undone: (\w+) shows (\w+), not (\w+)\./)
        {
            checkUndone(match.1, match.4, before: match.2, match.3)
        } else if let match = text.wholeMatch(
            of: /A (\w+) that (\w+) had shown was undone: (\w+) shows (\w+), not (\w+)\./)
        {
            let gone = PlainAction.observe(String(match.5))
            let pair = checkSeen(
                String(match.1), by: String(match.2), gone, before: String(match.3), .observe(String(match.4))
            )
            if let pair, let change = pair.change { checkLost(change, pair.read, gone) }
        } else if let match = text.wholeMatch(
            of: /Deleted by (\w+), it is there again: (\w+) shows (\w+)\./)
        {
            checkUndone(match.1, "absent", before: match.2, match.3)
        } else if let match = text.wholeMatch(
            of: /It is there again after (\w+) had shown (\w+): (\w+) shows (\w+)\./)
        {
            _ = checkSeen(
                nil, by: String(match.1), .observe(String(match.2)), before: String(match.3),
                .observe(String(match.4)))
        } else if let match = text.wholeMatch(
            of: /(\w+) shows the old state (\w+) after (\w+) was acknowledged\./)
        {
            if let pair = checkAcknowledged(
                String(match.3), showing: nil, before: String(match.1), .observe(String(match.2)))
            {
                let targets = verifier.model.object.transitions.filter { $0.operation == match.3 }.map(\.to)
                if !targets.contains(where: { isThereAfterAll(pair.change, pair.read, .observe($0)) }) {
                    fail("no later read shows that the answer was stale")
                }
            }
        } else if let match = text.wholeMatch(
            of: /(\w+) shows the old state (\w+) after (\w+) had shown (\w+)\./)
        {
            let gone = PlainAction.observe(String(match.4))
            let pair = checkSeen(
                nil, by: String(match.3), gone, before: String(match.1), .observe(String(match.2)))
            if let pair, let change = pair.change { checkStale(change, pair.read, gone) }
        } else if let match = text.wholeMatch(
            of: /(\w+) shows (\w+) after (\w+), and no operation leads there\./)
        {
            checkShown(match.1, match.2) { title, read, _ in
                let before = title.example.first { title.action($0) == .observe(String(match.3)) }
                title.claims.named.append(read)
                before.map { title.claims.named.append($0) } ?? title.fail("nothing shows \(match.3)")
            }
        } else if let match = text.wholeMatch(of: /(\w+) shows (\w+), and no operation leads there\./) {
            checkShown(match.1, match.2) { title, read, _ in title.claims.named.append(read) }
        } else {
            return false
        }
        return true
    }

    private mutating func checkUndone(
        _ name: Substring, _ target: Substring, before reader: Substring, _ state: Substring
    ) {
        let gone = PlainAction.observe(String(target))
        if let pair = checkAcknowledged(
            String(name), showing: gone, before: String(reader), .observe(String(state)))
        {
            checkLost(pair.change, pair.read, gone)
        }
    }

    private mutating func checkShown(
        _ reader: Substring, _ state: Substring, _ check: (inout StoryTitle, Int, PlainAction) -> Void
    ) {
        let shown = PlainAction.observe(String(state))
        guard let read = reads(String(reader), shown).first else {
            return fail("no \(reader) shows \(state)")
        }
        check(&self, read, shown)
    }

    private mutating func examineTransitions(_ text: String) -> Bool {
        if let match = text.wholeMatch(of: /(\w+) was acknowledged in state (\w+), where it is not allowed\./)
        {
            guard let illegal = changes(String(match.1)).last else {
                fail("no acknowledged \(match.1)")
                return true
            }
            claims.named = [illegal]
            let state = PlainState.state(String(match.2))
            if !verifier.model.object.after(.transition(String(match.1)), state).isEmpty {
                fail("\(match.1) is allowed in \(match.2)")
            }
            checkState(before: illegal, state)
        } else if let match = text.wholeMatch(
            of: /(\w+) was acknowledged in a state where it is not allowed\./)
        {
            guard let illegal = changes(String(match.1)).last else {
                fail("no acknowledged \(match.1)")
                return true
            }
            claims.named = [illegal]
        } else if let match = text.wholeMatch(
            of: /(\w+(?:, \w+)* and \w+) were (both|all) acknowledged, and no order allows that\./)
        {
            let names = match.1.replacing(" and ", with: ", ").split(separator: ", ").map(String.init)
            for name in names {
                changes(name).first.map { claims.named.append($0) } ?? fail("no acknowledged \(name)")
            }
            if (match.2 == "both") != (names.count == 2) { fail("\(names.count) are \(match.2)") }
            if example.filter({ operations[$0].outcome == .ok }).count != names.count {
                fail("others are told")
            }
        } else if let match = text.wholeMatch(
            of: /((?:\d+ \w+, )*\d+ \w+ and \d+ \w+) were all acknowledged, and no order allows that\./)
        {
            for part in match.1.matches(of: /(\d+) (\w+)/) {
                let found = changes(String(part.2))
                claims.named += found
                if "\(found.count)" != part.1 { fail("\(found.count) \(part.2) are in the example") }
            }
        } else if let match = text.wholeMatch(
            of:
                /^(\d+) (\w+) of one key were acknowledged where (one|\d+) can win\.( They are repeats: the end state is right\.)?/
        ) {
            checkWinners(Int(match.1) ?? 0, String(match.2), Int(match.3) ?? 1, isRepeat: match.4 != nil)
        } else {
            return false
        }
        return true
    }

    private mutating func checkWinners(_ count: Int, _ name: String, _ most: Int, isRepeat: Bool) {
        let told = changes(name)
        claims.named = told
        if told.count != most + 1 { fail("\(told.count) \(name) are told, \(most) can win") }
        let all = verifier.ofKey.filter { operations[$0].name == name && operations[$0].outcome == .ok }
        if all.count < count { fail("\(all.count) \(name) were acknowledged, not \(count)") }
        guard isRepeat else { return }
        let rest = verifier.ofKey.filter { !all.dropFirst().contains($0) }
        let repeats = all.filter { one in
            told.contains { !isBefore(one, $0) && !isBefore($0, one) } || told.contains(one)
        }
        let without = verifier.ofKey.filter { !repeats.dropFirst().contains($0) }
        if verifier.isExplained(rest) == false, verifier.isExplained(without) == false {
            fail("more than repeats is wrong")
        }
    }

    /// Whether the state may have been there when the operation was acknowledged.
    private mutating func checkState(before position: Int, _ state: PlainState) {
        let end = operations[position].returned ?? .max
        let others = verifier.ofKey.filter { $0 != position && operations[$0].invoked <= end }
        var calls = verifier.calls(others)
        let begun = operations[position].invoked
        for index in calls.indices where calls[index].returned ?? .max >= begun {
            calls[index].returned = nil
        }
        let starts = verifier.model.starts(verifier.initial, element: nil)
        var orders = PlainOrders(
            verifier.model.object, calls.filter { !$0.action.isRead || $0.returned != nil }, from: starts)
        if orders.isExplained == false {
            // What was wrong before is another story.
            let own = verifier.calls(example.filter { $0 != position })
            orders = PlainOrders(verifier.model.object, own, from: starts)
        }
        guard let last = orders.quiet.last else {
            if !verifier.model.starts(verifier.initial, element: nil).contains(state) {
                fail("it was never \(state)")
            }
            return
        }
        if !last.states.contains(state) { fail("it was not \(state) then but one of \(last.states)") }
    }
}
