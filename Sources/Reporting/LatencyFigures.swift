// How long one operation of the load took.

import Core
import History

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

    public init(
        operation: String, count: Int, p50Microseconds: UInt64, p95Microseconds: UInt64,
        p99Microseconds: UInt64, p999Microseconds: UInt64? = nil, maximumMicroseconds: UInt64,
        histogram: LatencyHistogram? = nil
    ) {
        self.operation = operation
        self.count = count
        self.p50Microseconds = p50Microseconds
        self.p95Microseconds = p95Microseconds
        self.p99Microseconds = p99Microseconds
        self.p999Microseconds = p999Microseconds
        self.maximumMicroseconds = maximumMicroseconds
        self.histogram = histogram
    }

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

extension LatencyFigures {
    var document: Value {
        var members: [String: Value] = [
            "operation": .string(operation), "count": .int(count),
            "p50_microseconds": .int(Int(clamping: p50Microseconds)),
            "p95_microseconds": .int(Int(clamping: p95Microseconds)),
            "p99_microseconds": .int(Int(clamping: p99Microseconds)),
            "maximum_microseconds": .int(Int(clamping: maximumMicroseconds)),
        ]
        members["p999_microseconds"] = p999Microseconds.map { .int(Int(clamping: $0)) }
        members["histogram_microseconds"] = histogram?.document
        return .object(members)
    }

    static var schema: JSONSchema {
        .object(
            [
                .required("operation", .string), .required("count", .natural),
                .required("p50_microseconds", .natural), .required("p95_microseconds", .natural),
                .required("p99_microseconds", .natural), .required("maximum_microseconds", .natural),
                .optional("p999_microseconds", .natural),
                .optional(
                    "histogram_microseconds", LatencyHistogram.schema,
                    "every value that was counted, with its count: exact to three digits, to be merged"),
            ], isOpen: true
        ).described("From the intended start, of one operation of the load.")
    }

    init(document: Value, path: String) throws(ReportError) {
        let members = try Members(document, path: path)
        self.init(
            operation: try members.string("operation"), count: try members.int("count"),
            p50Microseconds: UInt64(clamping: try members.int("p50_microseconds")),
            p95Microseconds: UInt64(clamping: try members.int("p95_microseconds")),
            p99Microseconds: UInt64(clamping: try members.int("p99_microseconds")),
            p999Microseconds: try members.optionalInt("p999_microseconds").map { UInt64(clamping: $0) },
            maximumMicroseconds: UInt64(clamping: try members.int("maximum_microseconds")),
            histogram: try members["histogram_microseconds"].map { value throws(ReportError) in
                try LatencyHistogram(document: value, path: path + ".histogram_microseconds")
            })
    }
}
