// Writes of single keys, and reads of several at once: whether all reads can have seen the writes in one
// order (Jepsen's long-fork, what parallel snapshot isolation allows and snapshot isolation forbids).

import Core
import History

/// Each read is a snapshot: what it shows was written before what it does not show.
///
/// Read and key make a graph: from what a read shows to the read, and from the read to what it does not show.
/// An order of the writes explains all reads unless there is a cycle; two reads that saw two writes in
/// different orders are the shortest.
struct LongForkCheck {
    /// Reads of one component from which a shortest cycle is sought.
    static let startLimit = 256

    let options: ForeignOptions

    func judge(_ operations: [ForeignOperation]) throws(ForeignError) -> ForeignJudgement {
        var history = LongForkHistory()
        for position in operations.indices { try history.add(operations[position], at: position) }
        var judgement = ForeignJudgement(options)
        judgement.keys = history.keys.count
        judgement.violations = history.misread(operations)
        let graph = history.graph()
        judgement.explored = graph.edges
        let components = graph.components(of: nil, over: [.wr, .rw])
        let cycle = components.compactMap { shortestCycle(in: $0, graph) }.min { $0.count < $1.count }
        if let cycle {
            var fork = history.fork(cycle, operations)
            fork.count = components.count
            judgement.violations.append(fork)
        }
        if history.reads.isEmpty { judgement.undecided = [ForeignUndecided(key: nil, fraction: 0)] }
        judgement.conclude()
        return judgement
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
        var shown: [Int32] = []
        var hidden: [Int32] = []
    }

    struct Version {
        var value: Value
        var outcome: Outcome
        var position: Int
    }

    private(set) var keys: [Value] = []
    private(set) var reads: [Read] = []
    private var numbers: [Value: Int32] = [:]
    /// By key.
    private var written: [Version?] = []
    private var seen: [Version?] = []
    /// Reads that contradict themselves.
    private var unsteady: [(position: Int, key: Int32)] = []

    private mutating func number(of key: Value) -> Int32 {
        if let number = numbers[key] { return number }
        let number = Int32(keys.count)
        numbers[key] = number
        keys.append(key)
        written.append(nil)
        seen.append(nil)
        return number
    }

    // MARK: - Adding

    mutating func add(_ operation: ForeignOperation, at position: Int) throws(ForeignError) {
        let value = operation.outcome == .ok ? operation.result : operation.argument
        guard ["txn", "read", "write"].contains(operation.f), let steps = value.elements else {
            throw .unknown(operation, known: "txn, read and write with a list of [\"r\" or \"w\",key,value]")
        }
        var parts: [(isRead: Bool, key: Value, value: Value)] = []
        for step in steps {
            guard let step = step.elements, step.count == 3, let name = step[0].word,
                ["r", "read", "w", "write"].contains(name)
            else {
                throw ForeignError(operation, "a step is [\"r\" or \"w\",key,value], not \(shown(step))")
            }
            parts.append((name.hasPrefix("r"), step[1], step[2]))
        }
        if parts.allSatisfy(\.isRead) {
            if operation.outcome == .ok { try addRead(parts.map { ($0.key, $0.value) }, operation, position) }
        } else if parts.count == 1 {
            try addWrite(parts[0].key, parts[0].value, operation, position)
        } else {
            throw ForeignError(
                operation, "in this model an operation writes one key, or only reads: \(shown(value))")
        }
    }

    private mutating func addWrite(
        _ key: Value, _ value: Value, _ operation: ForeignOperation, _ position: Int
    ) throws(ForeignError) {
        guard value != .null else { throw ForeignError(operation, "a write needs a value") }
        let key = Int(number(of: key))
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
        var states: [Int32: Bool] = [:]
        for (key, value) in pairs {
            let key = number(of: key)
            let isShown = value != .null
            if isShown {
                if let known = seen[Int(key)], known.value != value {
                    throw repeated(Int(key), known.value, value, operation)
                }
                if seen[Int(key)] == nil {
                    seen[Int(key)] = Version(value: value, outcome: .ok, position: position)
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
            "key \(shown(keys[key])) holds \(shown(one)) and \(shown(other)); this model takes every key to be "
                + "written once")
    }

    // MARK: - Judging

    /// Reads are the first nodes, then come the keys.
    func graph() -> DependencyGraph {
        let edges = reads.reduce(0) { $0 + $1.shown.count + $1.hidden.count }
        var graph = DependencyGraph(transactions: reads.count, expectedEdges: edges)
        let nodes = keys.map { _ in graph.addNode() }
        for (number, read) in reads.enumerated() {
            for key in read.shown { graph.add(nodes[Int(key)], Int32(number), .wr) }
            for key in read.hidden { graph.add(Int32(number), nodes[Int(key)], .rw) }
        }
        graph.finish()
        return graph
    }

    /// What single reads show that no order could.
    func misread(_ operations: [ForeignOperation]) -> [ForeignViolation] {
        var violations: [ForeignViolation] = []
        func add(_ kind: TransactionAnomaly.Kind, _ title: String, _ positions: [Int]) {
            if let known = violations.firstIndex(where: { $0.kind == kind.rawValue }) {
                violations[known].count += 1
            } else {
                violations.append(
                    ForeignViolation(
                        key: nil, kind: kind.rawValue, title: title, operations: positions.sorted()))
            }
        }
        for (position, key) in unsteady {
            add(
                .internal,
                "\(process(position, operations)) read \(shown(keys[Int(key)])) twice at once, with and without "
                    + "what was written there.", [position])
        }
        for (key, read) in seen.enumerated() {
            guard let read, let write = written[key] else { continue }
            let told =
                "\(process(read.position, operations)) read \(shown(read.value)) in \(shown(keys[key]))"
            if write.value != read.value {
                add(.phantom, "\(told), which nobody wrote.", [read.position])
            } else if write.outcome == .fail {
                add(.g1a, "\(told), although writing it had failed.", [write.position, read.position])
            }
        }
        return violations
    }

    /// A cycle of reads and keys in turn, from a read on.
    func fork(_ cycle: [Int32], _ operations: [ForeignOperation]) -> ForeignViolation {
        var told: [(position: Int, key: Value)] = []
        for (read, key) in zip(cycle.striding(from: 0), cycle.striding(from: 1)) {
            told.append((reads[Int(read)].position, keys[Int(key) - reads.count]))
        }
        let first = told.indices.min { told[$0].position < told[$1].position } ?? 0
        told = Array(told[first...] + told[..<first])
        let missing = told.map { shown($0.key) }
        let names = told.map { process($0.position, operations) }
        let title =
            told.count == 2
            ? "\(names[0]) saw the write of \(missing[1]) but not of \(missing[0]), \(names[1]) the other way "
                + "round: no order of the two explains both."
            : "\(told.count) reads each missed a write that the next one saw, in a circle."
        return ForeignViolation(
            key: nil, kind: "long-fork", title: title, operations: told.map(\.position),
            reasons: told.indices.map {
                "T\($0 + 1) before T\(($0 + 1) % told.count + 1): it did not see the write of \(missing[$0]), which "
                    + "the other saw"
            })
    }

    private func process(_ position: Int, _ operations: [ForeignOperation]) -> String {
        "process \(operations[position].process)"
    }
}

extension [Int32] {
    /// Every second element.
    fileprivate func striding(from start: Int) -> [Int32] {
        stride(from: start, to: count, by: 2).map { self[$0] }
    }
}
