// A smallest example with what surrounds it: what a model needs to say which kind of wrong it is.

import Core
import Histories

/// A model that can tell its own contradictions.
protocol AccusingModel: SequentialModel {
    func accuse(_ contradiction: Contradiction<Self>) -> Accusation
    /// What a read showed, for the story: `shows active`.
    func remark(on action: Action) -> String?
    /// What is said of the state before the example, when earlier operations are left out.
    func opening(_ state: State) -> String?
}

struct Contradiction<Model: AccusingModel>: Sendable {
    /// Configurations that one question about the calls around an example may explore.
    static var probeBudget: Int { 20_000 }
    /// Alike calls that are counted one by one.
    static var alikeLimit: Int { 24 }

    let facts: RunFacts
    let key: KeyCase<Model>
    /// What was there before the example: the model itself, a later state, or anything.
    let before: Model
    /// Whether `before` is a state later than the history's beginning.
    let isRestarted: Bool
    /// The calls among which the example was found.
    let pool: [Call<Model.Action>]
    /// In order of invocation.
    let example: [Call<Model.Action>]

    init(facts: RunFacts, key: KeyCase<Model>, found: SmallestContradiction<Model>) {
        self.facts = facts
        self.key = key
        before = found.model
        isRestarted = found.isRestarted
        pool = found.pool
        example = found.calls
    }

    var reads: [Call<Model.Action>] { example.filter { key.model.isRead($0.action) } }
    var changes: [Call<Model.Action>] { example.filter { !key.model.isRead($0.action) } }

    /// The call with which the example becomes a contradiction: the one that returned last.
    var culprit: Call<Model.Action>? {
        example.filter { $0.returned != nil }.max {
            ($0.returned ?? 0, $0.operation) < ($1.returned ?? 0, $1.operation)
        }
    }

    func isRead(_ call: Call<Model.Action>) -> Bool { key.model.isRead(call.action) }

    func name(_ call: Call<Model.Action>) -> String { facts.operations[call.operation].name }

    func names(_ calls: [Call<Model.Action>]) -> [String] { Set(calls.map(name)).sorted() }

    func record(_ call: Call<Model.Action>) -> OperationRecord { facts.operations[call.operation] }

    /// The last acknowledged change of the example that was over before `read` began, among those that
    /// `matches` accepts.
    func acknowledgedChange(
        before read: Call<Model.Action>, where matches: (Model.Action) -> Bool
    ) -> Call<Model.Action>? {
        changes.filter { $0.returned ?? .max < read.invoked && matches($0.action) }
            .max { ($0.returned ?? 0, $0.operation) < ($1.returned ?? 0, $1.operation) }
    }

    /// A change that a read of the example had shown before `read` began: the read and the change.
    func seenChange(
        before read: Call<Model.Action>, _ isShown: (_ change: Model.Action, _ by: Model.Action) -> Bool
    ) -> (change: Call<Model.Action>, seen: Call<Model.Action>)? {
        for seen in reads.reversed() where seen.returned ?? .max < read.invoked {
            let shown = key.calls.filter {
                !isRead($0) && $0.invoked <= seen.returned ?? .max && isShown($0.action, seen.action)
                    && !isReplaced($0, before: seen) { isShown($0, seen.action) }
            }
            let latest = shown.max {
                ($0.returned == nil ? 0 : 1, $0.invoked, $0.operation)
                    < ($1.returned == nil ? 0 : 1, $1.invoked, $1.operation)
            }
            if let latest { return (latest, seen) }
        }
        return nil
    }

    /// Whether another change was acknowledged after this one had returned and before `read` began.
    private func isReplaced(
        _ change: Call<Model.Action>, before read: Call<Model.Action>, isAlike: (Model.Action) -> Bool
    ) -> Bool {
        guard let returned = change.returned else { return false }
        return key.calls.contains {
            !isRead($0) && $0.invoked > returned && $0.returned ?? .max < read.invoked && !isAlike($0.action)
        }
    }

    /// A read that did not end before `read` and shows what `change` had done, where nothing but that change
    /// can have put it there: `read` is what was wrong, not the change lost.
    func shownAfterAll(
        _ change: Call<Model.Action>, despite read: Call<Model.Action>, isShown: (Model.Action) -> Bool,
        isAlike: (Model.Action) -> Bool
    ) -> Call<Model.Action>? {
        let later = key.calls.filter {
            isRead($0) && $0 != read && $0.returned ?? .max >= read.returned ?? .max
                && $0.invoked > change.invoked && isShown($0.action)
        }.sorted { ($0.invoked, $0.operation) > ($1.invoked, $1.operation) }
        return later.reversed().first { shown in
            !key.calls.contains { other in
                !isRead(other) && other != change && isAlike(other.action)
                    && other.returned ?? .max >= read.invoked && other.invoked <= shown.returned ?? .max
            }
        }
    }

    /// A refused change that was sent before `read` ended.
    func refused(
        before read: Call<Model.Action>, where matches: (Model.Action) -> Bool
    ) -> Call<Model.Action>? {
        key.refused.first { $0.invoked <= read.returned ?? .max && matches($0.action) }
    }

    /// Whether these calls contradict the model whatever the others of the pool did.
    ///
    /// `given` are the calls of the pool in whose place they stand: the same, unless something is tried.
    /// `others` take the pool's place, as far as they were sent before the last of `calls` returned.
    func isContradictory(
        _ calls: [Call<Model.Action>], besides given: [Call<Model.Action>]? = nil,
        among others: [Call<Model.Action>]? = nil
    ) -> Bool {
        let end = calls.compactMap(\.returned).max() ?? .max
        let pool = others.map { $0.filter { $0.invoked <= end } } ?? pool
        let positions = pool.indices.filter { position in
            (given ?? calls).contains {
                $0.operation == pool[position].operation && $0.action == pool[position].action
                    && $0.invoked == pool[position].invoked
            }
        }
        let decision = before.decide(
            calls + before.freed(pool, besides: positions), budget: Self.probeBudget, recordsOrder: false)
        return decision.verdict == .violated
    }

    /// The two calls, with all acknowledged calls like them of which each two contradict each other.
    func allAlike(_ pair: [Call<Model.Action>]) -> [Call<Model.Action>] {
        guard pair.count == 2, let first = pair.first else { return pair }
        var alike = pair
        let sent = Set(pool)
        let end = pool.map(\.invoked).max() ?? .max
        let others = pool + key.calls.filter { $0.invoked > end && !isRead($0) }
        for call in key.calls.sorted(by: { ($0.invoked, $0.operation) < ($1.invoked, $1.operation) })
        where call.action == first.action && call.returned != nil && sent.contains(call) {
            if alike.count >= Self.alikeLimit { break }
            guard !alike.contains(where: { $0.operation == call.operation }),
                alike.allSatisfy({ isContradictory([$0, call], among: others) })
            else { continue }
            alike.append(call)
        }
        return alike
    }

    /// Whether it begins where the other does, and was under way at the same time.
    func isBeside(_ other: Contradiction<Model>) -> Bool {
        isRestarted == other.isRestarted && before.initial == other.before.initial
            && example.contains { call in
                other.example.contains {
                    $0.invoked <= call.returned ?? .max && call.invoked <= $0.returned ?? .max
                }
            }
    }

    /// Whether the key is explained without these calls.
    func isExplained(without left: [Call<Model.Action>]) -> Bool {
        let rest = key.calls.filter { call in !left.contains(call) }
        let decision = key.model.decide(rest, budget: Self.probeBudget, recordsOrder: false)
        return decision.verdict == .linearizable
    }

    /// The states in which some order of these calls leaves `before`; `nil` where they are too many to try.
    func statesLeft(by calls: [Call<Model.Action>]) -> Set<Model.State>? {
        guard calls.count <= 6 else { return nil }
        var left: Set<Model.State> = []
        func extend(_ rest: [Call<Model.Action>], _ state: Model.State) {
            if rest.isEmpty { left.insert(state) }
            for (index, call) in rest.enumerated()
            where rest.allSatisfy({ $0.returned ?? .max >= call.invoked }) {
                guard let next = before.apply(call.action, to: state) else { continue }
                var others = rest
                others.remove(at: index)
                extend(others, next)
            }
        }
        extend(calls, before.initial)
        return left
    }

    /// A read through another replica that was answered differently, with no write under way from the first
    /// of the two to the last.
    func divergentReads() -> [Call<Model.Action>]? {
        guard let read = reads.last, let returned = read.returned else { return nil }
        let others = key.calls.filter {
            isRead($0) && $0.action != read.action && $0.returned != nil
                && record($0).replica != record(read).replica
        }.sorted { ($0.invoked, $0.operation) < ($1.invoked, $1.operation) }
        let other = others.first { other in
            facts.isQuiet(
                around: read.operation, from: min(other.invoked, read.invoked),
                to: max(other.returned ?? .max, returned))
        }
        return other.map { [read, $0].sorted { ($0.invoked, $0.operation) < ($1.invoked, $1.operation) } }
    }

    /// An accusation of `replica-divergence`, if the key at rest reads differently through different
    /// replicas.
    func divergence() -> Accusation? {
        guard let pair = divergentReads() else { return nil }
        let replicas = pair.compactMap { record($0).replica.map { "replica \($0)" } }
        var accusation = Accusation(
            .replicaDivergence,
            "With no write under way, \(Figures.list(replicas)) answer \(name(pair[0])) differently.",
            names: names(pair))
        accusation.whole = pair.map(\.operation)
        accusation.named = pair.map(\.operation)
        return accusation
    }

    /// An accusation of `refused-but-applied`, if a refused change explains what `read` shows.
    func refusedButApplied(
        by read: Call<Model.Action>, where matches: (Model.Action) -> Bool, _ shows: String
    ) -> Accusation? {
        guard let refused = refused(before: read, where: matches) else { return nil }
        var accusation = Accusation(
            .refusedButApplied, "A refused \(name(refused)) took effect all the same: \(shows).",
            names: [name(refused)])
        accusation.context = [refused.operation]
        accusation.named = [refused.operation, read.operation]
        accusation.remarks[refused.operation] = "refused"
        return accusation
    }

    /// Names the write of another client that overlapped the one that was lost.
    func overlap(with call: Call<Model.Action>, in accusation: inout Accusation) {
        guard let writer = facts.overlappingWrite(of: call.operation) else { return }
        let record = facts.operations[writer]
        accusation.context.append(writer)
        accusation.named.append(writer)
        accusation.remarks[writer] = "under way at the same time"
        accusation.title +=
            " A concurrent \(record.name) by client \(record.client) overlapped it."
    }
}

/// A value for a sentence: quoted, and cut where it is long.
func shown(_ value: Value) -> String {
    let text = JSON.text(value)
    return text.count <= 42 ? text : text.prefix(30) + "…" + text.suffix(8)
}
