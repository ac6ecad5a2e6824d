// How the operations of a foreign history read as calls on an object.

import Core
public import History

/// An object whose histories are judged key by key for an order that explains them.
protocol ForeignObject: Sendable {
    associatedtype Model: SequentialModel

    var model: Model { get }

    /// What the operation did; `nil` if it says nothing and had no effect.
    func action(of operation: ForeignOperation) throws(ForeignError) -> Model.Action?

    /// One sentence on why these operations contradict the object.
    func title(of example: ForeignExample<Model>) -> String
}

/// A smallest example, with the operations it stands for.
struct ForeignExample<Model: SequentialModel> {
    /// In order of invocation.
    let calls: [Call<Model.Action>]
    /// Every call of the key.
    let all: [Call<Model.Action>]
    let operations: [ForeignOperation]

    func process(_ call: Call<Model.Action>) -> String { "process \(operations[call.operation].process)" }

    /// `process 3 read 4`, one after another.
    var told: String { calls.map { operations[$0.operation].told }.joined(separator: "; ") }
}

extension ForeignObject {
    func title(of example: ForeignExample<Model>) -> String {
        example.calls.count == 1
            ? "No state allows it: \(example.told)."
            : "No order of these \(example.calls.count) operations explains them: \(example.told)."
    }
}

extension Value {
    /// The text, of a keyword that was written as text without its colon.
    var word: String? { text.map { $0.hasPrefix(":") ? String($0.dropFirst()) : $0 } }
}

extension ForeignOperation {
    /// `process 3 read 4`.
    public var told: String {
        let what =
            switch f {
            case "read", "r": "read" + (outcome == .ok ? " \(shown(result))" : "")
            case "write", "w": "\(outcome == .ok ? "wrote" : "write of") \(shown(argument))"
            case "cas": "cas of \(shown(argument))"
            default: f + (told(outcome == .ok && result != .null ? result : argument))
            }
        let end =
            switch outcome {
            case .ok: ""
            case .fail: ", refused"
            case .unknown: ", outcome unknown"
            }
        return "process \(process) \(what)\(end)"
    }

    private func told(_ value: Value) -> String { value == .null ? "" : " \(shown(value))" }
}

// MARK: - Registers

/// `read`, `write` and `cas` with `[old,new]`.
struct ForeignRegister: ForeignObject {
    let options: ForeignOptions

    var model: RegisterModel { RegisterModel(initial: options.initial ?? .null) }

    func action(of operation: ForeignOperation) throws(ForeignError) -> RegisterAction? {
        switch operation.f {
        case "read":
            guard operation.outcome == .ok else { return nil }
            return operation.result == .null && options.nilRead == .ignored ? nil : .read(operation.result)
        case "write":
            return operation.outcome == .fail ? nil : .write(operation.argument)
        case "cas" where options.model == .casRegister:
            guard let pair = operation.argument.elements, pair.count == 2 else {
                throw ForeignError(
                    operation, "a cas has the value [old,new], not \(shown(operation.argument))")
            }
            guard operation.outcome == .fail else { return .compareAndSet(expected: pair[0], new: pair[1]) }
            return options.failedCompareAndSet == .mismatch ? .mismatch(pair[0]) : nil
        default:
            throw .unknown(
                operation, known: options.model == .casRegister ? "read, write and cas" : "read and write")
        }
    }

    func title(of example: ForeignExample<RegisterModel>) -> String {
        let winners = example.calls.filter { $0.returned != nil && $0.action.found != nil }
        if winners.count > 1, winners.count == example.calls.count,
            winners.allSatisfy({ $0.action.written != nil && $0.action.found == winners[0].action.found }),
            let found = winners[0].action.found
        {
            let processes = Figures.list(winners.map(example.process))
            return "\(processes) \(winners.count == 2 ? "both" : "all") replaced \(shown(found)): "
                + "one of the updates was lost."
        }
        guard let last = example.calls.last(where: { model.isRead($0.action) }) else {
            return told(example)
        }
        switch last.action {
        case .mismatch(let value):
            return "\(example.process(last)) was refused a change from \(shown(value)), "
                + "although the register held it all the while: \(example.told)."
        case .read(let value)
        where !example.all.contains { $0.action.written == value } && value != options.initial ?? .null:
            let isRefused = example.operations.contains { operation in
                operation.outcome == .fail && operation.key == example.operations[last.operation].key
                    && (operation.argument == value || operation.argument.elements?.last == value)
            }
            return "\(example.process(last)) read \(shown(value)), "
                + (isRefused ? "whose write had been refused." : "which nobody wrote.")
        case .read(let value):
            let lost = example.calls.filter {
                $0.action.written != nil && $0.action.written != value
                    && $0.returned ?? .max < last.invoked
            }.last
            guard let lost, let gone = lost.action.written else { return told(example) }
            return "\(example.process(last)) read \(shown(value)) after \(example.process(lost)) had put "
                + "\(shown(gone)) there, and nothing put \(shown(value)) back."
        case .write, .compareAndSet: return told(example)
        }
    }

    private func told(_ example: ForeignExample<RegisterModel>) -> String {
        "No order of these \(example.calls.count) operations explains them: \(example.told)."
    }
}

/// `acquire` and `release`; only who finds it free acquires, only a held one is released.
struct ForeignMutex: ForeignObject {
    var model: StateMachineModel {
        StateMachineModel(initial: 1, names: ["free", "held"], transitions: [[2, 0], [0, 1]])
    }

    func action(of operation: ForeignOperation) throws(ForeignError) -> StateMachineAction? {
        let transition: Int
        switch operation.f {
        case "acquire": transition = 0
        case "release": transition = 1
        default: throw .unknown(operation, known: "acquire and release")
        }
        return operation.outcome == .fail ? nil : .transition(transition)
    }
}

/// `add` of a whole number, and `read`; it may go below zero, and has no limit.
struct ForeignCounter: ForeignObject {
    /// A count starts this far from the model's zero, so that it may fall.
    private static let middle = Int.max / 2

    var model: CounterModel { CounterModel(initial: Self.middle, limit: .max) }

    /// Errors: additions that together leave the range of whole numbers, which no count of a service does.
    static func checkTotal(_ operations: [ForeignOperation]) throws(ForeignError) {
        var total: UInt = 0
        for position in operations.indices {
            guard case .int(let amount) = operations[position].argument else { continue }
            let (sum, isTooLarge) = total.addingReportingOverflow(amount.magnitude)
            total = sum
            if isTooLarge || total > Self.middle / 2 {
                throw ForeignError(
                    operations[position], "the additions up to here are too large to be added up")
            }
        }
    }

    func action(of operation: ForeignOperation) throws(ForeignError) -> CounterAction? {
        switch operation.f {
        case "add", "inc", "increment":
            guard operation.outcome != .fail else { return nil }
            guard case .int(let amount) = operation.argument, amount.magnitude < Self.middle / 2 else {
                throw ForeignError(
                    operation, "an addition has a whole number, not \(shown(operation.argument))")
            }
            return .change(amount)
        case "read":
            guard operation.outcome == .ok else { return nil }
            guard case .int(let count) = operation.result, count.magnitude < Self.middle / 2 else {
                throw ForeignError(operation, "a read gives a whole number, not \(shown(operation.result))")
            }
            return .observe(Self.middle + count)
        default: throw .unknown(operation, known: "add and read")
        }
    }

    func title(of example: ForeignExample<CounterModel>) -> String {
        guard let read = example.calls.last(where: { model.isRead($0.action) }) else {
            return "The additions alone cannot all have happened: \(example.told)."
        }
        return "\(example.process(read)) read \(shown(example.operations[read.operation].result)), "
            + "which the additions before and during it do not allow."
    }
}

/// Transactions of `["read",x,v]` and `["write",x,v]` on several registers, each at one instant.
struct ForeignMultiRegister: ForeignObject {
    let options: ForeignOptions

    var model: MultiRegisterModel {
        guard case .object(let values)? = options.initial else { return MultiRegisterModel().fromAnywhere }
        return MultiRegisterModel(initial: values)
    }

    func action(of operation: ForeignOperation) throws(ForeignError) -> MultiRegisterAction? {
        if operation.outcome == .fail { return nil }
        let value = operation.outcome == .ok ? operation.result : operation.argument
        guard let operations = value.elements,
            operation.f == "txn" || operation.f == "read" || operation.f == "write"
        else { throw .unknown(operation, known: "txn with a list of [\"read\" or \"write\",register,value]") }
        var steps: [MultiRegisterAction.Step] = []
        for micro in operations {
            guard let parts = micro.elements, parts.count == 3, let name = parts[0].word,
                ["read", "r", "write", "w"].contains(name)
            else {
                throw ForeignError(
                    operation, "a step is [\"read\" or \"write\",register,value], not \(shown(micro))")
            }
            let isRead = name.hasPrefix("r")
            // A read without answer, or by this reading of nil, says nothing.
            if isRead, operation.outcome != .ok || (parts[2] == .null && options.nilRead == .ignored) {
                continue
            }
            steps.append(MultiRegisterAction.Step(register: parts[1], value: parts[2], isRead: isRead))
        }
        return steps.isEmpty ? nil : MultiRegisterAction(steps: steps)
    }
}
