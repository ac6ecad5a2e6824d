// How a register is read from a run, with or without compare-and-set.

import Core
import Histories
import Scenarios

struct RegisterReading: ModelReading {
    let write: [OperationBinding]
    let compareAndSet: [CompareAndSet]

    func isIdempotent(_ action: RegisterAction) -> Bool { action.isIdempotent }

    func read(
        _ operation: OperationRecord, observed: [Value], into meanings: inout [Meaning<RegisterAction>]
    ) {
        let write = write.span
        for place in write.indices where write[place].operation == operation.name {
            meanings.append(
                operation.value(of: write[place].value).map { .change(.write($0), retried: .write($0)) }
                    ?? .unreadable("the value written by \(operation.name) is not known"))
        }
        let compareAndSet = compareAndSet.span
        for place in compareAndSet.indices where compareAndSet[place].operation == operation.name {
            guard let new = operation.value(of: compareAndSet[place].new) else {
                meanings.append(.unreadable("the value written by \(operation.name) is not known"))
                continue
            }
            if let expected = operation.value(of: compareAndSet[place].expected) {
                // An earlier attempt may have expected something else.
                meanings.append(.change(.compareAndSet(expected: expected, new: new), retried: .write(new)))
            } else if operation.outcome == .ok {
                meanings.append(.unreadable("the value expected by \(operation.name) is not known"))
            } else {
                meanings.append(.change(.write(new), retried: .write(new)))
            }
        }
        for value in observed { meanings.append(.read(.read(value))) }
    }

    func cases(
        of key: KeyCalls<RegisterAction>, initial: Value?, _ facts: RunFacts
    ) -> [KeyCase<RegisterModel>] {
        [KeyCase(key, RegisterModel(initial: initial))]
    }
}

extension RegisterAction: KeyAction {
    var put: Value? { written }

    var given: [Value] {
        if case .read(let value) = self { [value] } else { [] }
    }
}
