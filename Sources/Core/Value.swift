// One JSON-like value: what scenarios write, requests carry, answers hold and histories record.

/// A value as JSON and YAML know it.
///
/// Integers stay apart from other numbers, so that identifiers and counts survive a round trip; `1` and `1.0`
/// are different values, but `isEquivalent(to:)` compares them as numbers.
public enum Value: Sendable, Hashable {
    case null
    case bool(Bool)
    case int(Int)
    case double(Double)
    case string(String)
    case array([Value])
    case object([String: Value])
}

extension Value: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral {
    public init(stringLiteral value: String) { self = .string(value) }
    public init(integerLiteral value: Int) { self = .int(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
}

extension Value {
    /// The number it is, `nil` for anything else; text is never read as a number.
    public var number: Double? {
        switch self {
        case .int(let value): Double(value)
        case .double(let value): value
        case .null, .bool, .string, .array, .object: nil
        }
    }

    public var text: String? {
        if case .string(let value) = self { value } else { nil }
    }

    public var elements: [Value]? {
        if case .array(let values) = self { values } else { nil }
    }

    public var members: [String: Value]? {
        if case .object(let members) = self { members } else { nil }
    }

    public subscript(name: String) -> Value? { members?[name] }

    /// Equality in which `1` and `1.0` are the same number, all the way down.
    public func isEquivalent(to other: Value) -> Bool {
        if let left = number, let right = other.number { return left == right }
        switch (self, other) {
        case (.array(let left), .array(let right)):
            return left.count == right.count && zip(left, right).allSatisfy { $0.isEquivalent(to: $1) }
        case (.object(let left), .object(let right)):
            return left.count == right.count
                && left.allSatisfy { key, value in right[key].map { value.isEquivalent(to: $0) } ?? false }
        default: return self == other
        }
    }
}
