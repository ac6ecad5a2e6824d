// A smallest example with what surrounds it: what a model needs to say which kind of wrong it is.

import History

/// The calls of one key (of one element, where a set is judged by elements), ready to be decided.
struct KeyCase<Model: SequentialModel>: Sendable {
    var key: String
    /// The element, as text.
    var element: String?
    var model: Model
    var calls: [Call<Model.Action>]
    var refused: [Call<Model.Action>] = []
}

/// A model that can tell its own contradictions.
protocol AccusingModel: SequentialModel {
    func accuse(_ contradiction: Contradiction<Self>) -> Accusation
    /// What a read showed, for the story: `shows active`.
    func remark(on action: Action) -> String?
    /// What is said of the state before the example, when earlier operations are left out.
    func opening(_ state: State) -> String?
}

struct Contradiction<Model: SequentialModel>: Sendable {
    let facts: RunFacts
    let key: KeyCase<Model>
    /// In order of invocation.
    let example: [Call<Model.Action>]

    var reads: [Call<Model.Action>] { example.filter { key.model.isRead($0.action) } }
    var changes: [Call<Model.Action>] { example.filter { !key.model.isRead($0.action) } }

    func name(_ call: Call<Model.Action>) -> String { facts.operations[call.operation].name }

    func names(_ calls: [Call<Model.Action>]) -> [String] { Set(calls.map(name)).sorted() }

    func record(_ call: Call<Model.Action>) -> OperationRecord { facts.operations[call.operation] }

    /// The last acknowledged change of the example that was over before `read` began, among those that
    /// `matches` accepts.
    func acknowledgedChange(
        before read: Call<Model.Action>, where matches: (Model.Action) -> Bool = { _ in true }
    ) -> Call<Model.Action>? {
        changes.filter { $0.returned ?? .max < read.invoked && matches($0.action) }
            .max { ($0.returned ?? 0, $0.operation) < ($1.returned ?? 0, $1.operation) }
    }

    /// Whether a read that began after `read` had ended was answered as `matches` says.
    func isSeen(after read: Call<Model.Action>, where matches: (Model.Action) -> Bool) -> Bool {
        key.calls.contains {
            key.model.isRead($0.action) && $0.invoked > read.returned ?? .max && matches($0.action)
        }
    }

    /// Whether any call that happened or may have, or a refused one, is as `matches` says.
    func anyCall(where matches: (Model.Action) -> Bool) -> Bool {
        key.calls.contains { matches($0.action) }
    }

    func refused(where matches: (Model.Action) -> Bool) -> Call<Model.Action>? {
        key.refused.first { matches($0.action) }
    }

    /// Reads of a key at rest that were answered differently by different replicas.
    func divergentReads() -> [Call<Model.Action>]? {
        guard let read = reads.last, let rest = facts.quiescence(around: read.operation) else { return nil }
        let quiet = key.calls.filter { key.model.isRead($0.action) && $0.invoked > rest }
        guard let first = quiet.first(where: { $0.operation == read.operation }) else { return nil }
        let other = quiet.first {
            $0.action != first.action && record($0).replica != record(first).replica
        }
        return other.map { [first, $0].sorted { ($0.invoked, $0.operation) < ($1.invoked, $1.operation) } }
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
        accusation.context = pair.map(\.operation)
        return accusation
    }

    /// An accusation of `refused-but-applied`, if a refused change explains what a read `shows`.
    func refusedButApplied(where matches: (Model.Action) -> Bool, _ shows: String) -> Accusation? {
        guard let refused = refused(where: matches) else { return nil }
        var accusation = Accusation(
            .refusedButApplied, "A refused \(name(refused)) took effect all the same: \(shows).",
            names: [name(refused)])
        accusation.context = [refused.operation]
        accusation.remarks[refused.operation] = "refused"
        return accusation
    }

    /// Names the write of another client that overlapped the one that was lost.
    func overlap(with call: Call<Model.Action>, in accusation: inout Accusation) {
        guard let writer = facts.overlappingWrite(of: call.operation) else { return }
        let record = facts.operations[writer]
        accusation.context.append(writer)
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
