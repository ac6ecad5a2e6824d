// How often each operation of a preparation is sent, and what they hand on to those that come later.

import Core
import Scenarios

extension Preparation {
    /// One time that the operation is sent.
    struct Turn {
        var operation: String
        var isRepeated: Bool
        var isLast: Bool
    }

    var sent: [Turn] {
        let times = times ?? 1
        return (1...times).map {
            Turn(operation: operation, isRepeated: self.times != nil, isLast: $0 == times)
        }
    }
}

/// What the operations of a preparation hand on to those that come later.
struct Inheritance {
    private(set) var values: [String: Value] = [:]
    private var lists: [String: [Value]] = [:]

    /// Adds what an operation knew and captured; of a repeated one, what is its own becomes lists in the end.
    mutating func add(_ handedOn: [String: Value], of operation: OperationPlan, _ turn: Preparation.Turn) {
        values.merge(handedOn) { $1 }
        guard turn.isRepeated else { return }
        let declaration = operation.declaration
        for name in Set(declaration.vary.map(\.name) + declaration.steps.flatMap(\.captures).map(\.name)) {
            if let value = handedOn[name] { lists[name, default: []].append(value) }
            values[name] = nil
        }
        guard turn.isLast else { return }
        values.merge(lists.mapValues { .array($0) }) { $1 }
        lists = [:]
    }
}
