// Looks for the cycles that tell most: fewest transactions, then fewest anti-dependencies.

import Scenarios

/// Cycles of a dependency graph that a level of isolation forbids, one for each kind.
struct CycleSearch {
    /// Nodes of a component from which a shortest cycle is sought; in larger ones it may not be the very
    /// shortest.
    static let startLimit = 256
    /// Nodes that all these searches together may visit, and neighbours that may be looked at for pairs; each
    /// component is searched from one node at least.
    static let visitLimit = 20_000_000
    static let pairLimit = 4096

    private let history: TransactionHistory
    private let isolation: Isolation
    private var graph: DependencyGraph
    private let evidence: TransactionEvidence
    private var found: [String: TransactionAnomaly] = [:]
    private var visits = 0
    private var compared = 0
    /// Pairs found, as many as there is a limit for, and what ties them.
    private var pairs: [(first: Int32, second: Int32, edges: Set<Dependency>)] = []

    init(_ history: TransactionHistory, _ graph: DependencyGraph, _ isolation: Isolation) {
        self.history = history
        self.isolation = isolation
        self.graph = graph
        evidence = TransactionEvidence(history: history)
    }

    /// Ever more kinds of edges, so that a cycle is named by the strongest level that it breaks.
    private static let projections: [Set<Dependency>] = [
        [.ww], [.ww, .wr], [.ww, .wr, .rw], [.ww, .wr, .rw, .process], Set(Dependency.allCases),
    ]

    consuming func run() -> [TransactionAnomaly] {
        let forbidden = isolation.dependencies
        let all = graph.components(of: nil, over: forbidden).filter(hasTransactions)
        guard !all.isEmpty else { return [] }
        var isMember = Array(repeating: false, count: graph.nodes)
        for component in all { for node in component { isMember[Int(node)] = true } }
        findPairs(isMember)
        let isSnapshot = isolation == .snapshotIsolation
        if isSnapshot { graph = graph.withoutAdjacentAntidependencies() }
        for projection in Self.projections where projection.isSubset(of: forbidden) {
            let components = graph.components(of: isSnapshot ? nil : isMember, over: projection)
            for component in components.filter(hasTransactions) {
                findShortest(in: component, projection)
            }
        }
        return found.values.sorted { $0.name < $1.name }
    }

    private func hasTransactions(_ component: [Int32]) -> Bool {
        component.filter { $0 < graph.transactions }.count > 1
    }

    // MARK: - Pairs

    /// Two transactions that must each come before the other: no smaller story can be told.
    private mutating func findPairs(_ isMember: [Bool]) {
        for first in 0..<graph.transactions where isMember[first] {
            let next = successors(of: first)
            compared += next.count
            if compared > Self.visitLimit { return }
            for (second, kind) in next where isMember[second] {
                guard let back = backEdge(from: second, to: first), isForbidden(first, kind, second, back)
                else { continue }
                // Seen from both sides, the pair counts once.
                if first > second, back != .process, back != .realtime { continue }
                if pairs.count < Self.pairLimit {
                    pairs.append((Int32(first), Int32(second), [kind, back]))
                }
                note([first, second], [kind, back])
            }
        }
    }

    /// Under snapshot isolation two anti-dependencies may follow each other, but for a lost update, whose
    /// writes come one after the other in either order.
    private func isForbidden(_ first: Int, _ kind: Dependency, _ second: Int, _ back: Dependency) -> Bool {
        guard isolation.dependencies.isSuperset(of: [kind, back]) else { return false }
        return isolation != .snapshotIsolation || kind != .rw || back != .rw
            || evidence.isLostUpdate(first, second)
    }

    /// Dependencies between transactions, through the nodes between.
    private func successors(of node: Int) -> [(Int, Dependency)] {
        graph.row(node).flatMap { edge -> [(Int, Dependency)] in
            let kind = graph.labels[edge]
            let target = Int(graph.targets[edge])
            if kind == .process || kind == .realtime { return [] }
            if target < graph.transactions { return [(target, kind)] }
            return graph.row(target).map { (Int(graph.targets[$0]), kind) }.filter { $0.0 != node }
        }
    }

    private func backEdge(from node: Int, to target: Int) -> Dependency? {
        let direct = successors(of: node).filter { $0.0 == target }.map(\.1)
        if let best = direct.min(by: { $0.rawValue < $1.rawValue }) { return best }
        if history.isInProcess(node, before: target) { return .process }
        return history.returned[node] < history.invoked[target] ? .realtime : nil
    }

    // MARK: - Longer cycles

    private struct Step {
        /// Transactions so far in the high bits, anti-dependencies in the low ones.
        var cost: Int
        var node: Int32
    }

    private mutating func findShortest(in component: [Int32], _ projection: Set<Dependency>) {
        var isMember: [Int32: Bool] = [:]
        for node in component { isMember[node] = true }
        let members = Set(component.filter { $0 < graph.transactions }.map(transaction))
        let isTold = pairs.contains {
            members.contains(Int($0.first)) && members.contains(Int($0.second))
                && $0.edges.isSubset(of: projection)
        }
        if isTold { return }
        var best: (cost: Int, path: [(node: Int32, edge: Dependency)])?
        let starts = component.filter { $0 < graph.transactions }.prefix(Self.startLimit)
        for start in starts where best == nil || visits < Self.visitLimit {
            if let cycle = shortestCycle(through: start, isMember, projection),
                cycle.cost < best?.cost ?? .max
            {
                best = cycle
                if cycle.path.count == 2 { break }
            }
        }
        guard let best else { return }
        var transactions: [Int] = []
        var edges: [Dependency] = []
        // Edges into and out of auxiliary nodes are one dependency, named by the first.
        for step in best.path {
            if step.node < graph.transactions {
                transactions.append(transaction(step.node))
                edges.append(step.edge)
            }
        }
        if transactions.count > 1 { note(transactions, edges) }
    }

    /// Which transaction a node stands for; there may be more than one for each.
    private func transaction(_ node: Int32) -> Int { Int(node) % history.count }

    /// Dijkstra over a component, from a transaction back to itself; a path is given by its nodes and the
    /// edges that leave them.
    private mutating func shortestCycle(
        through start: Int32, _ isMember: [Int32: Bool], _ projection: Set<Dependency>
    ) -> (cost: Int, path: [(node: Int32, edge: Dependency)])? {
        var cost: [Int32: Int] = [:]
        var previous: [Int32: (node: Int32, edge: Dependency)] = [:]
        var buckets: [Int: [Int32]] = [0: [start]]
        var pending: [Int] = [0]
        while let lowest = pending.min() {
            guard var bucket = buckets[lowest], let node = bucket.popLast() else {
                buckets[lowest] = nil
                pending.removeAll { $0 == lowest }
                continue
            }
            buckets[lowest] = bucket
            if node == start, lowest > 0 { return (lowest, path(to: start, previous)) }
            if node != start, cost[node] ?? .max < lowest { continue }
            visits += 1
            for edge in graph.row(Int(node)) {
                let target = graph.targets[edge]
                let kind = graph.labels[edge]
                guard projection.contains(kind), isMember[target] ?? false else { continue }
                // An auxiliary node is left for free: its dependency was paid for on the way in.
                let price =
                    (target < graph.transactions ? 1 << 20 : 0)
                    + (kind == .rw && node < graph.transactions ? 1 : 0)
                let reached = lowest + price
                // Back by an auxiliary node alone is no cycle.
                if target == start, lowest < 1 << 20 { continue }
                guard reached < cost[target] ?? .max else { continue }
                cost[target] = reached
                previous[target] = (node, kind)
                if buckets[reached] == nil { pending.append(reached) }
                buckets[reached, default: []].append(target)
            }
        }
        return nil
    }

    private func path(
        to start: Int32, _ previous: [Int32: (node: Int32, edge: Dependency)]
    ) -> [(node: Int32, edge: Dependency)] {
        var path: [(node: Int32, edge: Dependency)] = []
        var node = start
        repeat {
            guard let step = previous[node] else { return path.reversed() }
            path.append(step)
            node = step.node
        } while node != start
        return path.reversed()
    }

    // MARK: - Naming

    private mutating func note(_ transactions: [Int], _ edges: [Dependency]) {
        // What a process did later is no matter of time alone.
        let edges = edges.indices.map { index in
            let next = transactions[(index + 1) % transactions.count]
            let isOneProcess = history.processes[transactions[index]] == history.processes[next]
            return edges[index] == .realtime && isOneProcess ? .process : edges[index]
        }
        let order: Dependency? =
            edges.contains(.realtime) ? .realtime : edges.contains(.process) ? .process : nil
        var kind = TransactionAnomaly.kind(of: edges)
        if transactions.count == 2, order == nil, edges.contains(.rw),
            evidence.isLostUpdate(transactions[0], transactions[1])
        {
            kind = .lostUpdate
        }
        let name = TransactionAnomaly.name(kind, order)
        let count = (found[name]?.count ?? 0) + 1
        if let known = found[name], known.transactions.count <= transactions.count {
            found[name]?.count = count
            return
        }
        // Reasons are looked for in all transactions, so only for what will be told.
        let reasons = transactions.indices.map {
            let next = transactions[($0 + 1) % transactions.count]
            return evidence.reason(transactions[$0], edges[$0], next) ?? ""
        }
        let first =
            transactions.indices.min { history.invoked[transactions[$0]] < history.invoked[transactions[$1]] }
            ?? 0
        func turned<Element>(_ list: [Element]) -> [Element] { Array(list[first...] + list[..<first]) }
        found[name] = TransactionAnomaly(
            kind: kind, order: order, transactions: turned(transactions), edges: turned(edges),
            reasons: turned(reasons), count: count)
    }
}

extension Isolation {
    /// Of which no cycle may be made.
    fileprivate var dependencies: Set<Dependency> {
        switch self {
        case .strictSerializable: Set(Dependency.allCases)
        case .serializable, .snapshotIsolation: [.ww, .wr, .rw]
        case .readCommitted: [.ww, .wr]
        }
    }
}
