// Limits on measured values: what is measured, of which operations, and how it must stand to its limit.

public import Core

/// A limit on a measured value; the measured value must stand in `comparison` to `limit`.
public struct Threshold: Sendable, Hashable {
    /// What is measured, over the operations of the load phase that `operation` names, or over all.
    public enum Measure: Sendable, Hashable {
        /// Seconds from the intended start to the return, at this percentile by nearest rank (0 to 100; 100
        /// is the maximum).
        case latency(percentile: Double)
        /// Operations that returned, a second of the load.
        case throughput
        /// Share of operations with this outcome; 0 to 1.
        case outcome(Outcome)
        /// Share of operations of which a request was answered 5xx; 0 to 1.
        case serverErrors
        /// Share of operations that overlapped another on the same key, a write among the two; 0 to 1.
        case contention
        /// Attempts made for each ok operation.
        case attemptsPerSuccess
        /// Attempts made for the one operation that took most.
        case mostAttempts
        /// Deadlocks that the database counted.
        case deadlocks
    }

    /// What reports write behind `shown` values.
    public enum Unit: String, Sendable, Hashable, CaseIterable {
        case milliseconds = "ms"
        case percent = "%"
        case perSecond = "/s"
        case perSuccess = "/success"
        case attempts
        case deadlocks
    }

    public var measure: Measure
    /// `nil`: all operations of the load.
    public var operation: String?
    public var comparison: Comparison.Operator
    /// In the measure's unit.
    public var limit: Double
    /// As written.
    public var source: String
    /// The load ends as soon as the limit is exceeded by at least so many operations; `nil`: never.
    public var abortsEarlyAfter: Int?
    /// Where the limit stands in its file.
    public var position: SourcePosition = SourcePosition(line: 1, column: 1)

    public static let defaultAbortOperations = 100

    /// Key and limit as the scenario has them, such as `reserve.latency p(99)<250ms`: distinct in a scenario.
    public var name: String { "\(key) \(source)" }

    public var unit: Unit {
        switch measure {
        case .latency: .milliseconds
        case .throughput: .perSecond
        case .outcome, .serverErrors, .contention: .percent
        case .attemptsPerSuccess: .perSuccess
        case .mostAttempts: .attempts
        case .deadlocks: .deadlocks
        }
    }

    /// A value of the measure as a number of `unit`: seconds as milliseconds, shares as percentages.
    public func shown(_ value: Double) -> Double {
        let factor: Double =
            switch unit {
            case .milliseconds: 1000
            case .percent: 100
            case .perSecond, .perSuccess, .attempts, .deadlocks: 1
            }
        // What the factor adds in the last binary places is no part of it: 7 %, not 7.000000000000001 %.
        let shown = value * factor
        return abs(shown) < 1e6 ? (shown * 1e9).rounded() / 1e9 : shown
    }

    /// A `shown` value as people read it: `250 ms`, `1.5/success`, `1 deadlock`.
    public static func text(_ shown: Double, _ unit: Unit) -> String {
        let number = Units.number((shown * 1000).rounded() / 1000)
        return switch unit {
        case .milliseconds, .percent: "\(number) \(unit.rawValue)"
        case .perSecond, .perSuccess: number + unit.rawValue
        case .attempts, .deadlocks:
            "\(number) " + (shown == 1 ? String(unit.rawValue.dropLast()) : unit.rawValue)
        }
    }

    public func holds(_ value: Double) -> Bool { comparison.holds(value, limit) }

    /// The place of a percentile in an ordered list of `count` values, from 1, by nearest rank.
    public static func nearestRank(_ percentile: Double, of count: Int) -> Int {
        // p(99.9) of 1000 is the 999th, whatever binary fractions make of 99.9.
        let rank = Int((percentile * Double(count) / 100 - 1e-9).rounded(.up))
        return min(max(rank, 1), count)
    }
}

extension Comparison.Operator {
    public func holds<Number: Comparable>(_ left: Number, _ right: Number) -> Bool {
        switch self {
        case .less: left < right
        case .lessOrEqual: left <= right
        case .equal: left == right
        case .notEqual: left != right
        case .greaterOrEqual: left >= right
        case .greater: left > right
        }
    }

    /// Whether it asks for at least something.
    public var isMinimum: Bool {
        switch self {
        case .greater, .greaterOrEqual: true
        case .less, .lessOrEqual, .equal, .notEqual: false
        }
    }

    /// Whether it asks for at most something.
    public var isMaximum: Bool {
        switch self {
        case .less, .lessOrEqual: true
        case .greater, .greaterOrEqual, .equal, .notEqual: false
        }
    }
}
