// Percentiles of one operation, taken from the histogram that the traffic filled.

public import Histogram

extension LatencyFigures {
    /// Counts and percentiles of `histogram`, which is in microseconds.
    public init(operation: String, histogram: Histogram<UInt64>) {
        self.init(
            operation: operation, count: Int(clamping: histogram.totalCount),
            p50Microseconds: histogram.valueAtPercentile(50),
            p95Microseconds: histogram.valueAtPercentile(95),
            p99Microseconds: histogram.valueAtPercentile(99),
            p999Microseconds: histogram.valueAtPercentile(99.9), maximumMicroseconds: histogram.max,
            histogram: LatencyHistogram(histogram))
    }
}
