// The titles of stories, as a grammar: what each claims, and whether the run bears it out.

import Core
import Histories

@testable import Checking

/// What a title claims: the operations that it names, and what is not so.
struct TitleClaims {
    var named: [Int] = []
    var faults: [String] = []
}

struct TitleProblem: Error, CustomStringConvertible {
    var description: String
}

/// One title under examination.
struct StoryTitle {
    let verifier: StoryVerifier
    var claims = TitleClaims()

    init(_ verifier: StoryVerifier) { self.verifier = verifier }

    static func claims(of text: String, _ verifier: StoryVerifier) -> Result<TitleClaims, TitleProblem> {
        var title = StoryTitle(verifier)
        var sentence = text
        if let match = sentence.firstMatch(of: /\ So (is another element|are \d+ other elements) of it\.$/) {
            sentence.removeSubrange(match.range)
        }
        let overlap = /\ A concurrent (?<name>\w+) by client (?<client>\d+) overlapped it\.$/
        var concurrent: (name: String, client: Int)?
        if let match = sentence.firstMatch(of: overlap) {
            concurrent = (String(match.name), Int(match.client) ?? -1)
            sentence.removeSubrange(match.range)
        }
        guard title.examine(sentence) else {
            return .failure(TitleProblem(description: "unknown title: \(text)"))
        }
        if let concurrent { title.checkOverlap(concurrent.name, concurrent.client) }
        return .success(title.claims)
    }

    mutating func fail(_ text: String) { claims.faults.append(text) }

    // MARK: - Questions

    var operations: [OperationRecord] { verifier.operations }
    var example: [Int] { verifier.story.example }

    func isBefore(_ first: Int, _ second: Int) -> Bool {
        operations[first].returned ?? .max < operations[second].invoked
    }

    func action(_ position: Int) -> PlainAction? {
        verifier.model.action(of: operations[position], element: verifier.element)
    }

    /// Reads of that name in the example that show it.
    func reads(_ name: String, _ action: PlainAction) -> [Int] {
        example.filter {
            operations[$0].name == name && operations[$0].outcome == .ok && self.action($0) == action
        }
    }

    func changes(_ name: String, _ outcome: Outcome? = .ok, does: (PlainAction) -> Bool = { _ in true })
        -> [Int]
    {
        example.filter { position in
            operations[position].name == name && (outcome == nil || operations[position].outcome == outcome)
                && action(position).map { !$0.isRead && does($0) } ?? false
        }
    }

    /// What an action may leave, told as what a read of it would show.
    func isShown(_ change: PlainAction, by read: PlainAction) -> Bool {
        switch (change, read) {
        case (.write(let value), .read(let shown)), (.compareAndSet(_, let value), .read(let shown)):
            value == shown
        case (.transition(let name), .observe(let shown)):
            verifier.model.object.transitions.contains { $0.operation == name && $0.to == shown }
        case (.add, .seen(true)), (.remove, .seen(false)): true
        default: false
        }
    }

    /// An acknowledged change of the example that was over before a read of the example.
    mutating func checkAcknowledged(
        _ name: String, showing wanted: PlainAction?, before reader: String, _ read: PlainAction
    ) -> (change: Int, read: Int)? {
        let latest = changes(name).sorted { operations[$0].returned ?? 0 > operations[$1].returned ?? 0 }
        for change in latest {
            guard let made = action(change), wanted.map({ isShown(made, by: $0) }) ?? true else { continue }
            // The one that is blamed is the last.
            for read in reads(reader, read).reversed() where isBefore(change, read) {
                claims.named += [change, read]
                return (change, read)
            }
        }
        fail("no acknowledged \(name) was over before \(reader) gave \(read)")
        return nil
    }

    /// A read of the example that had shown it before another, and a change that may have put it there.
    mutating func checkSeen(
        _ name: String?, by seer: String, _ shown: PlainAction, before reader: String, _ read: PlainAction
    ) -> (change: Int?, read: Int)? {
        for seen in reads(seer, shown) {
            for read in reads(reader, read) where isBefore(seen, read) {
                let change = verifier.ofKey.first { position in
                    (name == nil || operations[position].name == name)
                        && operations[position].invoked <= operations[seen].returned ?? .max
                        && verifier.calls([position]).contains { isShown($0.action, by: shown) }
                        && !isReplaced(position, before: seen, shown)
                }
                if name != nil, change == nil { continue }
                claims.named += [seen, read]
                if name != nil,
                    let change = example.first(where: { position in
                        operations[position].name == name
                            && verifier.calls([position]).contains { isShown($0.action, by: shown) }
                            && !isReplaced(position, before: seen, shown)
                    })
                {
                    claims.named.append(change)
                    return (change, read)
                }
                if name != nil { fail("the \(name ?? "") that was seen is not in the example") }
                return (change, read)
            }
        }
        fail("no \(seer) had shown \(shown) before \(reader) gave \(read)")
        return nil
    }

    /// Whether another acknowledged change came after this one, surely before a read.
    private func isReplaced(_ change: Int, before read: Int, _ shown: PlainAction) -> Bool {
        operations[change].outcome == .ok && verifier.calls([change]).allSatisfy { $0.returned != nil }
            && verifier.ofKey.contains { other in
                operations[other].outcome == .ok && isBefore(change, other) && isBefore(other, read)
                    && action(other).map { !$0.isRead && !isShown($0, by: shown) } ?? false
            }
    }

    /// Whether something shows, not before the read ended, what the change did, with nobody else to put it
    /// there; with `byAttempt`, an earlier attempt of it that had no answer may have done it.
    func isThereAfterAll(
        _ change: Int, _ read: Int, _ shown: PlainAction, byAttempt: Bool = false
    ) -> Bool {
        let own = verifier.calls([change])
        let makers = byAttempt ? own : Array(own.prefix(1))
        return verifier.ofKey.contains { later in
            guard later != read, operations[later].outcome == .ok, action(later) == shown,
                operations[later].returned ?? 0 >= operations[read].returned ?? 0,
                operations[later].invoked > operations[change].invoked
            else { return false }
            let others = verifier.calls(verifier.ofKey).filter { other in
                isShown(other.action, by: shown) && other.returned ?? .max >= operations[read].invoked
                    && other.invoked <= operations[later].returned ?? .max
            }
            return makers.contains { maker in others.allSatisfy { $0 == maker } }
        }
    }

    mutating func checkLost(_ change: Int, _ read: Int, _ shown: PlainAction) {
        if isThereAfterAll(change, read, shown) { fail("it was not lost: a later read shows it") }
        let isReplaced = verifier.ofKey.contains { other in
            operations[other].outcome == .ok && isBefore(change, other) && isBefore(other, read)
                && action(other).map { !$0.isRead && !isNothing($0) } ?? false
                && isContradictory([other, read])
        }
        if isReplaced { fail("an acknowledged change that came later is what was lost") }
    }

    private func isNothing(_ action: PlainAction) -> Bool { false }

    /// Whether two operations contradict each other whatever was there before, and whatever else was done
    /// between them.
    func isContradictory(_ positions: [Int]) -> Bool {
        let strict = verifier.calls(positions).filter { $0.returned != nil }
        let start = positions.map { operations[$0].invoked }.min() ?? 0
        let end = positions.map { operations[$0].returned ?? .max }.max() ?? 0
        var free = verifier.calls(verifier.ofKey).filter {
            !positions.contains($0.operation) && !$0.action.isRead && $0.invoked <= end
                && $0.returned ?? .max >= start
        }
        for index in free.indices {
            free[index].returned = nil
            free[index].invoked = start
        }
        var starts: Set<PlainState>
        switch verifier.model {
        case .claims: starts = verifier.left.map { [$0] } ?? [.isThere(true), .isThere(false)]
        case .register, .casRegister: starts = [.value(nil)]
        case .machine: starts = Set(SimulatedModel.states.map { .state($0) })
        case .counter: starts = Set((0...SimulatedModel.limit).map { .count($0) })
        case .set: starts = [.isThere(true), .isThere(false)]
        }
        return PlainOrders(verifier.model.object, strict + free, from: starts).isExplained == false
    }

    mutating func checkOverlap(_ name: String, _ client: Int) {
        let blamed = example.filter { operations[$0].outcome != .fail && !(action($0)?.isRead ?? true) }
        let found = example.first { position in
            let operation = operations[position]
            return operation.name == name && operation.client == client && operation.outcome != .fail
                && blamed.contains { other in
                    other != position && operation.invoked <= operations[other].returned ?? .max
                        && operations[other].invoked <= operation.returned ?? .max
                }
        }
        guard let found else { return fail("no \(name) by client \(client) overlapped it") }
        claims.named.append(found)
    }

    /// A refused change that was sent before the read ended.
    mutating func checkRefused(_ name: String, _ shown: PlainAction?, _ witnesses: [Int]) {
        for refused in changes(name, .fail) {
            if let shown, !(action(refused).map { isShown($0, by: shown) } ?? false) { continue }
            for witness in witnesses
            where operations[refused].invoked <= operations[witness].returned ?? .max {
                claims.named += [refused, witness]
                return
            }
        }
        fail("no refused \(name) explains it")
    }

    /// Nobody who was not refused had sent it before the read ended.
    mutating func checkNobody(_ read: Int, shows shown: PlainAction) {
        claims.named.append(read)
        let maker = verifier.calls(verifier.ofKey).first {
            isShown($0.action, by: shown) && $0.invoked <= operations[read].returned ?? .max
        }
        if let maker { fail("operation \(maker.operation) had put it there") }
    }
}
