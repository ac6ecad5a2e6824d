// What titles about counters, sets and claims claim.

import Core
import Histories

@testable import Checking

extension StoryTitle {
    // MARK: - Counters

    mutating func examineCounts(_ text: String) -> Bool {
        if let match = text.wholeMatch(
            of:
                /^(?:(?<lost>.+ was lost): |(?<refused>.+ counted all the same): )?(?<read>\w+) gives (?<count>-?\d+) where at (?<bound>least|most) (?<figure>-?\d+) (?:must|can) be\./
        ) {
            checkBound(
                String(match.read), Int(match.count) ?? 0, isLeast: match.bound == "least",
                Int(match.figure) ?? 0)
            if let lost = match.lost { checkLostCounts(String(lost)) }
            if let refused = match.refused { checkRefusedCounts(String(refused)) }
        } else if let match = text.wholeMatch(
            of: /(\w+) gives (\d+), and no order leaves (less|more) than (\d+)\./)
        {
            checkCounted(match.1, match.2)
            let (count, bound) = (Int(match.2) ?? 0, Int(match.4) ?? 0)
            if (match.3 == "less") != (count < bound) { fail("\(count) is not \(match.3) than \(bound)") }
        } else if let match = text.wholeMatch(
            of: /(\w+) gives (\d+), which no order of the changes explains\./)
        {
            checkCounted(match.1, match.2)
        } else {
            return false
        }
        return true
    }

    private mutating func checkCounted(_ reader: Substring, _ count: Substring) {
        guard let read = reads(String(reader), .count(Int(count) ?? 0)).last else {
            return fail("no \(reader) gives \(count)")
        }
        claims.named.append(read)
    }

    /// The figure must be what the account says, and the account what the run holds.
    private mutating func checkBound(_ reader: String, _ count: Int, isLeast: Bool, _ figure: Int) {
        guard let read = reads(reader, .count(count)).last else { return fail("no \(reader) gives \(count)") }
        claims.named.append(read)
        if isLeast ? count >= figure : count <= figure { fail("\(count) is within \(figure)") }
        let account = verifier.story.lines.compactMap {
            $0.wholeMatch(
                of:
                    /^Together: (?<start>-?\d+)(?: and (?<added>\d+) (?:added before it|that may have been added by then))?(?:, less (?<taken>\d+) (?:that may have been taken by then|taken before it),)? make at (?<bound>least|most) (?<figure>-?\d+)\./
            )
        }.first
        guard let account else { return fail("no account of the figures") }
        let start = Int(account.start) ?? 0
        let added = account.added.flatMap { Int($0) } ?? 0
        let taken = account.taken.flatMap { Int($0) } ?? 0
        if start + added - taken != figure || "\(account.figure)" != "\(figure)" {
            fail("\(start) + \(added) - \(taken) is not \(figure)")
        }
        if (account.bound == "least") != isLeast { fail("the account is of the other bound") }
        if let left = verifier.story.lines.first?.firstMatch(of: /leave (\d+)\.$/), Int(left.1) != start {
            fail("\(left.1) are left, and \(start) is where the account starts")
        }
        checkBoundary(read, isLeast: isLeast, figure)
    }

    /// No order of all that was done leaves a count past the bound: it may be less sharp, never wrong.
    private mutating func checkBoundary(_ read: Int, isLeast: Bool, _ figure: Int) {
        let end = operations[read].returned ?? .max
        let before = verifier.ofKey.filter { $0 != read && operations[$0].invoked <= end }
        guard before.count <= 30, let start = verifier.initial, case .int(let first) = start else { return }
        var low = first
        var high = first
        for call in verifier.calls(before) {
            guard case .change(let amount) = call.action else { continue }
            let isSure = call.returned ?? .max < operations[read].invoked
            if isSure || amount < 0 { low += amount }
            if isSure || amount > 0 { high += amount }
        }
        // A start after the beginning may only narrow these.
        if isLeast ? figure < low : figure > high { fail("the bound is wider than \(low) to \(high)") }
    }

    private mutating func checkLostCounts(_ text: String) {
        guard let read = claims.named.first else { return }
        if let match = text.wholeMatch(of: /An acknowledged (\w+) was lost/) {
            let change = changes(String(match.1)).first { isBefore($0, read) }
            change.map { claims.named.append($0) } ?? fail("no acknowledged \(match.1) before it")
        } else if let match = text.wholeMatch(of: /Of (\d+) acknowledged (.+), at least one was lost/) {
            let names = match.2.replacing(" and ", with: ", ").split(separator: ", ").map(String.init)
            let all = verifier.ofKey.filter {
                names.contains(operations[$0].name) && operations[$0].outcome == .ok && isBefore($0, read)
            }
            if all.count < Int(match.1) ?? 0 { fail("only \(all.count) were acknowledged before it") }
        } else {
            fail("unknown loss: \(text)")
        }
    }

    private mutating func checkRefusedCounts(_ text: String) {
        guard let read = claims.named.first else { return }
        if let match = text.wholeMatch(of: /A refused (\w+) was counted all the same/)
            ?? text.wholeMatch(of: /A refused (\w+) counted all the same/)
        {
            checkRefused(String(match.1), nil, [read])
        } else if let match = text.wholeMatch(
            of: /Of (\d+) refused (.+), at least two were counted all the same/)
        {
            let told = example.filter {
                operations[$0].outcome == .fail
                    && operations[$0].invoked <= operations[read].returned ?? .max
            }
            if told.count < Int(match.1) ?? 0 { fail("only \(told.count) refused are told") }
        } else {
            fail("unknown refusal: \(text)")
        }
    }

    mutating func examineLimits(_ text: String) -> Bool {
        if let match = text.wholeMatch(
            of:
                /^(\d+) where (\d+) are allowed: the limit was overrun\.(?: (\d+) ([\w, ]+?) (was|were) acknowledged\.)?/
        ) {
            if Int(match.1) ?? 0 <= SimulatedModel.limit { fail("\(match.1) is within the limit") }
            if Int(match.2) != SimulatedModel.limit { fail("the limit is not \(match.2)") }
            if let count = match.3 { checkAcknowledged(count, match.4, match.5) }
        } else if let match = text.wholeMatch(
            of:
                /^The limit of (\d+) was overrun for a time: (\d+) ([\w, ]+?) (was|were) acknowledged past it\./
        ) {
            checkAcknowledged(match.2, match.3, match.4)
        } else if let match = text.wholeMatch(
            of:
                /^(\d+) ([\w, ]+?) (was|were) acknowledged for more than there was: the count goes below zero\./
        ) {
            checkAcknowledged(match.1, match.2, match.3)
        } else {
            return false
        }
        return true
    }

    private mutating func checkAcknowledged(_ count: Substring, _ names: Substring?, _ verb: Substring?) {
        let names = (names ?? "").replacing(" and ", with: ", ").split(separator: ", ").map(String.init)
        let all = verifier.ofKey.filter {
            names.contains(operations[$0].name) && operations[$0].outcome == .ok
        }
        if all.count < Int(count) ?? 0 { fail("\(all.count) were acknowledged, not \(count)") }
        if (count == "1") != (verb == "was") { fail("\(count) \(verb ?? "")") }
    }

    // MARK: - Sets

    mutating func examineElements(_ text: String) -> Bool {
        if let match = text.wholeMatch(of: /".*" is missing from (\w+) although (.+)\./) {
            checkElement(match.1, isSeen: false, String(match.2), isStale: false)
        } else if let match = text.wholeMatch(of: /".*" is there again after (.+): (\w+) shows it\./) {
            checkElement(match.2, isSeen: true, String(match.1), isStale: false)
        } else if let match = text.wholeMatch(
            of:
                /(\w+) (shows|misses) ".*?"(?: after (\w+) had (?:missed|shown) it)?, and nobody (?:added|removed) it(?: in between)?\./
        ) {
            checkNobodyBetween(match.1, isSeen: match.2 == "shows", seer: match.3)
        } else if let match = text.wholeMatch(
            of:
                /(\w+) (shows|misses) ".*?"(?: after (\w+) had (?:missed|shown) it)?, which no order of the changes explains\./
        ) {
            let isSeen = match.2 == "shows"
            if let seer = match.3 {
                _ = checkSeen(
                    nil, by: String(seer), .seen(!isSeen), before: String(match.1), .seen(isSeen))
            } else {
                reads(String(match.1), .seen(isSeen)).last.map { claims.named.append($0) }
                    ?? fail("no \(match.1) \(match.2) it")
            }
        } else if let match = text.wholeMatch(of: /(\w+) (still shows|misses) ".*" after (.+)\./) {
            checkElement(match.1, isSeen: match.2 == "still shows", String(match.3), isStale: true)
        } else if let match = text.wholeMatch(of: /(\w+) shows ".*", which nobody added\./)
            ?? text.wholeMatch(of: /(\w+) shows ".*" before anybody had sent it\./)
        {
            reads(String(match.1), .seen(true)).first.map { checkNobody($0, shows: .seen(true)) }
                ?? fail("no \(match.1) shows it")
        } else if let match = text.wholeMatch(
            of: /A refused (\w+) took effect all the same: (\w+) shows ".*"\./)
        {
            let read = reads(String(match.2), .seen(true))
            checkRefused(String(match.1), .seen(true), read)
            read.first.map { checkNobody($0, shows: .seen(true)) }
        } else if let match = text.wholeMatch(of: /(\w+) shows "(.*)" more than once\./) {
            let twice = example.first {
                (operations[$0].captures["tags"]?.elements ?? []).filter { $0 == .string(String(match.2)) }
                    .count > 1
            }
            twice.map { claims.named.append($0) } ?? fail("no read shows it twice")
        } else {
            return false
        }
        return true
    }

    /// A read that shows the opposite of an earlier one, with no change between them that explains it.
    private mutating func checkNobodyBetween(_ reader: Substring, isSeen: Bool, seer: Substring?) {
        for read in reads(String(reader), .seen(isSeen)) {
            let seen = seer.flatMap { seer in
                reads(String(seer), .seen(!isSeen)).last { isBefore($0, read) }
            }
            if seer != nil, seen == nil { continue }
            let from = seen.map { operations[$0].invoked } ?? .min
            let isExplained = verifier.calls(verifier.ofKey).contains {
                isShown($0.action, by: .seen(isSeen)) && $0.returned ?? .max >= from
                    && $0.invoked <= operations[read].returned ?? .max
            }
            if isExplained { continue }
            claims.named += [read] + [seen].compactMap(\.self)
            return
        }
        fail("no \(reader) is unexplained")
    }

    private mutating func checkElement(_ reader: Substring, isSeen: Bool, _ why: String, isStale: Bool) {
        let shown = PlainAction.seen(!isSeen)
        var found: (change: Int, read: Int)?
        if let match = why.wholeMatch(of: /(\w+) was acknowledged/) {
            found = checkAcknowledged(
                String(match.1), showing: shown, before: String(reader), .seen(isSeen))
        } else if let match = why.wholeMatch(of: /(\w+) had (missed|shown) it/) {
            let pair = checkSeen(nil, by: String(match.1), shown, before: String(reader), .seen(isSeen))
            found = pair.flatMap { pair in pair.change.map { ($0, pair.read) } }
        } else {
            fail("unknown reason: \(why)")
        }
        guard let found else { return }
        if isStale {
            checkStale(found.change, found.read, shown)
        } else {
            checkLost(found.change, found.read, shown)
        }
    }

    // MARK: - Claims

    mutating func examineClaims(_ text: String) -> Bool {
        if let match = text.wholeMatch(of: /(\d+) create of the one key "(.*)" were acknowledged\./) {
            claims.named = changes("create")
            let all = verifier.ofKey.filter {
                operations[$0].name == "create" && operations[$0].outcome == .ok
            }
            if all.count < Int(match.1) ?? 0 || claims.named.count < 2 {
                fail("\(all.count) were acknowledged")
            }
            let count = Int(match.1) ?? 0
            let releases = verifier.story.example.filter { operations[$0].name == "drop" }
            if releases.isEmpty, count != claims.named.count {
                // So many overlap or follow each other without a release between any two.
                let near = all.filter { one in
                    claims.named.allSatisfy { $0 == one || isContradictory([$0, one]) }
                }
                if near.count < count { fail("only \(near.count) exclude each other") }
            }
        } else if text.wholeMatch(of: /create of the key "(.*)" was acknowledged while it was held\./) != nil
        {
            claims.named = changes("create")
        } else {
            return false
        }
        return true
    }
}
