// What was measured of a run: the part of `verdict.json` that judges nothing.

public import Core
import History

/// Duration, rates and latencies of a load.
public struct RunFigures: Sendable, Hashable {
    public var durationNanoseconds: Int64 = 0
    public var requestsPerSecond: Double = 0
    public var operationsPerSecond: Double = 0
    /// From the first release of a burst's round to the last; `nil` where there are no rounds.
    public var releaseSpread: ReleaseSpread?
    /// By operation name, from the intended start, microseconds.
    public var latency: [LatencyFigures] = []
    /// `nil` where nothing of it could be measured, and in verdicts of older versions.
    public var cpuSeconds: CPUSeconds?
    /// The threshold that ended the load before its time, if one did.
    public var abortedEarly: AbortedEarly?

    public struct ReleaseSpread: Sendable, Hashable {
        public var p50Nanoseconds: Int64
        public var maximumNanoseconds: Int64

        public init(p50Nanoseconds: Int64, maximumNanoseconds: Int64) {
            self.p50Nanoseconds = p50Nanoseconds
            self.maximumNanoseconds = maximumNanoseconds
        }
    }

    public init() {}

    // MARK: - What no operation tells

    /// What a history keeps beside its operations, by the names of `verdict.json`.
    public var loadMembers: [String: Value] {
        var members: [String: Value] = ["duration_nanoseconds": .int(Int(durationNanoseconds))]
        members["cpu_seconds"] = cpuSeconds?.document
        members["aborted_early"] = abortedEarly?.document
        return members
    }

    /// What a history kept; what it does not have is not known.
    public init(loadMembers: [String: Value]) throws(ReportError) {
        try takeLoad(try Members(.object(loadMembers), path: "load"))
    }

    private mutating func takeLoad(_ members: Members) throws(ReportError) {
        durationNanoseconds = Int64(try members.int("duration_nanoseconds"))
        cpuSeconds = try members["cpu_seconds"].map { value throws(ReportError) in
            try CPUSeconds(document: value, path: members.path + ".cpu_seconds")
        }
        abortedEarly = try members["aborted_early"].map { value throws(ReportError) in
            try AbortedEarly(document: value, path: members.path + ".aborted_early")
        }
    }

    // MARK: - As a document

    /// The members of `verdict.json`.
    var members: [String: Value] {
        var members = loadMembers
        members["requests_per_second"] = .double(requestsPerSecond)
        members["operations_per_second"] = .double(operationsPerSecond)
        members["latency"] = .array(latency.map(\.document))
        members["release_spread_nanoseconds"] = releaseSpread.map {
            .object(["p50": .int(Int($0.p50Nanoseconds)), "maximum": .int(Int($0.maximumNanoseconds))])
        }
        return members
    }

    static var schemaMembers: [JSONSchema.Member] {
        let spread = JSONSchema.object(
            [.required("p50", .integer), .required("maximum", .integer)], isOpen: true)
        return [
            .required("duration_nanoseconds", .integer, "of the load"),
            .required("requests_per_second", .number), .required("operations_per_second", .number),
            .required("latency", .array(of: .definition("latency"))),
            .optional(
                "release_spread_nanoseconds", spread, "between first and last release of a burst's round"),
            .optional("aborted_early", .definition("aborted-early")),
            .optional("cpu_seconds", CPUSeconds.schema, "what the load cost"),
        ]
    }

    init(_ members: Members) throws(ReportError) {
        try takeLoad(members)
        requestsPerSecond = try members.number("requests_per_second")
        operationsPerSecond = try members.number("operations_per_second")
        latency = try members.each("latency") { value, path throws(ReportError) in
            try LatencyFigures(document: value, path: path)
        }
        releaseSpread = try members["release_spread_nanoseconds"].map { value throws(ReportError) in
            let spread = try Members(value, path: members.path + ".release_spread_nanoseconds")
            return ReleaseSpread(
                p50Nanoseconds: Int64(try spread.int("p50")),
                maximumNanoseconds: Int64(try spread.int("maximum")))
        }
    }
}
