// What must be true of a history before anything can be concluded from it.

import Core
import Histories
import Scenarios

enum Assumptions {
    /// A client sends its next operation only when the last has ended: otherwise the recorded intervals are
    /// not to be believed, and no order follows from them.
    static func clients(_ facts: RunFacts) -> Check {
        var latest: [Int: Int] = [:]
        var first: (client: Int, earlier: Int, later: Int)?
        for index in facts.inOrder(facts.operations.indices) {
            let client = facts.operations[index].client
            guard let earlier = latest.updateValue(index, forKey: client), client < first?.client ?? .max,
                facts.operations[earlier].returned ?? .max > facts.operations[index].invoked
            else { continue }
            first = (client, earlier, index)
        }
        guard let first else {
            return Check(
                kind: .assumption, name: "clients take turns", verdict: .pass,
                explanation: "no client has two operations open at once")
        }
        return Check(
            kind: .assumption, name: "clients take turns", verdict: .unknown,
            explanation:
                "client \(first.client) has operations \(facts.operations[first.earlier].id) and "
                + "\(facts.operations[first.later].id) open at once; the history cannot be judged")
    }

    /// Operations that a model or invariant names and the scenario does not define.
    static func undefined(_ names: Set<String>, _ facts: RunFacts) -> [String] {
        names.filter { facts.declaration($0) == nil }.sorted()
    }

    static func undefined(_ check: String, _ names: [String]) -> Check {
        Check(
            kind: .assumption, name: "operations of \(check)", verdict: .unknown,
            explanation: "\(Figures.list(names)) not defined in the scenario")
    }

    static func initialState(_ model: String, contradicted keys: [String], of all: Int) -> Check {
        Check(
            kind: .assumption, name: "initial state of \(model)", verdict: .unknown,
            explanation:
                "on \(keys.count) of \(Figures.count(all, "key")) the first read, before any write, "
                + "is not the declared initial state, for instance \(keys.min() ?? "")",
            keys: keys.count)
    }
}

extension Invariant {
    /// The operations it names.
    var operations: Set<String> {
        switch kind {
        case .always(let condition), .finally(let condition): Set(condition.sides.flatMap(\.operations))
        case .unique(let operation, _, _), .same(let operation, _, _), .progress(let operation, _, _):
            [operation]
        }
    }
}
