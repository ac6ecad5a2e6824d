// What reads tell of the order of versions, and what they show that no order could.

import Core

/// An anomaly that needs no cycle.
struct DirectAnomaly {
    var kind: TransactionAnomaly.Kind
    var transactions: [Int]
    var key: Int32
    /// What is wrong, without the names of the transactions.
    var sentence: String
}

/// Versions, who wrote them, and the dependencies that follow.
struct VersionOrder {
    /// Anomalies of one kind that are told apart; more are counted.
    static let exampleLimit = 8

    private let history: TransactionHistory
    let writes: WriteIndex
    /// By key: the read with the longest list, and its transaction.
    private var longest: [(operation: Int32, transaction: Int32)] = []
    /// By key: reads contradict each other, so that no order follows from them.
    private var isDisputed: [Bool] = []
    /// By transaction: whether it took effect, as far as reads tell.
    private(set) var isCommitted: [Bool]
    private(set) var anomalies: [DirectAnomaly] = []
    private(set) var counts: [TransactionAnomaly.Kind: Int] = [:]

    init(_ history: TransactionHistory) {
        self.history = history
        writes = WriteIndex(history)
        isCommitted = history.outcomes.map { $0 == .ok }
        for transaction in 0..<history.count where history.outcomes[transaction] == .ok {
            inspect(transaction)
        }
        if history.model == .listAppend { findLongest() }
    }

    private mutating func note(
        _ kind: TransactionAnomaly.Kind, _ transactions: [Int], _ key: Int32,
        _ sentence: String
    ) {
        counts[kind, default: 0] += 1
        guard counts[kind, default: 0] <= Self.exampleLimit else { return }
        anomalies.append(
            DirectAnomaly(kind: kind, transactions: transactions, key: key, sentence: sentence))
    }

    // MARK: - One transaction

    /// Compares the reads of one committed transaction with what it did itself, and with what others did.
    private mutating func inspect(_ transaction: Int) {
        let range = Int(history.starts[transaction])..<Int(history.starts[transaction + 1])
        for position in range where history.operations[position].kind == .read {
            let read = history.operations[position]
            switch history.model {
            case .listAppend:
                if let last = history.list(read).last { checkFinal(last, read.key, by: transaction) }
            case .versionedRegister:
                if read.value != TransactionHistory.nothing {
                    seen(read.value, read.key, by: transaction)
                    checkFinal(read.value, read.key, by: transaction)
                }
            }
            if !agrees(position, with: range.lowerBound..<position) {
                note(
                    .internal, [transaction], read.key,
                    "its read of \(name(read.key)) gives \(told(read)), which is not what it had read or "
                        + "written there before")
            }
        }
    }

    private mutating func seen(_ value: Int32, _ key: Int32, by transaction: Int) {
        guard let write = writes.write(of: value, to: key) else {
            return note(
                .phantom, [transaction], key,
                "it read \(shown(history.value(value))) in \(name(key)), which nobody wrote")
        }
        let writer = Int(write.transaction)
        switch history.outcomes[writer] {
        case .ok: return
        case .unknown: isCommitted[writer] = true
        case .fail:
            note(
                .g1a, [writer, transaction], key,
                "the first was aborted, yet the second read its \(told(value)) in \(name(key))"
            )
        }
    }

    /// The last thing that a read shows must be the last that its writer did there.
    private mutating func checkFinal(_ value: Int32, _ key: Int32, by transaction: Int) {
        guard let write = writes.write(of: value, to: key), Int(write.transaction) != transaction else {
            return
        }
        let writer = Int(write.transaction)
        let later = Int(write.operation) + 1..<Int(history.starts[writer + 1])
        guard
            let other = later.first(where: {
                history.operations[$0].kind == .write && history.operations[$0].key == key
            })
        else { return }
        note(
            .g1b, [writer, transaction], key,
            "the second read \(told(value)) in \(name(key)), before the first had also written "
                + told(history.operations[other].value))
    }

    /// Whether a read gives what the transaction's own operations before it left.
    private func agrees(_ position: Int, with before: Range<Int>) -> Bool {
        let read = history.operations[position]
        switch history.model {
        case .versionedRegister:
            let last = before.last { history.operations[$0].key == read.key }
            return last.map { history.operations[$0].value == read.value } ?? true
        case .listAppend:
            var own: [Int32] = []
            var earlier: ArraySlice<Int32>?
            for other in before where history.operations[other].key == read.key {
                switch history.operations[other].kind {
                case .write: own.append(history.operations[other].value)
                case .read:
                    earlier = history.list(history.operations[other])
                    own = []
                }
            }
            let list = history.list(read)
            guard let earlier else { return list.suffix(own.count).elementsEqual(own) }
            return list.count == earlier.count + own.count && list.starts(with: earlier)
                && list.suffix(own.count).elementsEqual(own)
        }
    }

    // MARK: - Lists

    /// Takes the longest list of a key for the order of its versions: every other must be the beginning of
    /// it.
    ///
    /// So that no element is looked up twice, elements are checked where they are in the longest list, or in
    /// one that is no beginning of it.
    private mutating func findLongest() {
        longest = Array(repeating: (-1, -1), count: history.keys.count)
        Self.forEachRead(of: history) { transaction, position, read in
            let known = longest[Int(read.key)].operation
            if known < 0 || history.operations[Int(known)].count < read.count {
                longest[Int(read.key)] = (Int32(position), Int32(transaction))
            }
        }
        isDisputed = longest.map { _ in false }
        for (operation, transaction) in longest where operation >= 0 {
            let read = history.operations[Int(operation)]
            let list = history.list(read)
            for element in list { seen(element, read.key, by: Int(transaction)) }
            if list.contains(where: { writes.write(of: $0, to: read.key) == nil }) {
                isDisputed[Int(read.key)] = true
            }
            if Set(list).count < list.count {
                note(
                    .duplicateElements, [Int(transaction)], read.key,
                    "its read of \(name(read.key)) shows an element twice: \(told(read))")
                isDisputed[Int(read.key)] = true
            }
            if let writer = writerOutOfOrder(list, read.key) {
                note(
                    .incompatibleOrder, [writer, Int(transaction)], read.key,
                    "the second read \(told(read)) in \(name(read.key)), which is not the order in which the "
                        + "first appended")
                isDisputed[Int(read.key)] = true
            }
        }
        Self.forEachRead(of: history) { transaction, _, read in
            let (operation, other) = longest[Int(read.key)]
            let whole = history.operations[Int(operation)]
            let list = history.list(read)
            if history.list(whole).starts(with: list) { return }
            for element in list { seen(element, read.key, by: transaction) }
            note(
                .incompatibleOrder, [transaction, Int(other)], read.key,
                "the first read \(told(read)) in \(name(read.key)), the second \(told(whole)): neither is "
                    + "the beginning of the other")
            isDisputed[Int(read.key)] = true
        }
    }

    /// A transaction of which the list shows an append without all that it had appended there before.
    private func writerOutOfOrder(_ list: ArraySlice<Int32>, _ key: Int32) -> Int? {
        var shown: Set<Int32> = []
        for element in list {
            guard let write = writes.write(of: element, to: key) else { continue }
            shown.insert(write.operation)
            let before = history.starts[Int(write.transaction)]..<write.operation
            let isComplete = before.allSatisfy {
                let other = history.operations[Int($0)]
                return other.kind == .read || other.key != key || shown.contains($0)
            }
            if !isComplete { return Int(write.transaction) }
        }
        return nil
    }

    private static func forEachRead(
        of history: TransactionHistory, _ body: (Int, Int, TransactionHistory.Operation) -> Void
    ) {
        for transaction in 0..<history.count where history.outcomes[transaction] == .ok {
            for position in Int(history.starts[transaction])..<Int(history.starts[transaction + 1])
            where history.operations[position].kind == .read {
                body(transaction, position, history.operations[position])
            }
        }
    }

    /// The element at a position of the order.
    func element(_ position: Int, of key: Int32, in history: TransactionHistory) -> Int32 {
        history.elements[Int(history.operations[Int(longest[Int(key)].operation)].value) + position]
    }

    func hasOrder(_ key: Int32) -> Bool { !isDisputed[Int(key)] }

    /// The order of a key's versions, as far as it was read.
    func order(of key: Int32) -> ArraySlice<Int32> {
        let operation = longest[Int(key)].operation
        return operation < 0 ? [] : history.list(history.operations[Int(operation)])
    }

    private func told(_ value: Int32) -> String { shown(history.value(value)) }

    private func name(_ key: Int32) -> String { shown(history.keys[Int(key)]) }

    private func told(_ read: TransactionHistory.Operation) -> String {
        shown(
            history.model == .listAppend
                ? .array(history.list(read).map(history.value)) : history.value(read.value))
    }
}
