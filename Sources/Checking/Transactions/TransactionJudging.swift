// Judges transactions: anomalies of single reads first, then cycles of dependencies, the smallest for each
// kind.

public import Scenarios

/// What came of judging transactions.
public struct TransactionJudgement: Sendable {
    /// Graver ones first; one for each kind.
    public var anomalies: [TransactionAnomaly]
    public var transactions: Int
    /// Edges of the dependency graph.
    public var edges: Int
    /// Two writes of one value to one key, by their transactions: nothing can be told then.
    public var repeated: (first: Int, second: Int)?
}

/// Judges transactions for a level of isolation (Kingsbury & Alvaro, "Elle", VLDB 2020).
///
/// Deterministic; near-linear where nothing is wrong.
public func judgeTransactions(
    _ history: TransactionHistory, _ isolation: Isolation = .strictSerializable
) -> TransactionJudgement {
    let versions = VersionOrder(history)
    if let twice = versions.writes.twice {
        return TransactionJudgement(
            anomalies: [], transactions: history.count, edges: 0,
            repeated: (Int(twice.first.transaction), Int(twice.second.transaction)))
    }
    let graph = DependencyGraph(history, versions, isTimed: isolation == .strictSerializable)
    // Where only what is committed must be read, it may change between two reads.
    var anomalies = direct(versions).filter { isolation != .readCommitted || $0.kind != .internal }
    anomalies += CycleSearch(history, graph, isolation).run()
    let order = TransactionAnomaly.Kind.allCases
    anomalies.sort {
        let left = (order.firstIndex(of: $0.kind) ?? 0, $0.order?.rawValue ?? 0)
        let right = (order.firstIndex(of: $1.kind) ?? 0, $1.order?.rawValue ?? 0)
        return left < right
    }
    return TransactionJudgement(anomalies: anomalies, transactions: history.count, edges: graph.edges)
}

/// The first of each kind, with how many there are.
private func direct(_ versions: VersionOrder) -> [TransactionAnomaly] {
    TransactionAnomaly.Kind.allCases.compactMap { kind in
        versions.anomalies.first { $0.kind == kind }.map {
            TransactionAnomaly(
                kind: kind, order: nil, transactions: $0.transactions, reasons: [$0.sentence],
                count: versions.counts[kind] ?? 1)
        }
    }
}
