// Writes of single keys, and reads of several at once: whether all reads can have seen the writes in one
// order (Jepsen's long-fork, what parallel snapshot isolation allows and snapshot isolation forbids).

import Core
import Histories

/// Each read is a snapshot: what it shows was written before what it does not show.
///
/// Read and key make a graph: from what a read shows to the read, and from the read to what it does not show.
/// An order of the writes explains all reads unless there is a cycle; two reads that saw two writes in
/// different orders are the shortest.
struct ForeignLongFork: ForeignReading {
    /// Reads of one component from which a shortest cycle is sought.
    static let startLimit = 256

    func judge(_ members: [Int], _ operations: [ForeignOperation]) throws(ForeignError) -> ForeignOutcome {
        var history = LongForkHistory()
        for position in members { try history.add(operations[position], at: position) }
        let graph = history.graph()
        var outcome = ForeignOutcome(keys: history.keys.items.count, explored: graph.edges)
        history.tellMisread(operations, to: &outcome)
        let components = graph.components(of: nil, over: [.wr, .rw])
        let cycle = components.compactMap { shortestCycle(in: $0, graph) }.min { $0.count < $1.count }
        if let cycle {
            var fork = history.fork(cycle, operations)
            fork.count = components.count
            outcome.violations.append(fork)
        }
        if history.reads.isEmpty { outcome.undecided = 0 }
        return outcome
    }

    /// The nodes of a cycle, beginning with a read; breadth first from one read after another.
    private func shortestCycle(in component: [Int32], _ graph: DependencyGraph) -> [Int32]? {
        let members = Set(component)
        var best: [Int32]?
        for start in component.filter({ $0 < graph.transactions }).prefix(Self.startLimit) {
            guard let cycle = cycle(through: start, members, graph) else { continue }
            if cycle.count < best?.count ?? .max { best = cycle }
            // Two reads and two keys: there is no shorter one.
            if cycle.count <= 4 { break }
        }
        return best
    }

    private func cycle(through start: Int32, _ members: Set<Int32>, _ graph: DependencyGraph) -> [Int32]? {
        var previous: [Int32: Int32] = [:]
        var queue = [start]
        var next = 0
        while next < queue.count {
            let node = queue[next]
            next += 1
            for edge in graph.row(Int(node)) {
                let target = graph.targets[edge]
                if target == start {
                    var path = [node]
                    while let last = path.last, last != start, let before = previous[last] {
                        path.append(before)
                    }
                    return path.reversed()
                }
                guard members.contains(target), previous[target] == nil else { continue }
                previous[target] = node
                queue.append(target)
            }
        }
        return nil
    }
}

/// What was written and what each read showed, by number of the key.
private struct LongForkHistory {
    struct Read {
        var position: Int
        var shown: [Int] = []
        var hidden: [Int] = []
    }

    struct Version {
        var value: Value
        var outcome: Outcome
        var position: Int
    }

    private(set) var keys = Numbering<Value>()
    private(set) var reads: [Read] = []
    /// By key.
    private var written: [Version?] = []
    private var seen: [Version?] = []
    /// Reads that contradict themselves.
    private var unsteady: [(position: Int, key: Int)] = []

    private mutating func number(of key: Value) -> Int {
        let number = keys.number(of: key)
        if number == written.count {
            written.append(nil)
            seen.append(nil)
        }
        return number
    }

    // MARK: - Adding

    mutating func add(_ operation: ForeignOperation, at position: Int) throws(ForeignError) {
        var parts: [(isRead: Bool, key: Value, value: Value)] = []
        let known = "txn, read and write with a list of [\"r\" or \"w\",key,value]"
        for step in try operation.steps(known: known) {
            let (name, key, value) = try operation.step(
                step, form: "a step is [\"r\" or \"w\",key,value]", isName: ForeignOperation.isReadOrWrite)
            parts.append((name.hasPrefix("r"), key, value))
        }
        if parts.allSatisfy(\.isRead) {
            if operation.outcome == .ok { try addRead(parts.map { ($0.key, $0.value) }, operation, position) }
        } else if parts.count == 1 {
            try addWrite(parts[0].key, parts[0].value, operation, position)
        } else {
            let told = shown(operation.value)
            throw ForeignError(
                operation, "in this model an operation writes one key, or only reads: \(told)")
        }
    }

    private mutating func addWrite(
        _ key: Value, _ value: Value, _ operation: ForeignOperation, _ position: Int
    ) throws(ForeignError) {
        guard value != .null else { throw ForeignError(operation, "a write needs a value") }
        let key = number(of: key)
        if let known = written[key] {
            guard known.value == value else { throw repeated(key, known.value, value, operation) }
            if operation.outcome == .fail || known.outcome == .ok { return }
        }
        written[key] = Version(value: value, outcome: operation.outcome, position: position)
    }

    private mutating func addRead(
        _ pairs: [(key: Value, value: Value)], _ operation: ForeignOperation, _ position: Int
    ) throws(ForeignError) {
        var read = Read(position: position)
        var states: [Int: Bool] = [:]
        for (key, value) in pairs {
            let key = number(of: key)
            let isShown = value != .null
            if isShown {
                if let known = seen[key], known.value != value {
                    throw repeated(key, known.value, value, operation)
                }
                if seen[key] == nil {
                    seen[key] = Version(value: value, outcome: .ok, position: position)
                }
            }
            if let earlier = states.updateValue(isShown, forKey: key) {
                if earlier != isShown { unsteady.append((position, key)) }
                continue
            }
            if isShown { read.shown.append(key) } else { read.hidden.append(key) }
        }
        reads.append(read)
    }

    private func repeated(
        _ key: Int, _ one: Value, _ other: Value, _ operation: ForeignOperation
    ) -> ForeignError {
        ForeignError(
            operation,
            "key \(shown(keys.items[key])) holds \(shown(one)) and \(shown(other)); this model takes every key to be "
                + "written once")
    }

    // MARK: - Judging

    /// Reads are the first nodes, then come the keys.
    func graph() -> DependencyGraph {
        let edges = reads.reduce(0) { $0 + $1.shown.count + $1.hidden.count }
        var graph = DependencyGraph(transactions: reads.count, expectedEdges: edges)
        let nodes = keys.items.map { _ in graph.addNode() }
        for (number, read) in reads.enumerated() {
            for key in read.shown { graph.add(nodes[key], Int32(number), .wr) }
            for key in read.hidden { graph.add(Int32(number), nodes[key], .rw) }
        }
        graph.finish()
        return graph
    }

    /// Tells what single reads show that no order could.
    func tellMisread(_ operations: [ForeignOperation], to outcome: inout ForeignOutcome) {
        func add(_ kind: TransactionAnomaly.Kind, _ title: String, _ positions: [Int]) {
            outcome.tell(
                ForeignViolation(kind: kind.rawValue, title: title, operations: positions.sorted()))
        }
        for (position, key) in unsteady {
            add(
                .internal,
                "\(operations.process(position)) read \(shown(keys.items[key])) twice at once, with and "
                    + "without what was written there.", [position])
        }
        for (key, read) in seen.enumerated() {
            guard let read, let write = written[key] else { continue }
            let told =
                "\(operations.process(read.position)) read \(shown(read.value)) in \(shown(keys.items[key]))"
            if write.value != read.value {
                add(.phantom, "\(told), which nobody wrote.", [read.position])
            } else if write.outcome == .fail {
                add(.g1a, "\(told), although writing it had failed.", [write.position, read.position])
            }
        }
    }

    /// A cycle of reads and keys in turn, from a read on.
    func fork(_ cycle: [Int32], _ operations: [ForeignOperation]) -> ForeignViolation {
        var told: [(position: Int, key: Value)] = []
        for (read, key) in zip(cycle.striding(from: 0), cycle.striding(from: 1)) {
            told.append((reads[Int(read)].position, keys.items[Int(key) - reads.count]))
        }
        let first = told.indices.min { told[$0].position < told[$1].position } ?? 0
        told = Array(told[first...] + told[..<first])
        let missing = told.map { shown($0.key) }
        let names = told.map { operations.process($0.position) }
        let title =
            told.count == 2
            ? "\(names[0]) saw the write of \(missing[1]) but not of \(missing[0]), \(names[1]) the other way "
                + "round: no order of the two explains both."
            : "\(told.count) reads each missed a write that the next one saw, in a circle."
        return ForeignViolation(
            kind: "long-fork", title: title, operations: told.map(\.position),
            reasons: told.indices.map {
                "T\($0 + 1) before T\(($0 + 1) % told.count + 1): it did not see the write of \(missing[$0]), which "
                    + "the other saw"
            })
    }
}

extension [Int32] {
    /// Every second element.
    fileprivate func striding(from start: Int) -> [Int32] {
        stride(from: start, to: count, by: 2).map { self[$0] }
    }
}
