// From operations to calls: which key of a model each is about, what it did to it, and when it may have
// done so.

import History
import Scenario

/// What one operation means to a model.
///
/// `Action` is the model's, or a wider one that is split later.
enum Meaning<Action> {
    /// A change; `retried` is what an earlier attempt of it, whose outcome is unknown, may have done.
    case change(Action, retried: Action)
    case read(Action)
    /// A change that may have happened, but nobody can say which: the key cannot be judged.
    case unreadable(String)
}

/// The calls on one key of a model.
struct KeyCalls<Action: Hashable & Sendable>: Sendable {
    var key: String
    /// Changes that happened or may have, and reads that were answered; `operation` is a position in the
    /// run's operations.
    var calls: [Call<Action>] = []
    /// Changes that were refused, with the interval in which they asked.
    var refused: [Call<Action>] = []
    var reads = 0
    /// Acknowledged changes.
    var acknowledged = 0
    var unreadable: String?
    /// All its operations belong to void rounds.
    var isVoid = true
}

/// A model's view of a run.
struct Projection<Action: Hashable & Sendable>: Sendable {
    /// By key, ascending.
    var keys: [KeyCalls<Action>] = []
    /// Acknowledged or unknown changes whose key is not known, because only their lost answer would have
    /// told it.
    var keyless = 0

    init(_ facts: RunFacts, _ model: Model, meaning: (OperationRecord) -> [Meaning<Action>]) {
        var numbers: [String: Int] = [:]
        for (index, operation) in facts.operations.enumerated() {
            let meanings = meaning(operation)
            if meanings.isEmpty { continue }
            guard let key = operation.text(of: model.key) else {
                if operation.outcome != .fail, facts.isWrite(operation) { keyless += 1 }
                continue
            }
            let number = numbers[key] ?? keys.count
            if number == keys.count {
                numbers[key] = number
                keys.append(KeyCalls(key: key))
            }
            if !facts.isVoid(operation) { keys[number].isVoid = false }
            for meaning in meanings {
                keys[number].add(operation, index, meaning, consistency: model.consistency)
            }
        }
        keys.removeAll(where: \.isVoid)
        keys.sort { $0.key < $1.key }
    }
}

extension KeyCalls {
    fileprivate mutating func add(
        _ operation: OperationRecord, _ index: Int, _ meaning: Meaning<Action>,
        consistency: Model.Consistency
    ) {
        switch meaning {
        case .read(let action):
            if consistency == .final, operation.phase != .after, operation.phase != .final { return }
            guard let returned = operation.returned else { return }
            reads += 1
            calls.append(
                Call(operation: index, action: action, invoked: operation.invoked, returned: returned))
        case .change(let action, let retried):
            var call = Call(
                operation: index, action: action, invoked: operation.invoked, returned: operation.returned)
            switch operation.outcome {
            case .ok:
                if call.returned != nil { acknowledged += 1 }
                calls.append(call)
            case .unknown:
                call.returned = nil
                calls.append(call)
            case .fail: refused.append(call)
            }
            for sent in operation.unknownAttempts {
                calls.append(Call(operation: index, action: retried, invoked: sent, returned: nil))
            }
        case .unreadable(let reason):
            if operation.outcome != .fail || !operation.unknownAttempts.isEmpty { unreadable = reason }
        }
    }
}
