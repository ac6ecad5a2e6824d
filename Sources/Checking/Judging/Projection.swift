// From operations to calls: which key of a model each is about, what it did to it, and when it may have
// done so.

import Core
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
    /// Rounds whose load has an acknowledged change of it.
    var rounds: Set<Int> = []
    /// When the first and the last acknowledged change had returned, and when the last read that told
    /// something was sent.
    var firstAcknowledged: Int64?
    var lastAcknowledged: Int64?
    var lastRead: Int64?
    /// Changes that were not refused: one for each operation, whatever it was retried.
    var changes: [(action: Action, asked: Int64, isUnknown: Bool)] = []
}

/// A model's view of a run.
struct Projection<Action: Hashable & Sendable>: Sendable {
    /// By key, ascending.
    var keys: [KeyCalls<Action>] = []
    var coverage = Coverage()

    /// `isIdempotent` says of a change whether doing it again leaves what doing it once left.
    init(
        _ facts: RunFacts, _ model: Model, isIdempotent: (Action) -> Bool,
        meaning: (OperationRecord) -> [Meaning<Action>]
    ) {
        var numbers: [String: Int] = [:]
        var silent: [Coverage.SilentRead] = []
        let observers = Set(model.observers)
        coverage.hasReads = !observers.isEmpty
        for (index, operation) in facts.operations.enumerated() {
            let meanings = meaning(operation)
            if meanings.isEmpty {
                guard observers.contains(operation.name), model.judges(readIn: operation.phase),
                    let key = operation.text(of: model.key)
                else { continue }
                silent.append(
                    Coverage.SilentRead(operation: index, key: key, isLacking: operation.outcome == .ok))
                continue
            }
            guard let key = operation.text(of: model.key) else {
                if facts.isWrite(operation) { countKeyless(operation) }
                continue
            }
            let number = numbers[key] ?? keys.count
            if number == keys.count {
                numbers[key] = number
                keys.append(KeyCalls(key: key))
            }
            if !facts.isVoid(operation) { keys[number].isVoid = false }
            for meaning in meanings {
                keys[number].add(
                    operation, index, meaning, countsReads: model.judges(readIn: operation.phase))
            }
        }
        keys.removeAll(where: \.isVoid)
        keys.sort { $0.key < $1.key }
        cover(facts, silent, isIdempotent)
    }

    /// A change whose key only its answer would have told.
    private mutating func countKeyless(_ operation: OperationRecord) {
        switch operation.outcome {
        case .ok: coverage.keylessAcknowledged[operation.name, default: 0] += 1
        case .unknown: coverage.keylessUnknown += 1
        case .fail: break
        }
    }
}

extension Model {
    /// Whether reads of this phase count: with `consistency: final`, only those after quiescence do.
    func judges(readIn phase: Phase) -> Bool {
        switch consistency {
        case .linearizable: true
        case .final: phase == .after || phase == .final
        }
    }
}

extension KeyCalls {
    fileprivate mutating func add(
        _ operation: OperationRecord, _ index: Int, _ meaning: Meaning<Action>, countsReads: Bool
    ) {
        switch meaning {
        case .read(let action):
            guard countsReads, let returned = operation.returned else { return }
            reads += 1
            lastRead = max(lastRead ?? .min, operation.invoked)
            calls.append(
                Call(operation: index, action: action, invoked: operation.invoked, returned: returned))
        case .change(let action, let retried):
            var call = Call(
                operation: index, action: action, invoked: operation.invoked, returned: operation.returned)
            if operation.outcome != .fail || !operation.unknownAttempts.isEmpty {
                changes.append(
                    (action, operation.returned ?? operation.invoked, operation.outcome != .ok))
            }
            switch operation.outcome {
            case .ok:
                if let returned = call.returned {
                    acknowledged += 1
                    if operation.phase == .load, let round = operation.round { rounds.insert(round) }
                    firstAcknowledged = min(firstAcknowledged ?? .max, returned)
                    lastAcknowledged = max(lastAcknowledged ?? .min, returned)
                }
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
