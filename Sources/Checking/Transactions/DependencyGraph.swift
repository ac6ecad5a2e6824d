// Which transaction must come before which, and why: one compact graph.

/// Why one transaction comes before another (Adya 1999; the last two as in Elle).
public enum Dependency: UInt8, Sendable, Hashable, CaseIterable {
    /// It wrote the version that the other overwrote.
    case ww
    /// It wrote the version that the other read.
    case wr
    /// It read the version that the other overwrote.
    case rw
    /// The same process ran it before.
    case process
    /// It returned before the other was invoked.
    case realtime
}

/// Edges in compressed sparse rows; nodes from `transactions` on are auxiliary and stand for no transaction.
struct DependencyGraph {
    let transactions: Int
    private(set) var nodes: Int
    private var from: [Int32] = []
    private var to: [Int32] = []
    private var kinds: [Dependency] = []
    private(set) var starts: [Int32] = []
    private(set) var targets: [Int32] = []
    private(set) var labels: [Dependency] = []

    init(transactions: Int, expectedEdges: Int) {
        self.transactions = transactions
        nodes = transactions
        from.reserveCapacity(expectedEdges)
        to.reserveCapacity(expectedEdges)
        kinds.reserveCapacity(expectedEdges)
    }

    var edges: Int { targets.count }

    mutating func addNode() -> Int32 {
        nodes += 1
        return Int32(nodes - 1)
    }

    mutating func add(_ source: Int32, _ target: Int32, _ kind: Dependency) {
        guard source != target else { return }
        from.append(source)
        to.append(target)
        kinds.append(kind)
    }

    /// Sorts the edges into rows; none can be added afterwards.
    mutating func finish() {
        starts = Array(repeating: 0, count: nodes + 1)
        for source in from { starts[Int(source) + 1] += 1 }
        for node in 0..<nodes { starts[node + 1] += starts[node] }
        var next = starts
        targets = Array(repeating: 0, count: from.count)
        labels = Array(repeating: .ww, count: from.count)
        for edge in from.indices {
            let place = Int(next[Int(from[edge])])
            next[Int(from[edge])] += 1
            targets[place] = to[edge]
            labels[place] = kinds[edge]
        }
        from = []
        to = []
        kinds = []
    }

    /// The same dependencies over pairs of a node and whether an anti-dependency led to it, from which none
    /// leads on: a cycle has no two of them in a row.
    ///
    /// Node n with the first truth value stands for transaction n, node `transactions` + n with the other.
    func withoutAdjacentAntidependencies() -> DependencyGraph {
        let auxiliary = nodes - transactions
        var graph = DependencyGraph(transactions: 2 * transactions, expectedEdges: 2 * edges)
        graph.nodes += 2 * auxiliary
        func number(_ node: Int, _ isAfter: Bool) -> Int32 {
            node < transactions
                ? Int32(node + (isAfter ? transactions : 0))
                : Int32(transactions + node + (isAfter ? auxiliary : 0))
        }
        for source in 0..<nodes {
            for edge in row(source) {
                let (target, kind) = (Int(targets[edge]), labels[edge])
                for isAfter in [false, true] {
                    // Into and out of an auxiliary node leads one dependency.
                    let leads = source < transactions ? kind == .rw : isAfter
                    if source < transactions, leads, isAfter { continue }
                    graph.add(number(source, isAfter), number(target, leads), kind)
                }
            }
        }
        graph.finish()
        return graph
    }

    func row(_ node: Int) -> Range<Int> { Int(starts[node])..<Int(starts[node + 1]) }

    // MARK: - Components

    /// Strongly connected components of the nodes that `isMember`, over edges of `kinds`: those with at
    /// least two nodes, each ascending (Tarjan 1972, without recursion).
    func components(of isMember: [Bool]?, over kinds: Set<Dependency>) -> [[Int32]] {
        let allowed = Dependency.allCases.map(kinds.contains)
        var search = ComponentSearch(nodes: nodes)
        for node in 0..<nodes where search.index[node] == 0 && isMember?[node] ?? true {
            search.run(from: node, self, isMember, allowed)
        }
        return search.components
    }

    private struct ComponentSearch {
        /// Order of discovery from 1; 0 while undiscovered.
        var index: [Int32]
        var low: [Int32]
        var isOnStack: [Bool]
        var stack: [Int32] = []
        /// Nodes under way, and the edge that each looks at next.
        var path: [(node: Int32, edge: Int32)] = []
        var counter: Int32 = 0
        var components: [[Int32]] = []

        init(nodes: Int) {
            index = Array(repeating: 0, count: nodes)
            low = Array(repeating: 0, count: nodes)
            isOnStack = Array(repeating: false, count: nodes)
        }

        mutating func enter(_ node: Int, _ graph: borrowing DependencyGraph) {
            counter += 1
            index[node] = counter
            low[node] = counter
            isOnStack[node] = true
            stack.append(Int32(node))
            path.append((Int32(node), graph.starts[node]))
        }

        mutating func run(
            from root: Int, _ graph: borrowing DependencyGraph, _ isMember: [Bool]?, _ allowed: [Bool]
        ) {
            enter(root, graph)
            while let (node, edge) = path.last {
                let node32 = node
                let node = Int(node)
                if edge < graph.starts[node + 1] {
                    path[path.count - 1].edge = edge + 1
                    let target = Int(graph.targets[Int(edge)])
                    guard allowed[Int(graph.labels[Int(edge)].rawValue)], isMember?[target] ?? true else {
                        continue
                    }
                    if index[target] == 0 {
                        enter(target, graph)
                    } else if isOnStack[target] {
                        low[node] = min(low[node], index[target])
                    }
                } else {
                    path.removeLast()
                    if let parent = path.last {
                        low[Int(parent.node)] = min(low[Int(parent.node)], low[node])
                    }
                    if low[node] == index[node] { close(node32) }
                }
            }
        }

        private mutating func close(_ root: Int32) {
            guard stack.last != root else {
                stack.removeLast()
                isOnStack[Int(root)] = false
                return
            }
            var component: [Int32] = []
            while let node = stack.popLast() {
                isOnStack[Int(node)] = false
                component.append(node)
                if node == root { break }
            }
            components.append(component.sorted())
        }
    }
}
