// How the operations of a foreign history read as calls on an object.

import Core
public import Histories

/// An object whose histories are judged key by key for an order that explains them.
protocol ForeignObject: ForeignReading where Part == Call<Model.Action> {
    associatedtype Model: SequentialModel

    var options: ForeignOptions { get }
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

    func process(_ call: Call<Model.Action>) -> String { operations.process(call.operation) }

    /// `process 3 read 4`, one after another.
    var told: String { calls.map { operations[$0.operation].told }.joined(separator: "; ") }

    var unordered: String { "No order of these \(calls.count) operations explains them: \(told)." }
}

extension ForeignObject {
    func title(of example: ForeignExample<Model>) -> String {
        example.calls.count == 1 ? "No state allows it: \(example.told)." : example.unordered
    }

    func part(of operation: ForeignOperation, at position: Int) throws(ForeignError) -> Part? {
        guard let action = try action(of: operation) else { return nil }
        return Call(
            operation: position, action: action, invoked: operation.invoked, returned: operation.returned)
    }

    func judge(_ calls: [Call<Model.Action>], _ operations: [ForeignOperation]) -> ForeignOutcome {
        let key = KeyCase(key: "", model: model, calls: calls)
        let decision = key.decide(budget: options.budget, recordsOrder: options.recordsOrder)
        var outcome = ForeignOutcome(explored: decision.explored)
        switch decision.verdict {
        case .linearizable: outcome.order = decision.order?.map { calls[$0].operation }
        case .exhausted: outcome.undecided = decision.fraction
        case .violated:
            var violation = ForeignViolation(
                kind: "not-linearizable", title: "No order explains it.", operations: [])
            if options.findsExamples {
                let (example, explored) = key.example(of: decision)
                outcome.explored += explored
                violation.operations = example.calls.map(\.operation)
                violation.title = title(
                    of: ForeignExample(calls: example.calls, all: calls, operations: operations))
                if example.isRestarted {
                    violation.reasons = [
                        "All that came before is explained, and leaves one state, from which these are not."
                    ]
                }
            }
            outcome.violations = [violation]
        }
        return outcome
    }
}

// MARK: - Operations

extension [ForeignOperation] {
    /// `process 3`, which sent the operation at a position.
    func process(_ position: Int) -> String { self[position].sender }
}

extension Value {
    /// The text, of a keyword that was written as text without its colon.
    var word: String? { text.map { $0.hasPrefix(":") ? String($0.dropFirst()) : $0 } }
}

extension ForeignOperation {
    /// What was read where it ended well, else what it was to do.
    var value: Value { outcome == .ok ? result : argument }

    /// The steps of a transaction.
    func steps(known: String) throws(ForeignError) -> [Value] {
        guard ["txn", "read", "write"].contains(f), let steps = value.elements else {
            throw .unknown(self, known: known)
        }
        return steps
    }

    /// One of them, whose `form` is said where it has another.
    func step(
        _ step: Value, form: String, isName: (String) -> Bool
    ) throws(ForeignError) -> (name: String, key: Value, value: Value) {
        guard let parts = step.elements, parts.count == 3, let name = parts[0].word, isName(name) else {
            throw ForeignError(self, "\(form), not \(shown(step))")
        }
        return (name, parts[1], parts[2])
    }

    static func isReadOrWrite(_ name: String) -> Bool { ["r", "read", "w", "write"].contains(name) }

    /// `process 3`, or `client 3` of a run of our own.
    var sender: String { "\(isOwn ? "client" : "process") \(process)" }

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
        return "\(sender) \(what)\(end)"
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
            return example.unordered
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
            guard let lost, let gone = lost.action.written else { return example.unordered }
            return "\(example.process(last)) read \(shown(value)) after \(example.process(lost)) had put "
                + "\(shown(gone)) there, and nothing put \(shown(value)) back."
        case .write, .compareAndSet: return example.unordered
        }
    }
}

/// `acquire` and `release`; only who finds it free acquires, only a held one is released.
struct ForeignMutex: ForeignObject {
    let options: ForeignOptions

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
    let options: ForeignOptions

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
        var steps: [MultiRegisterAction.Step] = []
        let known = "txn with a list of [\"read\" or \"write\",register,value]"
        for step in try operation.steps(known: known) {
            let (name, register, value) = try operation.step(
                step, form: "a step is [\"read\" or \"write\",register,value]",
                isName: ForeignOperation.isReadOrWrite)
            let isRead = name.hasPrefix("r")
            // A read without answer, or by this reading of nil, says nothing.
            if isRead, operation.outcome != .ok || (value == .null && options.nilRead == .ignored) {
                continue
            }
            steps.append(MultiRegisterAction.Step(register: register, value: value, isRead: isRead))
        }
        return steps.isEmpty ? nil : MultiRegisterAction(steps: steps)
    }
}
