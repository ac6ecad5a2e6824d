// Transactions that had read and were refused at once when they wanted to write: deadlocks that an engine
// with one lock does not wait for.

import Core
import Histories

struct UpgradeDeadlockJudging {
    let facts: RunFacts

    func violations() -> [Violation] {
        let hit = facts.operations.indices.filter { index in
            facts.operations[index].phase == .load
                && facts.operations[index].requests.indices.contains {
                    facts.operations[index].requests[$0].excerpt != nil
                        && facts.operations[index].requests[$0].refusal == .upgradeDeadlock
                }
        }
        let logged = facts.observations.conflicts.filter { $0.refusal == .upgradeDeadlock }
            .reduce(0) { $0 + $1.count }
        guard let first = hit.first ?? nil, max(hit.count, logged) > 0 else {
            return logged > 0 ? [violation(nil, [], logged)] : []
        }
        return [violation(first, hit, logged)]
    }

    private func violation(_ first: Int?, _ hit: [Int], _ logged: Int) -> Violation {
        let names = Set(hit.map { facts.operations[$0].name }).sorted()
        let count = max(hit.count, logged)
        var example: [Int] = []
        if let first { example = [first] + [facts.overlappingWrite(of: first)].compactMap(\.self) }
        return Violation(
            kind: .deadlock, check: DeadlockJudging.check, key: "database",
            round: first.flatMap { facts.operations[$0].round },
            title:
                "\(Figures.count(count, "transaction")) "
                + (names.isEmpty ? "" : "of \(Figures.list(names)) ")
                + "ran into \(UpgradeDeadlockWords.name): refused at once, not after waiting.",
            names: names.isEmpty ? ["log"] : names,
            example: facts.inOrder(example),
            account: [
                UpgradeDeadlockWords.reason, "Answers show \(hit.count), the replicas' logs \(logged).",
            ], closing: UpgradeDeadlockWords.cure, explains: Set(hit), count: count, judged: 0)
    }
}
