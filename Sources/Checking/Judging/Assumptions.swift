// What must be true of a history before anything can be concluded from it.

import Core
import Histories
import Scenarios

enum Assumptions {
    /// A client sends its next operation only when the last has ended: otherwise the recorded intervals are
    /// not to be believed, and no order follows from them.
    static func clients(_ facts: RunFacts) -> Check {
        let byClient = Dictionary(grouping: facts.operations.indices) { facts.operations[$0].client }
        for client in byClient.keys.sorted() {
            let ordered = facts.inOrder(byClient[client] ?? [])
            for (earlier, later) in zip(ordered, ordered.dropFirst())
            where facts.operations[earlier].returned ?? .max > facts.operations[later].invoked {
                return Check(
                    kind: .assumption, name: "clients take turns", verdict: .unknown,
                    explanation:
                        "client \(client) has operations \(facts.operations[earlier].id) and "
                        + "\(facts.operations[later].id) open at once; the history cannot be judged")
            }
        }
        return Check(
            kind: .assumption, name: "clients take turns", verdict: .pass,
            explanation: "no client has two operations open at once")
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
        case .always(let comparison), .finally(let comparison):
            comparison.left.operations.union(comparison.right.operations)
        case .unique(let operation, _, _), .progress(let operation, _, _): [operation]
        }
    }
}
