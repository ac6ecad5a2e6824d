// One figure on both sides, and whether the difference can be told from noise.

import Checking
import History

/// A measured quantity on both sides.
public struct ComparisonRow: Sendable, Hashable {
    public enum Measure: Sendable, Hashable {
        /// Acknowledged operations a second: a service that refuses faster is no better.
        case throughput
        /// From the intended start, over all operations of a side's runs.
        case latency(operation: String, percentile: Double)
    }

    public enum Call: String, Sendable, Hashable {
        case regression, improvement
        /// Outside the noise, and within the limit.
        case small
        /// No more than chance may do.
        case noise
        /// Too few operations lie beyond the percentile.
        case fewOperations = "few-operations"
    }

    public var measure: Measure
    /// Operations a second, or microseconds.
    public var base: Double
    public var candidate: Double
    /// Candidate over base, with an interval where both sides were repeated.
    public var ratio: Estimate
    /// How far the base's own runs lie from their mean, at most, as a share; without repeats the stated
    /// default.
    public var floor: Double
    public var call: Call

    /// At least so many operations must lie beyond a percentile on each side, or it is not judged.
    public static let leastBeyond = 10.0
    static let percentiles = [50.0, 95, 99]

    /// Throughput, then each operation that both sides measured.
    static func rows(
        _ base: [RunReport], _ candidate: [RunReport], _ options: ComparisonOptions
    ) -> [ComparisonRow] {
        var rows: [ComparisonRow] = []
        if let row = throughput(base, candidate, options) { rows.append(row) }
        let names = Set(base.flatMap { $0.latency.map(\.operation) })
            .intersection(candidate.flatMap { $0.latency.map(\.operation) })
        for name in names.sorted() {
            let sides = [base, candidate].map { runs in
                runs.compactMap { run in run.latency.first { $0.operation == name } }
            }
            for percentile in percentiles {
                rows.append(latency(name, percentile, sides[0], sides[1], options))
            }
        }
        return rows
    }

    private static func throughput(
        _ base: [RunReport], _ candidate: [RunReport], _ options: ComparisonOptions
    ) -> ComparisonRow? {
        let (before, after) = (base.map(\.okPerSecond), candidate.map(\.okPerSecond))
        guard let first = Estimate.mean(before)?.value, let second = Estimate.mean(after)?.value, first > 0
        else { return nil }
        // A side that got nothing done at all has no logarithm; it is as bad as can be.
        let ratio = Estimate.ratio(of: after, to: before) ?? Estimate(second / first)
        return ComparisonRow(
            .throughput, first, second, ratio, floor: noise(before, options),
            isJudged: true, options)
    }

    private static func latency(
        _ name: String, _ percentile: Double, _ base: [LatencyFigures], _ candidate: [LatencyFigures],
        _ options: ComparisonOptions
    ) -> ComparisonRow {
        let (before, after) = (merged(base, percentile), merged(candidate, percentile))
        let (first, second) = (base.map { $0.at(percentile) }, candidate.map { $0.at(percentile) })
        var ratio = Estimate(after.value / max(before.value, 1))
        if let scatter = Estimate.ratio(of: second, to: first), let low = scatter.low, let high = scatter.high
        {
            // The merged percentile need not lie between those of the runs.
            ratio.low = min(low, ratio.value)
            ratio.high = max(high, ratio.value)
        }
        let beyond = Double(min(before.count, after.count)) * (100 - percentile) / 100
        return ComparisonRow(
            .latency(operation: name, percentile: percentile), before.value, after.value, ratio,
            floor: noise(first, options), isJudged: beyond >= leastBeyond, options)
    }

    /// From merged histograms; a single old verdict without one gives its own figure.
    private static func merged(
        _ figures: [LatencyFigures], _ percentile: Double
    ) -> (value: Double, count: Int) {
        let histograms = figures.compactMap(\.histogram)
        let count = figures.reduce(0) { $0 + $1.count }
        guard histograms.count == figures.count, !histograms.isEmpty else {
            // Runs of older versions cannot be merged: the worst of them stands for all.
            return (figures.map { $0.at(percentile) }.max() ?? 0, count)
        }
        return (Double(LatencyHistogram.merged(histograms).microseconds(atPercentile: percentile)), count)
    }

    /// How far single runs of the base lie from their mean.
    private static func noise(_ values: [Double], _ options: ComparisonOptions) -> Double {
        guard values.count > 1, let mean = Estimate.mean(values)?.value, mean > 0 else {
            return options.singleRunFloor
        }
        return values.reduce(0) { max($0, abs($1 / mean - 1)) }
    }

    private init(
        _ measure: Measure, _ base: Double, _ candidate: Double, _ ratio: Estimate, floor: Double,
        isJudged: Bool, _ options: ComparisonOptions
    ) {
        self.measure = measure
        self.base = base
        self.candidate = candidate
        self.ratio = ratio
        self.floor = floor
        call = .fewOperations
        if isJudged { call = verdict(options) }
    }

    /// The change as a share of the base: above zero is more, whether or not more is better.
    public var change: Double { ratio.value - 1 }

    public var isWorse: Bool {
        switch measure {
        case .throughput: ratio.value < 1
        case .latency: ratio.value > 1
        }
    }

    /// A difference counts when the interval leaves out "no change" and the difference is larger than the
    /// base's own runs show; of single runs, when it is larger than the default floor.
    private func verdict(_ options: ComparisonOptions) -> Call {
        let floor = ratio.hasInterval ? floor : max(floor, options.singleRunFloor)
        let excludesNoChange = (ratio.low ?? ratio.value) > 1 || (ratio.high ?? ratio.value) < 1
        guard excludesNoChange, abs(change) > floor else { return .noise }
        guard abs(change) >= options.limit else { return .small }
        return isWorse ? .regression : .improvement
    }
}

extension RunReport {
    /// Acknowledged operations a second.
    var okPerSecond: Double {
        durationNanoseconds > 0
            ? Double(judgement.tally.ok) * 1e9 / Double(durationNanoseconds) : 0
    }
}

extension LatencyFigures {
    /// One of the percentiles that are kept, in microseconds.
    func at(_ percentile: Double) -> Double {
        if let histogram { return Double(histogram.microseconds(atPercentile: percentile)) }
        switch percentile {
        case ...50: return Double(p50Microseconds)
        case ...95: return Double(p95Microseconds)
        case ...99: return Double(p99Microseconds)
        default: return Double(p999Microseconds ?? maximumMicroseconds)
        }
    }
}
