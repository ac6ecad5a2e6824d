// Thresholds with `abort-early`, looked at while the load goes on.

import Core
import Histogram
import Scenario

extension Traffic {
    /// Whether any threshold may end the load.
    public var canAbortEarly: Bool { !plan.liveThresholds.isEmpty }

    /// The first threshold of the scenario that is exceeded by now, if one is.
    public func exceededThreshold() async -> ExceededThreshold? {
        guard let began = totals.withLock({ $0.began }) else { return nil }
        for (index, threshold) in plan.liveThresholds.enumerated() {
            var live = LiveThreshold(threshold)
            for loop in loops { live.add(loop.live.withLock { $0[index] }) }
            let seconds = Double(plan.now() - (live.began ?? began)) / 1e9
            let planned = threshold.operation == nil ? plannedOperations : nil
            guard live.isExceeded(after: seconds, planned: planned) else { continue }
            var measured = live.measured(after: seconds)
            if case .latency(let percentile) = threshold.measure, percentile < 100 {
                measured = await latency(percentile, of: threshold.operation)
            }
            return ExceededThreshold(
                threshold: threshold, measured: measured ?? 0, operations: live.operations)
        }
        return nil
    }

    /// How many operations the whole load has at most, where that is known.
    private var plannedOperations: Int? {
        guard case .burst(let rounds, let clients) = plan.scenario.load.shape else { return nil }
        return rounds * clients
    }

    /// Seconds, from the loops' histograms: read once, when it is already known that the limit is exceeded.
    private func latency(_ percentile: Double, of operation: String?) async -> Double {
        var all: Histogram<UInt64>?
        for loop in loops {
            for (name, histogram) in await loop.figures().latency
            where operation == nil || name == operation {
                if all == nil { all = histogram } else { all?.add(histogram) }
            }
        }
        return Double(all?.valueAtPercentile(percentile) ?? 0) / 1e6
    }
}
