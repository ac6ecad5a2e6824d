// Evaluates the expressions of invariants: exact fields, and sums that unknown outcomes widen to intervals.

import Core
import Histories
import Scenarios

/// What an expression may be worth.
enum Worth: Sendable {
    case exactly(Value)
    case between(Double, Double)

    var bounds: (low: Double, high: Double)? {
        switch self {
        case .exactly(let value): value.number.map { ($0, $0) }
        case .between(let low, let high): (low, high)
        }
    }

    var text: String {
        switch self {
        case .exactly(let value): shown(value)
        case .between(let low, let high):
            low == high ? Worth.number(low) : "\(Worth.number(low)) to \(Worth.number(high))"
        }
    }

    static func number(_ value: Double) -> String {
        Int(exactly: value).map(String.init) ?? Figures.decimal(value, places: 3)
    }
}

/// Why an expression has no worth.
struct EvaluationError: Error {
    var message: String
}

/// Evaluates for one operation, with sums over others.
struct Evaluation {
    /// The operation whose fields are meant.
    let subject: OperationRecord
    /// Other reads of the same moment whose fields are meant, by name.
    var beside: [String: OperationRecord] = [:]
    /// What sums and counts range over.
    let others: [OperationRecord]
    /// The operation that each one `needs`, whose varied values it inherits by dotted name.
    let needs: [String: String]

    /// `nil` where a field was not captured.
    func worth(of expression: Expression) throws(EvaluationError) -> Worth? {
        switch expression {
        case .literal(let value): return .exactly(Canonical.value(value))
        case .field(let operation, let name):
            let record = operation == subject.name ? subject : beside[operation]
            return record.flatMap { field(name, of: $0) }.map { .exactly($0) }
        case .sum(let operation, let name, let filter):
            return try sum(operation, where: filter) { record throws(EvaluationError) in
                guard let number = field(name, of: record)?.number else {
                    throw EvaluationError(
                        message:
                            "`\(name)` of one \(operation) is not known to be a number, so nothing can be summed"
                    )
                }
                return number
            }
        case .count(let operation, let filter):
            return try sum(operation, where: filter) { _ throws(EvaluationError) in 1 }
        case .add(let left, let right):
            return try combine(left, right) { ($0.low + $1.low, $0.high + $1.high) }
        case .subtract(let left, let right):
            return try combine(left, right) { ($0.low - $1.high, $0.high - $1.low) }
        case .multiply(let left, let right):
            return try combine(left, right) { first, second in
                let corners = [
                    first.low * second.low, first.low * second.high, first.high * second.low,
                    first.high * second.high,
                ]
                return (corners.min() ?? 0, corners.max() ?? 0)
            }
        }
    }

    func field(_ name: String, of record: OperationRecord) -> Value? {
        if let value = record.lookUp(name) { return Canonical.value(value) }
        return needs[record.name].flatMap { record.lookUp("\($0).\(name)") }.map(Canonical.value)
    }

    private func sum(
        _ operation: String, where filter: Condition.Node?,
        of value: (OperationRecord) throws(EvaluationError) -> Double
    ) throws(EvaluationError) -> Worth {
        var low = 0.0
        var high = 0.0
        for record in others where record.name == operation {
            let attempts = record.uncertainEffects
            guard record.mayCount, try isMeant(record, by: filter) else { continue }
            let number = try value(record)
            if record.outcome == .ok {
                low += number
                high += number
            }
            low += min(0, number) * Double(attempts)
            high += max(0, number) * Double(attempts)
        }
        return .between(low, high)
    }

    /// Whether a sum counts the operation.
    func isMeant(_ record: OperationRecord, by filter: Condition.Node?) throws(EvaluationError) -> Bool {
        guard let filter else { return true }
        let own = Evaluation(subject: record, others: [], needs: needs)
        guard let isMeant = try own.mayHold(filter)?.holds else {
            throw EvaluationError(message: "one \(record.name) lacks a value that `where` compares")
        }
        return isMeant
    }

    private func combine(
        _ left: Expression, _ right: Expression,
        _ bounds: ((low: Double, high: Double), (low: Double, high: Double)) -> (low: Double, high: Double)
    ) throws(EvaluationError) -> Worth? {
        guard let left = try worth(of: left), let right = try worth(of: right) else { return nil }
        guard let first = left.bounds, let second = right.bounds else {
            throw EvaluationError(message: "only numbers can be added and multiplied")
        }
        let result = bounds(first, second)
        return .between(result.low, result.high)
    }

    /// Whether some value of each side satisfies the comparison; `nil` where the two cannot be compared.
    static func mayHold(_ left: Worth, _ comparison: Comparison.Operator, _ right: Worth) -> Bool? {
        if case .exactly(.int(let first)) = left, case .exactly(.int(let second)) = right {
            // More digits than a Double has, as some identifiers.
            return comparison.holds(first, second)
        }
        if let first = left.bounds, let second = right.bounds {
            // A sum of decimal fractions is not exact: 0.1 + 0.2 is no less and no more than 0.3.
            let all = [first.low, first.high, second.low, second.high]
            let isWhole = all.allSatisfy { $0 == $0.rounded() }
            let slack = isWhole ? 0 : 1e-9 * (all.map { abs($0) }.max() ?? 0)
            return switch comparison {
            case .less: first.low < second.high - slack
            case .lessOrEqual: first.low <= second.high + slack
            case .greater: first.high > second.low + slack
            case .greaterOrEqual: first.high >= second.low - slack
            case .equal: first.low <= second.high + slack && second.low <= first.high + slack
            case .notEqual: max(first.high, second.high) - min(first.low, second.low) > slack
            }
        }
        guard case .exactly(let first) = left, case .exactly(let second) = right else { return nil }
        switch comparison {
        case .equal: return first.isEquivalent(to: second)
        case .notEqual: return !first.isEquivalent(to: second)
        case .less, .lessOrEqual, .greater, .greaterOrEqual: return nil
        }
    }
}

extension OperationRecord {
    /// Effects that it may have had beside the one that was acknowledged, if that was.
    var uncertainEffects: Int { unknownAttempts.count + (outcome == .unknown ? 1 : 0) }

    /// Whether it had an effect or may have had one.
    var mayCount: Bool { outcome == .ok || uncertainEffects > 0 }
}

extension Expression {
    /// Its terms that range over operations, in the order in which they are written, each once.
    var aggregates: [Expression] {
        switch self {
        case .literal, .field: []
        case .sum, .count: [self]
        case .add(let left, let right), .subtract(let left, let right), .multiply(let left, let right):
            left.aggregates + right.aggregates.filter { !left.aggregates.contains($0) }
        }
    }

    /// The values that it takes from single answers.
    var fields: [Expression] {
        switch self {
        case .literal, .sum, .count: []
        case .field: [self]
        case .add(let left, let right), .subtract(let left, let right), .multiply(let left, let right):
            left.fields + right.fields
        }
    }

    /// All operations it names.
    var operations: Set<String> {
        switch self {
        case .literal: []
        case .field(let operation, _), .sum(let operation, _, _), .count(let operation, _): [operation]
        case .add(let left, let right), .subtract(let left, let right), .multiply(let left, let right):
            left.operations.union(right.operations)
        }
    }
}
