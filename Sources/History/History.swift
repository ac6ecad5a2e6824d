// A whole recorded run in memory: the header, its operations, its faults, and what had to be left out.

public import Core

/// What identifies a run, written as the first line of its history.
public struct HistoryHeader: Sendable, Hashable {
    public static let currentVersion = 1

    public var version: Int
    public var scenario: String
    public var seed: UInt64
    public var replicas: Int
    public var clients: Int
    /// Wall-clock start, RFC 3339 in UTC; for people only, no order is taken from it.
    public var started: String
    /// Whether the recording, once it is complete, ends with the figures of the load.
    public var marksEnd: Bool

    public init(
        version: Int = HistoryHeader.currentVersion, scenario: String, seed: UInt64, replicas: Int,
        clients: Int,
        started: String, marksEnd: Bool = false
    ) {
        self.version = version
        self.scenario = scenario
        self.seed = seed
        self.replicas = replicas
        self.clients = clients
        self.started = started
        self.marksEnd = marksEnd
    }
}

/// Everything that a run recorded.
public struct History: Sendable {
    public var header: HistoryHeader
    /// In order of invocation, then id.
    public var operations: [OperationRecord]
    /// In order of start.
    public var faults: [FaultRecord]
    /// What went wrong around the run, in order of time.
    public var troubles: [Trouble]
    /// What the load measured of itself and no operation tells, by the names of `verdict.json`; `nil` where
    /// the recording was cut off, and in histories of older versions.
    public var load: [String: Value]?
    /// What the reader had to leave out or repair, a sentence each: a torn last line, a cut tail.
    public var notices: [String]

    public init(
        header: HistoryHeader, operations: [OperationRecord], faults: [FaultRecord] = [],
        troubles: [Trouble] = [], load: [String: Value]? = nil, notices: [String] = []
    ) {
        self.header = header
        self.operations = operations
        self.faults = faults
        self.troubles = troubles
        self.load = load
        self.notices = notices
    }

    /// Whether the recorder was killed before the recording was complete.
    public var isCutOff: Bool { header.marksEnd && load == nil }
}
