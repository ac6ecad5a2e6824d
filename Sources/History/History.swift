// A whole recorded run in memory: the header, its operations, its faults, and what had to be left out.

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

    public init(
        version: Int = HistoryHeader.currentVersion, scenario: String, seed: UInt64, replicas: Int,
        clients: Int,
        started: String
    ) {
        self.version = version
        self.scenario = scenario
        self.seed = seed
        self.replicas = replicas
        self.clients = clients
        self.started = started
    }
}

/// Everything that a run recorded.
public struct History: Sendable {
    public var header: HistoryHeader
    /// In order of invocation, then id.
    public var operations: [OperationRecord]
    /// In order of start.
    public var faults: [FaultRecord]
    /// What the reader had to leave out or repair, a sentence each: a torn last line, a cut tail.
    public var notices: [String]

    public init(
        header: HistoryHeader, operations: [OperationRecord], faults: [FaultRecord] = [],
        notices: [String] = []
    ) {
        self.header = header
        self.operations = operations
        self.faults = faults
        self.notices = notices
    }
}
