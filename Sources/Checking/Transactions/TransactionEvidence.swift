// Proves one dependency straight from what two transactions did: the words of a finding, and the check of
// every cycle that the graph gives. It uses none of the graph's code.

import Core

struct TransactionEvidence {
    let history: TransactionHistory

    /// Why `first` comes before `second`, or `nil` if it does not in this way.
    func reason(_ first: Int, _ kind: Dependency, _ second: Int) -> String? {
        switch kind {
        case .process:
            guard history.isInProcess(first, before: second) else { return nil }
            return "\(history.sender) \(history.processes[first]) ran the one before the other"
        case .realtime:
            return history.returned[first] < history.invoked[second]
                ? "the one had returned before the other was invoked" : nil
        case .ww: return overwritten(first, second)
        case .wr: return read(first, second)
        case .rw: return missed(first, second)
        }
    }

    /// Whether both read one version of a key and wrote the key, so that the update of one was lost.
    func isLostUpdate(_ first: Int, _ second: Int) -> Bool {
        history.operations(of: first).contains { read in
            read.kind == .read && wrote(first, read.key) && wrote(second, read.key)
                && externalReads(second, read.key).contains { version($0) == version(read) }
                && externalReads(first, read.key).contains { version($0) == version(read) }
        }
    }

    // MARK: - Edges

    private func overwritten(_ first: Int, _ second: Int) -> String? {
        for write in history.operations(of: first) where write.kind == .write {
            for later in history.operations(of: second) where later.kind == .write && later.key == write.key {
                guard history.model == .listAppend, follows(later.value, write.value, write.key) else {
                    continue
                }
                return
                    "appended \(told(write.value)) to \(name(write.key)), directly behind which the other's "
                    + "\(told(later.value)) came"
            }
        }
        return nil
    }

    private func read(_ first: Int, _ second: Int) -> String? {
        for write in history.operations(of: first) where write.kind == .write {
            for read in history.operations(of: second) where read.kind == .read && read.key == write.key {
                if history.model == .versionedRegister
                    ? read.value == write.value : lastOfOthers(read, second) == write.value
                {
                    return "wrote \(told(write.value)) to \(name(write.key)), which the other read"
                }
            }
        }
        return nil
    }

    private func missed(_ first: Int, _ second: Int) -> String? {
        for write in history.operations(of: second) where write.kind == .write {
            for read in externalReads(first, write.key) {
                switch history.model {
                case .listAppend:
                    let list = Array(history.list(read))
                    let order = order(of: write.key)
                    let isNext = list.count < order.count && order[list.count] == write.value
                    let isUnread =
                        list.count == order.count && !order.contains(write.value)
                        && history.outcomes[second] == .ok
                    guard isNext || isUnread else { continue }
                case .versionedRegister:
                    let isOverwritten = externalReads(second, write.key).contains { $0.value == read.value }
                    guard isOverwritten || read.value == TransactionHistory.nothing else { continue }
                }
                return
                    "read \(version(read)) in \(name(write.key)), before the other wrote \(told(write.value))"
            }
        }
        return nil
    }

    // MARK: - Versions

    private func wrote(_ transaction: Int, _ key: Int32) -> Bool {
        history.operations(of: transaction).contains { $0.kind == .write && $0.key == key }
    }

    /// Reads of what others left: those of a committed transaction before it wrote the key itself.
    private func externalReads(_ transaction: Int, _ key: Int32) -> [TransactionHistory.Operation] {
        guard history.outcomes[transaction] == .ok else { return [] }
        return history.operations(of: transaction).filter { $0.key == key }.prefix { $0.kind == .read }.map {
            $0
        }
    }

    private func lastOfOthers(_ read: TransactionHistory.Operation, _ reader: Int) -> Int32? {
        let own = Set(
            history.operations(of: reader).filter { $0.kind == .write && $0.key == read.key }.map(\.value))
        return history.list(read).last { !own.contains($0) }
    }

    private func follows(_ later: Int32, _ earlier: Int32, _ key: Int32) -> Bool {
        let order = order(of: key)
        if let position = order.firstIndex(of: earlier), position + 1 < order.count {
            return order[position + 1] == later
        }
        return order.last == earlier && !order.contains(later)
    }

    private func order(of key: Int32) -> [Int32] {
        var longest: [Int32] = []
        for transaction in 0..<history.count where history.outcomes[transaction] == .ok {
            for read in history.operations(of: transaction) where read.kind == .read && read.key == key {
                if Int(read.count) > longest.count { longest = Array(history.list(read)) }
            }
        }
        return longest
    }

    private func version(_ read: TransactionHistory.Operation) -> String {
        history.model == .versionedRegister
            ? told(read.value) : shown(.array(history.list(read).map(history.value)))
    }

    private func told(_ value: Int32) -> String { shown(history.value(value)) }

    private func name(_ key: Int32) -> String { shown(history.keys[Int(key)]) }
}
