// Which operation a backend or a statement belongs to: surely, by its trace; probably, by replica and time.

import Histories

/// Leads from what the database saw to what clients did; indexes are made when they are first asked for.
final class Attribution {
    /// What a statement was run for.
    enum Culprit: Hashable {
        /// By its trace.
        case certain(Int)
        /// By time: the only write that was under way there, or the only one that was answered like a victim.
        case probable(Int)
        /// Several writes of one name were under way there, so many.
        case oneOf(name: String, count: Int)

        var operation: Int? {
            switch self {
            case .certain(let index), .probable(let index): index
            case .oneOf: nil
            }
        }
    }

    private let facts: RunFacts
    private lazy var replicaOf = Dictionary(grouping: facts.observations.backends, by: \.backend)
    private lazy var indexOf = Dictionary(
        facts.operations.indices.map { (facts.operations[$0].id, $0) }
    ) { first, _ in first }
    /// Writes that returned, in order of invocation, the longest of them, and writes that never returned.
    private lazy var writes = facts.operations.indices.filter {
        facts.isWrite($0) && facts.operations[$0].returned != nil
    }
    private lazy var longest =
        writes.map { (facts.operations[$0].returned ?? 0) - facts.operations[$0].invoked }.max() ?? 0
    private lazy var open = facts.operations.indices.filter {
        facts.isWrite($0) && facts.operations[$0].returned == nil
    }

    init(_ facts: RunFacts) { self.facts = facts }

    /// The replica that a backend served at that time.
    func replica(of backend: Int, at time: Int64) -> Int? {
        let records = replicaOf[backend] ?? []
        return (records.last { $0.time <= time } ?? records.first)?.replica
    }

    func culprit(of statement: String, backend: Int, at time: Int64) -> Culprit? {
        if let trace = RequestTrace(in: statement), trace.seed == facts.seed,
            let index = indexOf[trace.operation]
        {
            return .certain(index)
        }
        let underWay = underWay(on: replica(of: backend, at: time), at: time, slack: 0)
        if underWay.count == 1 { return .probable(underWay[0]) }
        let names = Set(underWay.map { facts.operations[$0].name })
        guard let name = names.first, names.count == 1 else { return nil }
        return .oneOf(name: name, count: underWay.count)
    }

    /// Writes that a replica, or any where it is not known, was busy with at that time, give or take `slack`.
    func underWay(on replica: Int?, at time: Int64, slack: Int64) -> [Int] {
        let first = writes.prefixCount { facts.operations[$0].invoked < time - slack - longest }
        let last = writes.prefixCount { facts.operations[$0].invoked <= time + slack }
        return (writes[first..<last] + open).filter { index in
            let operation = facts.operations[index]
            guard operation.invoked <= time + slack, operation.returned ?? .max >= time - slack else {
                return false
            }
            return operation.requests.contains {
                $0.sent <= time + slack && $0.received ?? .max >= time - slack
                    && (replica == nil || $0.replica == replica)
            }
        }
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
