// From what transactions read and wrote to the edges between them.

import Core

extension DependencyGraph {
    /// All dependencies of the committed transactions; an edge for each version, read and process, and three
    /// for each transaction in time.
    ///
    /// Without `isTimed`, the order in time and within a process is no dependency.
    init(_ history: TransactionHistory, _ versions: VersionOrder, isTimed: Bool = true) {
        self.init(
            transactions: history.count, expectedEdges: 3 * history.operations.count + 4 * history.count)
        switch history.model {
        case .listAppend: addLists(history, versions)
        case .versionedRegister: addRegisters(history, versions)
        }
        if isTimed {
            addProcesses(history, versions)
            addRealTime(history, versions)
        }
        finish()
    }

    // MARK: - Lists

    private mutating func addLists(_ history: TransactionHistory, _ versions: VersionOrder) {
        let lengths = (0..<history.keys.count).map { versions.order(of: Int32($0)).count }
        let unread = addUnread(history, versions)
        for key in 0..<history.keys.count where versions.hasOrder(Int32(key)) {
            var previous: Int32 = -1
            for value in versions.order(of: Int32(key)) {
                guard let write = versions.writes.write(of: value, to: Int32(key)) else { continue }
                if previous >= 0 { add(previous, write.transaction, .ww) }
                previous = write.transaction
            }
            if previous >= 0, unread[key] >= 0 { add(previous, unread[key], .ww) }
        }
        for transaction in 0..<history.count where history.outcomes[transaction] == .ok {
            let range = Int(history.starts[transaction])..<Int(history.starts[transaction + 1])
            for position in range where history.operations[position].kind == .read {
                addRead(position, range.lowerBound, Int32(transaction), history, versions, lengths, unread)
            }
        }
    }

    /// What a read depends on, and what overwrote it.
    private mutating func addRead(
        _ position: Int, _ start: Int, _ transaction: Int32, _ history: TransactionHistory,
        _ versions: VersionOrder, _ lengths: [Int], _ unread: [Int32]
    ) {
        let read = history.operations[position]
        guard versions.hasOrder(read.key) else { return }
        // What the transaction itself had appended before is no version of another.
        var element = Int(read.value) + Int(read.count) - 1
        while element >= Int(read.value) {
            guard let write = versions.writes.write(of: history.elements[element], to: read.key) else {
                break
            }
            if write.transaction != transaction {
                add(write.transaction, transaction, .wr)
                break
            }
            element -= 1
        }
        for other in start..<position
        where history.operations[other].kind == .write && history.operations[other].key == read.key {
            return
        }
        if Int(read.count) < lengths[Int(read.key)] {
            let next = versions.element(Int(read.count), of: read.key, in: history)
            if let write = versions.writes.write(of: next, to: read.key) {
                add(transaction, write.transaction, .rw)
            }
        } else if unread[Int(read.key)] >= 0 {
            add(transaction, unread[Int(read.key)], .rw)
        }
    }

    /// By key, a node before all acknowledged appends that no read shows, -1 where there are none: they come
    /// after the longest list.
    private mutating func addUnread(_ history: TransactionHistory, _ versions: VersionOrder) -> [Int32] {
        var nodes: [Int32] = Array(repeating: -1, count: history.keys.count)
        var isRead = Array(repeating: false, count: history.operations.count)
        for key in 0..<history.keys.count {
            for value in versions.order(of: Int32(key)) {
                if let write = versions.writes.write(of: value, to: Int32(key)) {
                    isRead[Int(write.operation)] = true
                }
            }
        }
        for transaction in 0..<history.count where history.outcomes[transaction] == .ok {
            for position in Int(history.starts[transaction])..<Int(history.starts[transaction + 1]) {
                let operation = history.operations[position]
                guard operation.kind == .write, !isRead[position], versions.hasOrder(operation.key)
                else { continue }
                let key = Int(operation.key)
                if nodes[key] < 0 { nodes[key] = addNode() }
                // The node is reached by ww or rw; going on from it adds nothing.
                add(nodes[key], Int32(transaction), .ww)
            }
        }
        return nodes
    }

    // MARK: - Registers

    /// A transaction that reads one version and writes another overwrote the one with the other, and
    /// whatever is written comes after nothing; no other order of versions is inferred.
    private mutating func addRegisters(_ history: TransactionHistory, _ versions: VersionOrder) {
        var readers: [(key: Int32, value: Int32, transaction: Int32)] = []
        var overwriters: [(key: Int32, value: Int32, transaction: Int32)] = []
        var writers: [(key: Int32, value: Int32, transaction: Int32)] = []
        for transaction in 0..<history.count where versions.isCommitted[transaction] {
            let operations = history.operations(of: transaction)
            for (position, operation) in zip(operations.indices, operations) {
                let isFirst = !operations[..<position].contains { $0.key == operation.key }
                let isWrite = operation.kind == .write
                let use = (operation.key, operation.value, Int32(transaction))
                if isWrite {
                    if isFirst
                        || !operations[..<position].contains(where: {
                            $0.key == operation.key && $0.kind == .write
                        })
                    {
                        writers.append((operation.key, TransactionHistory.nothing, Int32(transaction)))
                    }
                    continue
                }
                guard isFirst else { continue }
                readers.append(use)
                if operations[(position + 1)...].contains(where: {
                    $0.key == operation.key && $0.kind == .write
                }) {
                    overwriters.append(use)
                }
                if let write = versions.writes.write(of: operation.value, to: operation.key) {
                    add(write.transaction, Int32(transaction), .wr)
                }
            }
        }
        // Readers of one version meet those who overwrote it at a node of their own.
        join(readers, overwriters)
        join(readers.filter { $0.value == TransactionHistory.nothing }, writers)
    }

    private mutating func join(
        _ readers: [(key: Int32, value: Int32, transaction: Int32)],
        _ writers: [(key: Int32, value: Int32, transaction: Int32)]
    ) {
        func name(_ use: (key: Int32, value: Int32, transaction: Int32)) -> UInt64 {
            UInt64(UInt32(bitPattern: use.key)) << 32 | UInt64(UInt32(bitPattern: use.value))
        }
        var targets: [UInt64: [Int32]] = [:]
        for writer in writers { targets[name(writer), default: []].append(writer.transaction) }
        for reader in readers {
            for writer in targets[name(reader)] ?? [] { add(reader.transaction, writer, .rw) }
        }
    }

    // MARK: - Time

    private mutating func addProcesses(_ history: TransactionHistory, _ versions: VersionOrder) {
        var latest: [Int: Int32] = [:]
        for transaction in inOrder(of: history.invoked) where versions.isCommitted[transaction] {
            let process = history.processes[transaction]
            if let before = latest[process] { add(before, Int32(transaction), .process) }
            // What has no end may still take effect after all that its process does later.
            if history.returned[transaction] != .max { latest[process] = Int32(transaction) }
        }
    }

    /// A chain of nodes, one for each return: a transaction leads to the node of its return, and the node of
    /// the last return before an invocation leads to what was invoked.
    private mutating func addRealTime(_ history: TransactionHistory, _ versions: VersionOrder) {
        let returns = inOrder(of: history.returned).filter {
            versions.isCommitted[$0] && history.returned[$0] != .max
        }
        var next = 0
        var last: Int32 = -1
        for transaction in inOrder(of: history.invoked) where versions.isCommitted[transaction] {
            while next < returns.count, history.returned[returns[next]] < history.invoked[transaction] {
                let node = addNode()
                if last >= 0 { add(last, node, .realtime) }
                add(Int32(returns[next]), node, .realtime)
                last = node
                next += 1
            }
            if last >= 0 { add(last, Int32(transaction), .realtime) }
        }
    }

    private func inOrder(of moments: [Int64]) -> [Int] {
        let isSorted = zip(moments, moments.dropFirst()).allSatisfy { $0 <= $1 }
        return isSorted
            ? Array(moments.indices) : moments.indices.sorted { (moments[$0], $0) < (moments[$1], $1) }
    }
}
