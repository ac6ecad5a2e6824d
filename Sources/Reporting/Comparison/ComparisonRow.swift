// One figure on both sides, and whether the difference can be told from noise.

import Checking
import RunStore

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
        /// A side has no histograms to merge, as runs of older versions have none.
        case noHistogram = "no-histogram"
    }

    public var measure: Measure
    /// Operations a second, the geometric mean of the runs, or microseconds, of all runs merged.
    public var base: Double
    public var candidate: Double
    /// Candidate over base, with an interval where both sides were repeated.
    public var ratio: Estimate
    /// How far the base's own runs lie from their mean, at most, as a share; without repeats the
    /// stated default.
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
        let names = Set(base.flatMap { $0.figures.latency.map(\.operation) })
            .intersection(candidate.flatMap { $0.figures.latency.map(\.operation) })
        for name in names.sorted() {
            let sides = [base, candidate].map { runs in
                runs.compactMap { run in run.figures.latency.first { $0.operation == name } }
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
        guard let ratio = Estimate.ratio(of: after, to: before),
            let means = Estimate.geometricMeans(before, after)
        else {
            // A run that got nothing done at all has no logarithm.
            return ComparisonRow(
                .throughput, first, second, Estimate(second / first),
                floor: noise(before, around: first, options), unjudged: nil, options)
        }
        return ComparisonRow(
            .throughput, means.0, means.1, ratio, floor: noise(before, around: means.0, options),
            unjudged: nil, options)
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
        let hasHistograms = (base + candidate).allSatisfy { $0.histogram != nil }
        let mean = Estimate.mean(first)?.value ?? 0
        return ComparisonRow(
            .latency(operation: name, percentile: percentile), before.value, after.value, ratio,
            floor: noise(first, around: mean, options),
            unjudged: !hasHistograms ? .noHistogram : beyond < leastBeyond ? .fewOperations : nil, options)
    }

    /// From merged histograms.
    private static func merged(
        _ figures: [LatencyFigures], _ percentile: Double
    ) -> (value: Double, count: Int) {
        let histograms = figures.compactMap(\.histogram)
        guard histograms.count == figures.count, !histograms.isEmpty else {
            // Runs of older versions cannot be merged: the worst of them is shown for all.
            return (figures.map { $0.at(percentile) }.max() ?? 0, 0)
        }
        let merged = LatencyHistogram.merged(histograms)
        return (Double(merged.microseconds(atPercentile: percentile)), merged.count)
    }

    /// How far single runs of the base lie from their mean.
    private static func noise(
        _ values: [Double], around mean: Double, _ options: ComparisonOptions
    ) -> Double {
        guard values.count > 1, mean > 0 else { return options.singleRunFloor }
        return values.reduce(0) { max($0, min(distance($1 / mean), mostNoise)) }
    }

    /// A run that did nothing lies infinitely far away.
    private static let mostNoise = 999.0

    /// How far a ratio is from one, as a share of the smaller side: half is as far as double.
    private static func distance(_ ratio: Double) -> Double {
        ratio > 0 ? max(ratio, 1 / ratio) - 1 : .infinity
    }

    private init(
        _ measure: Measure, _ base: Double, _ candidate: Double, _ ratio: Estimate, floor: Double,
        unjudged: Call?, _ options: ComparisonOptions
    ) {
        self.measure = measure
        self.base = base
        self.candidate = candidate
        self.ratio = ratio
        self.floor = floor
        call = .noise
        call = unjudged ?? verdict(options)
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
        let size = Self.distance(ratio.value)
        guard excludesNoChange, size > floor else { return .noise }
        guard size >= options.limit else { return .small }
        return isWorse ? .regression : .improvement
    }
}

extension RunReport {
    /// Acknowledged operations a second.
    var okPerSecond: Double {
        figures.load.durationNanoseconds > 0
            ? Double(judgement.tally.ok) * 1e9 / Double(figures.load.durationNanoseconds) : 0
    }
}

extension LatencyFigures {
    /// One of `ComparisonRow.percentiles`, in microseconds.
    func at(_ percentile: Double) -> Double {
        if let histogram { return Double(histogram.microseconds(atPercentile: percentile)) }
        return Double(
            percentile <= 50 ? p50Microseconds : percentile <= 95 ? p95Microseconds : p99Microseconds)
    }
}
