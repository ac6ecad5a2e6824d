// What was measured of a run: the part of `verdict.json` that judges nothing.

import Core
public import Histories

/// Duration, rates and latencies of a load.
public struct RunFigures: Sendable, Hashable {
    /// What no operation tells.
    public var load = Load()
    public var requestsPerSecond: Double = 0
    public var operationsPerSecond: Double = 0
    /// From the first release of a burst's round to the last; `nil` where there are no rounds.
    public var releaseSpread: ReleaseSpread?
    /// By operation name, from the intended start, microseconds.
    public var latency: [LatencyFigures] = []

    /// What a history keeps beside its operations.
    public struct Load: Sendable, Hashable {
        public var durationNanoseconds: Int64
        /// `nil` where nothing of it could be measured, and in verdicts of older versions.
        public var cpuSeconds: CPUSeconds?
        /// The threshold that ended the load before its time, if one did.
        public var abortedEarly: AbortedEarly?

        public init(
            durationNanoseconds: Int64 = 0, cpuSeconds: CPUSeconds? = nil, abortedEarly: AbortedEarly? = nil
        ) {
            self.durationNanoseconds = durationNanoseconds
            self.cpuSeconds = cpuSeconds
            self.abortedEarly = abortedEarly
        }
    }

    public struct ReleaseSpread: Sendable, Hashable {
        public var p50Nanoseconds: Int64
        public var maximumNanoseconds: Int64
    }

    public init() {}
}

extension RunFigures: Document {
    public static func members(_ member: inout Members<Self>) throws(DocumentError) -> Self {
        var figures = RunFigures()
        figures.load = try member.all(\.load)
        figures.requestsPerSecond = try member.required("requests_per_second", \.requestsPerSecond, .number)
        figures.operationsPerSecond = try member.required(
            "operations_per_second", \.operationsPerSecond, .number)
        figures.latency = try member.required("latency", \.latency, .array(of: .object(named: "latency")))
        figures.releaseSpread = try member.optional(
            "release_spread_nanoseconds", \.releaseSpread, .object,
            "between first and last release of a burst's round")
        return figures
    }
}

extension RunFigures.Load: Document {
    public static func members(_ member: inout Members<Self>) throws(DocumentError) -> Self {
        RunFigures.Load(
            durationNanoseconds: try member.required(
                "duration_nanoseconds", \.durationNanoseconds, .integer, "of the load"),
            cpuSeconds: try member.optional("cpu_seconds", \.cpuSeconds, .object, "what the load cost"),
            abortedEarly: try member.optional(
                "aborted_early", \.abortedEarly, .object(named: "aborted-early")))
    }
}

extension RunFigures.ReleaseSpread: Document {
    public static func members(_ member: inout Members<Self>) throws(DocumentError) -> Self {
        RunFigures.ReleaseSpread(
            p50Nanoseconds: try member.required("p50", \.p50Nanoseconds, .integer),
            maximumNanoseconds: try member.required("maximum", \.maximumNanoseconds, .integer))
    }
}
