// From operations to calls: which key of a model each is about, what it did to it, and when it may have
// done so.

import Core
import Histories

/// What one operation means to a model.
///
/// `Action` is the model's, or a wider one that is split later.
enum Meaning<Action: Sendable>: Sendable {
    /// A change; `retried` is what an earlier attempt of it, whose outcome is unknown, may have done.
    case change(Action, retried: Action)
    case read(Action)
    /// A change that may have happened, but nobody can say which: the key cannot be judged.
    case unreadable(String)
}

/// The calls on one key of a model.
struct KeyCalls<Action: KeyAction>: Sendable {
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

    init(key: String) { self.key = key }

    /// The operations of its calls, then those that were refused.
    var operations: some Collection<Int> { [calls, refused].joined().lazy.map(\.operation) }
}

extension KeyCalls {
    mutating func add(
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
            let unknownAttempts = operation.unknownAttempts
            if operation.outcome != .fail || !unknownAttempts.isEmpty {
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
            for sent in unknownAttempts {
                calls.append(Call(operation: index, action: retried, invoked: sent, returned: nil))
            }
        case .unreadable(let reason):
            if operation.outcome != .fail || !operation.unknownAttempts.isEmpty { unreadable = reason }
        }
    }
}
