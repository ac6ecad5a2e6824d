// Judges a foreign history: each model to its route, each key for itself.

import Core
public import History

/// Judges operations of a foreign history by one model.
///
/// Keys are judged in parallel, each within its own budget; the judgement is the same whatever the machine.
public struct ForeignCheck: Sendable {
    /// Keys are dealt out to this many tasks.
    private static let lanes = 16

    let options: ForeignOptions

    public init(_ options: ForeignOptions) { self.options = options }

    /// Errors: a `ForeignError` for the first operation that the model has no word for.
    public func judge(_ operations: [ForeignOperation]) async throws -> ForeignJudgement {
        if options.model == .counter { try ForeignCounter.checkTotal(operations) }
        return switch options.model {
        case .register, .casRegister: try await judge(operations, as: ForeignRegister(options: options))
        case .mutex: try await judge(operations, as: ForeignMutex())
        case .multiRegister: try await judge(operations, as: ForeignMultiRegister(options: options))
        case .counter: try await judge(operations, as: ForeignCounter())
        case .set, .setFull: try judgeEachKey(operations, SetCheck(options: options).judge)
        case .bank: try judgeEachKey(operations, BankCheck(options: options).judge)
        case .listAppend, .rwRegister:
            try judgeEachKey(operations, TransactionCheck(options: options).judge)
        case .longFork: try judgeEachKey(operations, LongForkCheck(options: options).judge)
        }
    }

    /// For what is judged as a whole: each key's operations are such a whole.
    private func judgeEachKey(
        _ operations: [ForeignOperation], _ judge: ([ForeignOperation]) throws -> ForeignJudgement
    ) throws -> ForeignJudgement {
        let first = operations.first?.key
        if operations.allSatisfy({ $0.key == first }) { return try judge(operations) }
        var positions: [Value: [Int]] = [:]
        for position in operations.indices {
            positions[operations[position].key, default: []].append(position)
        }
        var whole = ForeignJudgement(options)
        for members in positions.values.sorted(by: { $0[0] < $1[0] }) {
            let key = shown(operations[members[0]].key)
            let judged = try judge(members.map { operations[$0] })
            whole.keys += 1
            whole.explored += judged.explored
            whole.violations += judged.violations.map { violation in
                var violation = violation
                violation.key = key
                violation.operations = violation.operations.map { members[$0] }
                return violation
            }
            whole.undecided += judged.undecided.map { ForeignUndecided(key: key, fraction: $0.fraction) }
        }
        whole.conclude()
        return whole
    }

    private func judge<Object: ForeignObject>(
        _ operations: [ForeignOperation], as object: Object
    ) async throws -> ForeignJudgement {
        let keys = try Self.calls(of: operations, object)
        let hasKeys = keys.count > 1
        let judging = ForeignKeyJudging(object: object, options: options, operations: operations)
        let judged = await withTaskGroup(of: [(key: Int, outcome: KeyOutcome)].self) { group in
            for lane in 0..<min(Self.lanes, keys.count) {
                group.addTask {
                    stride(from: lane, to: keys.count, by: Self.lanes).map {
                        ($0, judging.outcome(of: keys[$0].calls, key: hasKeys ? shown(keys[$0].key) : nil))
                    }
                }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
        var judgement = ForeignJudgement(options)
        judgement.keys = keys.count
        for (_, outcome) in judged.sorted(by: { $0.key < $1.key }) {
            judgement.explored += outcome.explored
            outcome.violation.map { judgement.violations.append($0) }
            outcome.undecided.map { judgement.undecided.append($0) }
            outcome.order.map { judgement.orders.append($0) }
        }
        judgement.conclude()
        return judgement
    }

    /// In order of the keys' first operations.
    private static func calls<Object: ForeignObject>(
        of operations: [ForeignOperation], _ object: Object
    ) throws(ForeignError) -> [(key: Value, calls: [Call<Object.Model.Action>])] {
        var numbers: [Value: Int] = [:]
        var keys: [(key: Value, calls: [Call<Object.Model.Action>])] = []
        // An operation is large and is not copied to be looked at.
        for position in operations.indices {
            guard let action = try object.action(of: operations[position]) else { continue }
            let key = operations[position].key
            let number = numbers[key] ?? keys.count
            if number == keys.count {
                numbers[key] = number
                keys.append((key, []))
            }
            keys[number].calls.append(
                Call(
                    operation: position, action: action, invoked: operations[position].invoked,
                    returned: operations[position].returned))
        }
        return keys
    }
}

/// What came of one key.
struct KeyOutcome: Sendable {
    var explored = 0
    var violation: ForeignViolation?
    var undecided: ForeignUndecided?
    var order: ForeignOrder?
}

/// Judges the calls of one key.
struct ForeignKeyJudging<Object: ForeignObject>: Sendable {
    let object: Object
    let options: ForeignOptions
    let operations: [ForeignOperation]

    func outcome(of calls: [Call<Object.Model.Action>], key: String?) -> KeyOutcome {
        let model = object.model
        let decision = model.decide(calls, budget: options.budget, recordsOrder: options.recordsOrder)
        var outcome = KeyOutcome(explored: decision.explored)
        switch decision.verdict {
        case .linearizable:
            outcome.order = decision.order.map {
                ForeignOrder(key: key, operations: $0.map { calls[$0].operation })
            }
        case .exhausted:
            outcome.undecided = ForeignUndecided(key: key, fraction: decision.fraction)
        case .violated where !options.findsExamples:
            outcome.violation = ForeignViolation(
                key: key, kind: "not-linearizable", title: "No order explains it.", operations: [])
        case .violated:
            var search = ExampleSearch(model, calls, decision)
            let example = search.find()
            outcome.explored += search.explored
            let told = ForeignExample<Object.Model>(calls: example.calls, all: calls, operations: operations)
            outcome.violation = ForeignViolation(
                key: key, kind: "not-linearizable", title: object.title(of: told),
                operations: example.calls.map(\.operation),
                reasons: example.isRestarted
                    ? ["All that came before is explained, and leaves one state, from which these are not."]
                    : [])
        }
        return outcome
    }
}
