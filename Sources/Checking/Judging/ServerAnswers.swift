// Findings about answers rather than effects: server errors under contention, and writes that were never
// answered though others were.

import Core
import Histories
import Scenarios

struct ServerAnswers {
    static let check = "answers"

    let facts: RunFacts
    /// Entities on which a safety violation was found, which explains such answers well enough.
    private let explainedEntities: Set<Int>
    /// Operations whose answer another finding is the cause of, such as a deadlock.
    private let explained: Set<Int>
    private let faults: FaultReach

    init(_ facts: RunFacts, explainedBy violations: [Violation]) {
        self.facts = facts
        let safety = violations.filter { $0.kind.severity == .safety }
        explainedEntities = Set(safety.flatMap(\.example).flatMap { facts.entities.entities(of: $0) })
        explained = violations.reduce(into: []) { $0.formUnion($1.explains) }
        faults = FaultReach(facts)
    }

    func violations() -> [Violation] { serverErrors() + unanswered() }

    /// Contended writes of the load that nothing else explains: no fault, no other finding, no database that
    /// was gone.
    private func candidates() -> [Int] {
        let absences = facts.databaseAbsences
        return facts.operations.indices.filter { index in
            guard facts.operations[index].phase == .load, facts.isWrite(index),
                facts.entities.isContended(index), !explained.contains(index)
            else { return false }
            let operation = facts.operations[index]
            let entities = facts.entities.entities(of: index)
            return explainedEntities.isDisjoint(with: entities)
                && !absences.contains {
                    $0.lowerBound <= operation.returned ?? .max && operation.invoked <= $0.upperBound
                } && !faults.troubled(operation, on: entities)
        }
    }

    private func serverErrors() -> [Violation] {
        struct Answer: Hashable {
            var operation: String
            var status: Int
        }
        var found: [Answer: [Int]] = [:]
        for index in candidates() {
            let operation = facts.operations[index]
            // A status that the scenario declares to be a refusal is an answer, not an error.
            let statuses = Set(
                operation.requests.filter { $0.outcome == .unknown }.compactMap(\.status)
                    .filter { (500...599).contains($0) })
            for status in statuses {
                found[Answer(operation: operation.name, status: status), default: []].append(index)
            }
        }
        return found.sorted { ($0.key.operation, $0.key.status) < ($1.key.operation, $1.key.status) }.map {
            answer, indexes in
            let all = loadCount(of: answer.operation)
            let first = indexes[0]
            return Violation(
                kind: .conflictAs5xx, check: Self.check, key: answer.operation,
                round: facts.operations[first].round,
                title:
                    "\(indexes.count) of \(all) \(answer.operation) \(Self.were(indexes.count)) answered "
                    + "\(answer.status) under contention.",
                names: [answer.operation, "\(answer.status)"],
                example: facts.inOrder([first] + [overlapping(first)].compactMap(\.self)),
                account: Self.remarks(on: indexes.flatMap { facts.operations[$0].requests }),
                closing: facts.scenario.models.isEmpty && facts.scenario.invariants.isEmpty
                    ? "Whether anything was lost is not known: the scenario has no model."
                    : "No invariant was broken there: the conflict was reported as a server error.",
                count: indexes.count, judged: all)
        }
    }

    /// What it was contended by: a write where there was one.
    private func overlapping(_ operation: Int) -> Int? {
        if let write = facts.overlappingWrite(of: operation) { return write }
        let mine = facts.operations[operation]
        return facts.entities.neighbours(of: operation).first { other in
            let record = facts.operations[other]
            return other != operation && record.phase == .load
                && record.invoked <= mine.returned ?? .max && mine.invoked <= record.returned ?? .max
        }
    }

    private static func were(_ count: Int) -> String { count == 1 ? "was" : "were" }

    /// What the database's own words in the answers mean.
    private static func remarks(on requests: [RequestRecord]) -> [String] {
        let refusals = requests.compactMap(\.refusal)
        return DatabaseRefusal.allCases.compactMap { refusal in
            let count = refusals.filter { $0 == refusal }.count
            return count == 0 ? nil : "\(count): \(refusal.remark)."
        }
    }

    /// Writes that ran into their timeout while others on the same entity were answered.
    private func unanswered() -> [Violation] {
        let stuck = candidates().compactMap { index in answeredMeanwhile(index).map { (index, $0) } }
        let byName = Dictionary(grouping: stuck) { facts.operations[$0.0].name }
        return byName.sorted { $0.key < $1.key }.map { name, pairs in
            let all = loadCount(of: name)
            let (first, other) = pairs[0]
            return Violation(
                kind: .starvation, check: Self.check, key: name, round: facts.operations[first].round,
                title:
                    "\(pairs.count) of \(all) \(name) \(Self.were(pairs.count)) never answered "
                    + "while others on the same key were.",
                names: [name], example: [first, other],
                closing: "Others on the same key began later and were answered meanwhile.",
                count: pairs.count, judged: all)
        }
    }

    /// For a write that ran into its timeout: one on the same key that began later and was answered before.
    private func answeredMeanwhile(_ index: Int) -> Int? {
        let operation = facts.operations[index]
        guard operation.outcome == .unknown, operation.requests.last?.failure == .timeout else { return nil }
        return facts.entities.neighbours(of: index).first { other in
            let record = facts.operations[other]
            guard other != index, let returned = record.returned, record.outcome != .unknown else {
                return false
            }
            return record.phase == .load && record.invoked >= operation.invoked
                && returned <= operation.returned ?? .max
        }
    }

    private func loadCount(of name: String) -> Int {
        facts.operations.filter { $0.phase == .load && $0.name == name }.count
    }
}
