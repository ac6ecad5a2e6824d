// What a threshold that may end the load has measured so far, and whether it is exceeded: counts only, so
// that an operation costs a few additions.

import Core
public import Histories
public import Scenarios

/// One threshold with `abort-early` over the operations of one event loop, or of all added together.
public struct LiveThreshold: Sendable, Hashable {
    public let threshold: Threshold
    /// Operations that it measured.
    public private(set) var operations = 0
    /// When the first operation of the load started, whatever its name: rates count from there, as those of
    /// the whole history do, and not from before the connections were opened.
    public private(set) var began: Int64?
    private var succeeded = 0
    private var attempts = 0
    /// Latencies that fail the comparison, or operations with the outcome that is limited.
    private var counted = 0
    /// The longest latency in nanoseconds, or the most attempts.
    private var most: Int64 = 0

    public init(_ threshold: Threshold) { self.threshold = threshold }

    /// An operation of the load phase has returned.
    public mutating func add(_ record: OperationRecord) {
        begin(at: record.intended ?? record.invoked)
        guard threshold.operation == nil || threshold.operation == record.name else { return }
        operations += 1
        switch threshold.measure {
        case .latency:
            let nanoseconds = record.latencyNanoseconds ?? 0
            most = max(most, nanoseconds)
            if !threshold.holds(Double(nanoseconds) / 1e9) { counted += 1 }
        case .outcome(let outcome): if record.outcome == outcome { counted += 1 }
        case .serverErrors: if record.hasServerError { counted += 1 }
        case .attemptsPerSuccess, .mostAttempts:
            let tried = record.attempts
            attempts += tried
            most = max(most, Int64(tried))
            if record.outcome == .ok { succeeded += 1 }
        case .throughput, .contention, .deadlocks: break
        }
    }

    private mutating func begin(at start: Int64) { began = min(began ?? start, start) }

    mutating func add(_ other: LiveThreshold) {
        if let start = other.began { begin(at: start) }
        operations += other.operations
        succeeded += other.succeeded
        attempts += other.attempts
        counted += other.counted
        most = max(most, other.most)
    }

    /// What it came to so far, in the measure's unit; `nil` for a percentile below the maximum, which counts
    /// do not tell, and for what has no value yet.
    public func measured(after seconds: Double) -> Double? {
        switch threshold.measure {
        case .latency(100): Double(most) / 1e9
        case .latency, .contention, .deadlocks: nil
        case .throughput: Double(operations) / max(seconds, 1e-9)
        case .outcome, .serverErrors: operations == 0 ? nil : Double(counted) / Double(operations)
        case .attemptsPerSuccess: succeeded == 0 ? nil : Double(attempts) / Double(succeeded)
        case .mostAttempts: Double(most)
        }
    }

    /// Whether it is exceeded by what was measured so far, once that is enough, or in any case by the end.
    ///
    /// `planned` is how many operations the whole load has at most, where that is known.
    public func isExceeded(after seconds: Double, planned: Int?) -> Bool {
        if operations > 0, isCertain(planned: planned) { return true }
        guard let least = threshold.abortsEarlyAfter, operations >= least else { return false }
        if case .latency(let percentile) = threshold.measure, percentile < 100 {
            return fails(percentile, of: operations)
        }
        return measured(after: seconds).map { !threshold.holds($0) } ?? false
    }

    /// Exactly whether the latency at the nearest rank of `count` fails, by the number of those that do.
    private func fails(_ percentile: Double, of count: Int) -> Bool {
        let rank = Threshold.nearestRank(percentile, of: count)
        return threshold.comparison.isMaximum ? counted > count - rank : counted >= rank
    }

    /// Whether no operation that is still to come can mend it.
    private func isCertain(planned: Int?) -> Bool {
        let isMaximum = threshold.comparison.isMaximum
        switch threshold.measure {
        case .latency(100): return isMaximum && counted > 0
        case .mostAttempts: return isMaximum && !threshold.holds(Double(most))
        case .latency(let percentile):
            guard let planned, isMaximum else { return false }
            return fails(percentile, of: max(planned, operations))
        case .outcome, .serverErrors:
            guard let planned, planned >= operations else { return false }
            let best = isMaximum ? counted : counted + planned - operations
            return !threshold.holds(Double(best) / Double(planned))
        case .throughput, .attemptsPerSuccess, .contention, .deadlocks: return false
        }
    }
}

/// The threshold that is exceeded first.
public struct ExceededThreshold: Sendable, Hashable {
    public var threshold: Threshold
    /// In the measure's unit; of a percentile to three digits.
    public var measured: Double
    public var operations: Int
}
