// Percentiles of one operation, taken from the counts of all its latencies.

extension LatencyFigures {
    /// Counts and percentiles of `histogram`.
    public init(operation: String, histogram: LatencyHistogram) {
        self.init(
            operation: operation, count: histogram.count,
            p50Microseconds: histogram.microseconds(atPercentile: 50),
            p95Microseconds: histogram.microseconds(atPercentile: 95),
            p99Microseconds: histogram.microseconds(atPercentile: 99),
            p999Microseconds: histogram.microseconds(atPercentile: 99.9),
            maximumMicroseconds: histogram.maximumMicroseconds, histogram: histogram)
    }
}
