// Which operation a backend or a statement belongs to: surely, by its trace; probably, by replica and time.

import History

/// Leads from what the database saw to what clients did.
struct Attribution {
    /// An operation that a statement was run for.
    struct Culprit: Hashable {
        var operation: Int
        /// By its trace; otherwise it was the only one under way there.
        var isCertain: Bool
    }

    private let facts: RunFacts
    private let replicaOf: [Int: [BackendRecord]]
    private let indexOf: [Int: Int]

    init(_ facts: RunFacts) {
        self.facts = facts
        replicaOf = Dictionary(grouping: facts.observations.backends, by: \.backend)
        indexOf = Dictionary(facts.operations.enumerated().map { ($0.element.id, $0.offset) }) { first, _ in
            first
        }
    }

    /// The replica that a backend served at that time.
    func replica(of backend: Int, at time: Int64) -> Int? {
        let records = replicaOf[backend] ?? []
        return (records.last { $0.time <= time } ?? records.first)?.replica
    }

    func culprit(of statement: String, backend: Int, at time: Int64) -> Culprit? {
        if let trace = RequestTrace(in: statement), trace.seed == facts.seed,
            let index = indexOf[trace.operation]
        {
            return Culprit(operation: index, isCertain: true)
        }
        let replica = replica(of: backend, at: time)
        let underWay = facts.operations.indices.filter { index in
            let operation = facts.operations[index]
            guard operation.invoked <= time, operation.returned ?? .max >= time, facts.isWrite(operation)
            else {
                return false
            }
            return operation.requests.contains {
                $0.sent <= time && $0.received ?? .max >= time && (replica == nil || $0.replica == replica)
            }
        }
        guard underWay.count == 1, let only = underWay.first else { return nil }
        return Culprit(operation: only, isCertain: false)
    }
}

/// A statement without its comments and on one line.
public func plainStatement(_ statement: String) -> String {
    statement.replacing(/\/\*.*?\*\//.dotMatchesNewlines(), with: "")
        .split(whereSeparator: \.isWhitespace).joined(separator: " ")
}

/// A statement as its shape: numbers and texts in it do not matter.
public func statementShape(_ statement: String) -> String {
    plainStatement(statement).replacing(/'[^']*'|\b\d+\b/, with: "?")
}
