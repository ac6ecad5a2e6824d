// How long one operation of the load took.

import Core
public import Histories

/// Count, percentiles and all latencies of one operation, from the intended start.
public struct LatencyFigures: Sendable, Hashable {
    public var operation: String
    public var count: Int
    public var p50Microseconds: UInt64
    public var p95Microseconds: UInt64
    public var p99Microseconds: UInt64
    /// `nil` in verdicts of older versions.
    public var p999Microseconds: UInt64?
    public var maximumMicroseconds: UInt64
    /// All latencies, to be merged with those of other runs; `nil` in verdicts of older versions.
    public var histogram: LatencyHistogram?
}

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

extension LatencyFigures: Document {
    public static var about: String { "From the intended start, of one operation of the load." }

    public static func members(_ member: inout Members<Self>) throws(DocumentError) -> Self {
        LatencyFigures(
            operation: try member.required("operation", \.operation, .string),
            count: try member.required("count", \.count, .natural),
            p50Microseconds: try member.required("p50_microseconds", \.p50Microseconds, .natural),
            p95Microseconds: try member.required("p95_microseconds", \.p95Microseconds, .natural),
            p99Microseconds: try member.required("p99_microseconds", \.p99Microseconds, .natural),
            p999Microseconds: try member.optional("p999_microseconds", \.p999Microseconds, .natural),
            maximumMicroseconds: try member.required("maximum_microseconds", \.maximumMicroseconds, .natural),
            histogram: try member.optional(
                "histogram_microseconds", \.histogram, .histogram,
                "every value that was counted, with its count: exact to three digits, to be merged"))
    }
}
