// Judges a foreign history: each model has a reader, and keys are judged as those of own runs are.

import Core
public import Histories

/// Judges operations of a foreign history by one model.
///
/// Keys are judged side by side, each within its own budget; the judgement is the same whatever the machine.
public struct ForeignCheck: Sendable {
    let options: ForeignOptions

    public init(_ options: ForeignOptions) { self.options = options }

    /// Errors: the first operation that the model has no word for.
    public func judge(_ operations: [ForeignOperation]) throws(ForeignError) -> ForeignJudgement {
        if options.model == .counter { try ForeignCounter.checkTotal(operations) }
        return switch options.model {
        case .register, .casRegister: try judge(operations, by: ForeignRegister(options: options))
        case .mutex: try judge(operations, by: ForeignMutex(options: options))
        case .multiRegister: try judge(operations, by: ForeignMultiRegister(options: options))
        case .counter: try judge(operations, by: ForeignCounter(options: options))
        case .set, .setFull: try judge(operations, by: ForeignSet(options: options))
        case .bank: try judge(operations, by: ForeignBank(options: options))
        case .listAppend, .rwRegister: try judge(operations, by: ForeignTransactions(options: options))
        case .longFork: try judge(operations, by: ForeignLongFork())
        }
    }

    private func judge<Reading: ForeignReading>(
        _ operations: [ForeignOperation], by reading: Reading
    ) throws(ForeignError) -> ForeignJudgement {
        var keys = Numbering<Value>()
        var parts: [[Reading.Part]] = []
        // An operation is large and is not copied to be looked at.
        for position in operations.indices {
            guard let part = try reading.part(of: operations[position], at: position) else { continue }
            let number = keys.number(of: operations[position].key)
            if number == parts.count { parts.append([]) }
            parts[number].append(part)
        }
        let outcomes = try sideBySide(parts) { parts throws(ForeignError) in
            try reading.judge(parts, operations)
        }
        var judgement = ForeignJudgement(options)
        // Where nothing was done, nothing was tested.
        if operations.isEmpty { judgement.undecided = [ForeignUndecided(key: nil, fraction: 0)] }
        judgement.keys = outcomes.count == 1 ? outcomes[0].keys : outcomes.count
        for (key, outcome) in zip(keys.items, outcomes) {
            judgement.add(outcome, on: outcomes.count == 1 ? nil : shown(key))
        }
        return judgement
    }
}

/// How one model reads a foreign history, and what it says of one key.
protocol ForeignReading: Sendable {
    /// What an operation means to its key.
    associatedtype Part: Sendable

    /// `nil` if the operation says nothing and had no effect.
    func part(of operation: ForeignOperation, at position: Int) throws(ForeignError) -> Part?

    /// Judges all parts of one key.
    func judge(_ parts: [Part], _ operations: [ForeignOperation]) throws(ForeignError) -> ForeignOutcome
}

/// Where no operation says anything by itself, the parts of a key are the positions of its operations.
extension ForeignReading where Part == Int {
    func part(of operation: ForeignOperation, at position: Int) -> Int? { position }
}

/// What came of one key.
struct ForeignOutcome: Sendable {
    /// Objects judged in it, which are told where the history has no keys beside them.
    var keys = 1
    var explored = 0
    var violations: [ForeignViolation] = []
    /// Where it is not decided: the share of its operations that some order explains.
    var undecided: Double?
    var order: [Int]?
}

extension ForeignOutcome {
    /// Takes a violation, of each kind the first with how many there are.
    mutating func tell(_ violation: ForeignViolation) {
        if let alike = violations.firstIndex(where: { $0.kind == violation.kind }) {
            violations[alike].count += 1
        } else {
            violations.append(violation)
        }
    }
}
