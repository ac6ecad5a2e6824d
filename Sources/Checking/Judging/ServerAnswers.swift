// Findings about answers rather than effects: server errors under contention, and writes that were never
// answered though others were.

import History
import Scenario

struct ServerAnswers {
    static let check = "answers"

    let facts: RunFacts
    /// Entities on which a safety violation was found, which explains such answers well enough.
    private let explainedEntities: Set<Int>

    init(_ facts: RunFacts, explainedBy violations: [Violation]) {
        self.facts = facts
        let safety = violations.filter { $0.kind.severity == .safety }
        explainedEntities = Set(safety.flatMap(\.example).flatMap { facts.entities.entities[$0] })
    }

    func violations() -> [Violation] { serverErrors() + unanswered() }

    /// Contended writes of the load, outside faults, that nothing else explains.
    private func candidates() -> [Int] {
        facts.operations.indices.filter { index in
            let operation = facts.operations[index]
            return operation.phase == .load && facts.isWrite(operation)
                && facts.entities.contended.contains(index)
                && explainedEntities.isDisjoint(with: facts.entities.entities[index])
                && !facts.metFault(operation)
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
            var example = [first]
            if let other = facts.overlappingWrite(of: first) { example.append(other) }
            var violation = Violation(
                kind: .conflictAs5xx, check: Self.check, key: answer.operation,
                round: facts.operations[first].round,
                title:
                    "\(indexes.count) of \(all) \(answer.operation) were answered "
                    + "\(answer.status) under contention.",
                names: [answer.operation, "\(answer.status)"],
                example: example.sorted {
                    (facts.operations[$0].invoked, $0) < (facts.operations[$1].invoked, $1)
                })
            violation.account = Self.remarks(on: indexes.flatMap { facts.operations[$0].requests })
            violation.closing = "No invariant was broken there: the conflict was reported as a server error."
            violation.count = indexes.count
            violation.judged = all
            return violation
        }
    }

    /// What SQLite's codes in the answers mean.
    private static func remarks(on requests: [RequestRecord]) -> [String] {
        let kinds = requests.compactMap { SQLiteConflict.kind(of: $0) }
        func remark(_ kind: SQLiteConflict.Kind, _ words: String) -> String? {
            let count = kinds.filter { $0 == kind }.count
            return count == 0 ? nil : "\(count): \(words)."
        }
        return [
            remark(.staleSnapshot, "SQLite's snapshot was stale (517): only a rollback and a new start help"),
            remark(.upgradeDeadlock, "SQLite refused an upgrade to writing at once (5 after about 0 ms)"),
            remark(.contention, "SQLite's lock was not free within the busy timeout (5)"),
        ].compactMap(\.self)
    }

    /// Writes that ran into their timeout while others on the same entity were answered.
    private func unanswered() -> [Violation] {
        let stuck = candidates().filter { index in
            let operation = facts.operations[index]
            guard operation.outcome == .unknown, operation.requests.last?.failure == .timeout else {
                return false
            }
            return facts.entities.neighbours(of: index).contains { other in
                let record = facts.operations[other]
                guard other != index, let returned = record.returned, record.outcome != .unknown else {
                    return false
                }
                return record.phase == .load && record.invoked >= operation.invoked
                    && returned <= operation.returned ?? .max
            }
        }
        let byName = Dictionary(grouping: stuck) { facts.operations[$0].name }
        return byName.sorted { $0.key < $1.key }.map { name, indexes in
            let all = loadCount(of: name)
            var violation = Violation(
                kind: .starvation, check: Self.check, key: name, round: facts.operations[indexes[0]].round,
                title:
                    "\(indexes.count) of \(all) \(name) were never answered "
                    + "while others on the same key were.",
                names: [name], example: [indexes[0]],
                closing: "Others on the same key began later and were answered meanwhile.")
            violation.count = indexes.count
            violation.judged = all
            return violation
        }
    }

    private func loadCount(of name: String) -> Int {
        facts.operations.filter { $0.phase == .load && $0.name == name }.count
    }
}
