// A whole recorded run in memory: the header, its operations, its faults, and what had to be left out.

public import Core

/// What identifies a run, written as the first line of its history.
public struct HistoryHeader: Sendable, Hashable {
    public var scenario: String
    public var seed: UInt64
    public var replicas: Int
    public var clients: Int
    /// Wall-clock start, RFC 3339 in UTC; for people only, no order is taken from it.
    public var started: String
    /// Whether operations came one at a time, as `--sequential` asks; `nil` in histories of version 1.
    public var isSequential: Bool?
    /// Whether the recording, once it is complete, ends with the figures of the load.
    public var marksEnd: Bool

    public init(
        scenario: String, seed: UInt64, replicas: Int, clients: Int, started: String,
        isSequential: Bool? = nil, marksEnd: Bool = false
    ) {
        self.scenario = scenario
        self.seed = seed
        self.replicas = replicas
        self.clients = clients
        self.started = started
        self.isSequential = isSequential
        self.marksEnd = marksEnd
    }
}

extension HistoryHeader: Document {
    public static var about: String { "The first line." }

    public static func members(_ member: inout Members<Self>) throws(DocumentError) -> Self {
        member.constant("contend", .string(HistoryFormat.name), "what this file is")
        try member.version(upTo: HistoryFormat.version)
        let header = HistoryHeader(
            scenario: try member.required("scenario", \.scenario, .string, "the scenario's name"),
            seed: try member.required("seed", \.seed, .longInteger, "below 2^64, as text"),
            replicas: try member.required("replicas", \.replicas, .number),
            clients: try member.required("clients", \.clients, .number),
            started: try member.required("started", \.started, .string, "time of day, RFC 3339 in UTC"),
            isSequential: try member.optional(
                "sequential", \.isSequential, .boolean, "whether operations came one at a time"),
            marksEnd: try member.optional(
                "marks_end", \.marksEnd, .boolean, usually: false,
                "a recording that is complete has an `end`"))
        let shards = try member.optional(
            "shards", { _ in nil as [RecordingShard]? }, .array(of: .object),
            "who recorded, where there are several; a line's `shard` is the position in it")
        guard shards ?? [] == [] else {
            throw DocumentError(
                .unsupportedVersion,
                "this history was recorded by several machines, whose clocks differ; this contend judges the "
                    + "recording of one: use a newer contend")
        }
        return header
    }
}

/// One of several recorders of a run, each with a clock of its own.
struct RecordingShard: Document, Equatable {
    var name: String
    /// How far its times may lie from those of the first, in nanoseconds.
    var clockUncertainty: Int64

    static func members(_ member: inout Members<Self>) throws(DocumentError) -> Self {
        RecordingShard(
            name: try member.required("name", \.name, .string),
            clockUncertainty: try member.required(
                "clock_uncertainty", \.clockUncertainty, .moment,
                "how far its times may lie from those of the first, in nanoseconds"))
    }
}

/// Everything that a run recorded.
public struct History: Sendable {
    public var header: HistoryHeader
    /// In order of invocation, then id.
    public var operations: [OperationRecord]
    /// In order of start.
    public var faults: [FaultRecord] = []
    /// What went wrong around the run, in order of time.
    public var troubles: [Trouble] = []
    /// What went to the database, where that was recorded; in order of the file.
    public var statements: [StatementRecord] = []
    /// Of `contend explore`.
    public var exploration = ExplorationRecord()
    /// What the load measured of itself and no operation tells, by the names of `verdict.json`; `nil` where
    /// the recording was cut off, and in histories of older versions.
    public var load: [String: Value]?
    /// What the reader had to leave out or repair, a sentence each: a torn last line, a cut tail.
    public var notices: [String] = []

    /// Whether the recorder was killed before the recording was complete.
    public var isCutOff: Bool { header.marksEnd && load == nil }
}

extension History {
    /// One that holds nothing but operations, in order of invocation.
    public init(header: HistoryHeader, operations: [OperationRecord]) {
        self.init(header: header, operations: operations, faults: [])
    }
}
