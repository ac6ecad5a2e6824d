// Limits on contention, unknown outcomes and latency, measured from the history itself.

import History
import Scenario

enum ThresholdJudging {
    /// Over the limit is `degraded`.
    ///
    /// Contention under an asked minimum is vacuity instead: the run raced too little to prove anything;
    /// running sequentially waives it.
    static func check(_ threshold: Threshold, _ facts: RunFacts, _ tally: Tally, sequential: Bool) -> Check {
        switch threshold.measure {
        case .contentionRate:
            let share = tally.operations == 0 ? 0 : Double(tally.contended) / Double(tally.operations)
            let measured = "contention was \(Figures.percent(share)) of \(tally.operations) operations"
            let holds = compare(share, threshold.comparison, threshold.limit)
            if !holds, isMinimum(threshold.comparison) {
                return sequential
                    ? Check(
                        kind: .threshold, name: threshold.source, verdict: .pass,
                        explanation: "not asked for in a sequential run")
                    : Check(
                        kind: .vacuity, name: threshold.source, verdict: .unknown,
                        explanation: "\(measured): too little to prove anything")
            }
            return result(threshold, holds, measured)
        case .unknownRate:
            let share = tally.operations == 0 ? 0 : Double(tally.unknown) / Double(tally.operations)
            return result(
                threshold, compare(share, threshold.comparison, threshold.limit),
                "\(Figures.percent(share)) of \(tally.operations) outcomes were unknown")
        case .latency(let operation, let percentile):
            guard let seconds = latency(of: operation, percentile, facts) else {
                return Check(
                    kind: .threshold, name: threshold.source, verdict: .unknown,
                    explanation: "no \(operation) of the load returned")
            }
            return result(
                threshold, compare(seconds, threshold.comparison, threshold.limit),
                "\(operation) took \(Figures.decimal(seconds * 1000, places: 3)) ms at "
                    + "p(\(Figures.decimal(percentile, places: percentile.rounded() == percentile ? 0 : 2)))")
        }
    }

    /// Seconds from the intended start to the return, at this percentile by nearest rank.
    static func latency(of operation: String, _ percentile: Double, _ facts: RunFacts) -> Double? {
        let latencies = facts.operations.filter { $0.phase == .load && $0.name == operation }
            .compactMap { record in record.returned.map { $0 - (record.intended ?? record.invoked) } }
            .sorted()
        guard !latencies.isEmpty else { return nil }
        let rank = Int((percentile / 100 * Double(latencies.count)).rounded(.up))
        return Double(latencies[min(max(rank, 1), latencies.count) - 1]) / 1e9
    }

    private static func result(_ threshold: Threshold, _ holds: Bool, _ measured: String) -> Check {
        Check(
            kind: .threshold, name: threshold.source, verdict: holds ? .pass : .degraded,
            explanation: measured)
    }

    private static func isMinimum(_ comparison: Comparison.Operator) -> Bool {
        switch comparison {
        case .greater, .greaterOrEqual: true
        case .less, .lessOrEqual, .equal, .notEqual: false
        }
    }

    static func compare(_ left: Double, _ comparison: Comparison.Operator, _ right: Double) -> Bool {
        switch comparison {
        case .less: left < right
        case .lessOrEqual: left <= right
        case .equal: left == right
        case .notEqual: left != right
        case .greaterOrEqual: left >= right
        case .greater: left > right
        }
    }
}
