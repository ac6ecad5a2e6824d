// How a run is read for a model over several keys: its operations become those of a foreign history, and are
// judged as one.

import Core
import Histories
import Scenarios

/// What an operation did to one key of a model over several keys.
enum KeyUse: KeyAction {
    case write(Value)
    case read(Value)
}

/// What is judged together: operations as a foreign history has them, and what was observed of each key.
struct OwnOperations: Sendable {
    let name: String
    let model: Model
    let facts: RunFacts
    private(set) var operations: [ForeignOperation] = []
    /// The position in the run of each of them.
    private(set) var positions: [Int] = []
    private(set) var keys: [String: KeyCalls<KeyUse>] = [:]
    private(set) var silent: [String: [Coverage.SilentRead]] = [:]
    /// Why it cannot be judged.
    private(set) var unreadable: String?
    private(set) var isVoid = true
    /// What each key holds at first.
    let initial: Value?

    /// `members` are in order of invocation.
    init(_ name: String, _ members: [Int], _ model: Model, _ facts: RunFacts) {
        self.name = name
        self.model = model
        self.facts = facts
        initial = model.initial.flatMap { initial in
            members.lazy.compactMap { facts.operations[$0].value(of: initial) }.first
        }
        if model.initial != nil, initial == nil {
            unreadable = "its initial state names a value that no operation on it has"
        }
        for index in members {
            if !facts.isVoid(facts.operations[index]) { isVoid = false }
            if model.transactions.isEmpty { addBank(index) } else { addTransaction(index) }
        }
        if unreadable == nil, model.needsDistinctValues { findTwins() }
    }

    /// A key that was read before anything was written there and does not hold what is declared.
    var contradictedInitial: String? {
        keys.values.filter { key in
            let firstWrite = [key.calls, key.refused].joined().filter(\.action.isWrite).map(\.invoked).min()
            return key.calls.contains { call in
                guard case .read(let value) = call.action, let declared else { return false }
                return call.returned ?? .max < firstWrite ?? .max && value != declared
            }
        }.map(\.key).min()
    }

    /// What a read gives before the first write, where that is known.
    private var declared: Value? {
        switch model.kind {
        case .bank(_, _, let total, _): total.map { .int($0) }
        case .listAppend: .array([])
        case .rwRegister: .null
        case .multiRegister: initial
        case .register, .casRegister, .stateMachine, .boundedCounter, .set, .unique: nil
        }
    }

    /// Registers by name as they are at first.
    var initialRegisters: Value? {
        initial.map { initial in .object(keys.mapValues { _ in initial }) }
    }

    // MARK: - Reading

    private mutating func addBank(_ index: Int) {
        let operation = facts.operations[index]
        let key = name.isEmpty ? model.name : name
        guard model.observers.contains(operation.name) else {
            add(index, "transfer", .null, isChange: true)
            return note(index, key, .change(.write(.null), retried: .write(.null)))
        }
        guard model.judges(readIn: operation.phase) else { return }
        let observed = operation.observed(by: model.observations).first
        guard let balances = observed.flatMap(Self.balances),
            let total = ForeignBank.total(of: balances)
        else { return noteSilent(index, key) }
        add(index, "read", .object(balances.mapValues { .int($0) }), isChange: false)
        note(index, key, .read(.read(.int(total))))
    }

    /// By account; a list's accounts are numbered from 0.
    private static func balances(_ value: Value) -> [String: Int]? {
        let members: [String: Value]
        switch value {
        case .object(let accounts): members = accounts
        case .array(let list):
            members = Dictionary(uniqueKeysWithValues: list.enumerated().map { ("\($0)", $1) })
        case .null, .bool, .int, .double, .string: return nil
        }
        let balances = members.compactMapValues { balance -> Int? in
            guard case .int(let number) = balance, number.magnitude < ForeignBank.limit else { return nil }
            return number
        }
        return balances.count == members.count && !balances.isEmpty ? balances : nil
    }

    private mutating func addTransaction(_ index: Int) {
        let operation = facts.operations[index]
        let mayHappen = operation.outcome != .fail || !operation.unknownAttempts.isEmpty
        var steps: [Value] = []
        var isChange = false
        for (kind, key, value) in operation.accesses(of: model) {
            let value = kind == .read ? value.flatMap(read) : value == .null ? nil : value
            isChange = isChange || kind != .read
            guard let key, let value else {
                if kind == .read {
                    key.map { noteSilent(index, $0) }
                } else if mayHappen {
                    unreadable = "what \(operation.name) wrote, or where, is not known"
                }
                continue
            }
            steps.append(.array([.string(kind.rawValue), .string(key), value]))
            note(
                index, key,
                kind == .read ? .read(.read(value)) : .change(.write(value), retried: .write(value)))
        }
        if !steps.isEmpty { add(index, "txn", .array(steps), isChange: isChange) }
    }

    /// As foreign histories write it; `nil` where it is nothing that can be read there.
    private func read(_ value: Value) -> Value? {
        switch model.kind {
        case .listAppend: value == .null ? .array([]) : value.elements.map { .array($0) }
        case .rwRegister: value == initial ? .null : value
        case .multiRegister, .bank, .register, .casRegister, .stateMachine, .boundedCounter, .set, .unique:
            value
        }
    }

    /// Of a change, attempts without an answer are operations of their own.
    private mutating func add(_ index: Int, _ f: String, _ value: Value, isChange: Bool) {
        let operation = facts.operations[index]
        func append(_ outcome: Outcome, _ invoked: Int64) {
            var own = ForeignOperation(
                process: operation.client, f: f, key: .string(name), argument: value, result: value,
                outcome: outcome, invoked: invoked,
                returned: outcome == .unknown ? nil : operation.returned)
            own.isOwn = true
            operations.append(own)
            positions.append(index)
        }
        if isChange || operation.outcome == .ok { append(operation.outcome, operation.invoked) }
        guard isChange else { return }
        for sent in operation.unknownAttempts { append(.unknown, sent) }
        if model.needsDistinctValues, !operation.unknownAttempts.isEmpty {
            unreadable =
                "\(operation.name) was sent again after an attempt of unknown outcome, so that nobody "
                + "can say which of the two is read"
        }
    }

    private mutating func note(_ index: Int, _ key: String, _ meaning: Meaning<KeyUse>) {
        keys[key, default: KeyCalls(key: key)].add(facts.operations[index], index, meaning, countsReads: true)
        keys[key]?.isVoid = isVoid
    }

    private mutating func noteSilent(_ index: Int, _ key: String) {
        let isLacking = facts.operations[index].outcome == .ok
        silent[key, default: []].append(
            Coverage.SilentRead(operation: index, key: key, isLacking: isLacking))
        if keys[key] == nil { keys[key] = KeyCalls(key: key) }
    }

    /// Versions are known by their values: no two writes may share one.
    private mutating func findTwins() {
        for key in keys.keys.sorted() {
            var seen: Set<KeyUse> = initial.map { [.write($0)] } ?? []
            guard let calls = keys[key] else { continue }
            for call in [calls.calls, calls.refused].joined() {
                guard case .write(let value) = call.action, !seen.insert(call.action).inserted else {
                    continue
                }
                unreadable =
                    "\(shown(value)) stands in \(key) more than once; every write needs a value of its own, "
                    + "such as ${{ unique }}"
                return
            }
        }
    }
}

extension KeyUse {
    var isWrite: Bool {
        switch self {
        case .write: true
        case .read: false
        }
    }
}

extension Model {
    /// Whether versions of a key are told apart by their values alone.
    fileprivate var needsDistinctValues: Bool {
        switch kind {
        case .listAppend, .rwRegister: true
        case .multiRegister, .bank, .register, .casRegister, .stateMachine, .boundedCounter, .set, .unique:
            false
        }
    }
}
