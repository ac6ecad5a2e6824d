// What goes into a load and what comes out of it, as values.

public import Core

/// Where a replica listens, as traffic needs to know it.
public struct Address: Sendable, Hashable {
    public var host: String
    public var port: Int

    public init(host: String, port: Int) {
        self.host = host
        self.port = port
    }
}

public struct TrafficOptions: Sendable {
    public var seed: UInt64
    /// The same requests, one at a time.
    public var sequential: Bool
    /// Values for `secret.*`.
    public var secrets: [String: String]
    /// Event loops; the clients are dealt out over them.
    public var loops: Int
    /// A body longer than this is refused.
    public var bodyLimitBytes: Int
    /// All answers under way together hold no more than this.
    public var answersLimitBytes: Int
    /// How commands are run; needed where an operation is one.
    public var commands: CommandService?

    public init(
        seed: UInt64, sequential: Bool = false, secrets: [String: String] = [:], loops: Int = 2,
        bodyLimitBytes: Int = 16 << 20, answersLimitBytes: Int = 512 << 20, commands: CommandService? = nil
    ) {
        self.commands = commands
        self.seed = seed
        self.sequential = sequential
        self.secrets = secrets
        self.loops = loops
        self.bodyLimitBytes = bodyLimitBytes
        self.answersLimitBytes = answersLimitBytes
    }
}

/// Counters for the progress line, read at any time.
public struct TrafficCounters: Sendable, Hashable {
    /// Operations of the load phase that have returned.
    public var ok = 0
    public var fail = 0
    public var unknown = 0
    public var requests = 0
    public var roundsDone = 0
    public var voidRounds = 0
    /// Operations of the load phase that could not be sent, because an answer lacked a value for them.
    public var skipped = 0

    mutating func add(_ other: TrafficCounters) {
        ok += other.ok
        fail += other.fail
        unknown += other.unknown
        requests += other.requests
        skipped += other.skipped
    }
}

/// What the load measured about itself.
public struct TrafficSummary: Sendable {
    public var counters: TrafficCounters
    /// Load phase only, nanoseconds.
    public var durationNanoseconds: Int64
    /// Starts of an open load later than a millisecond after their instant, because all clients were busy.
    public var lateStarts = 0
    /// Starts of an open load that the end of the load came before.
    public var missedStarts = 0
    /// Limits that were reached and parts that could not be done, a sentence each.
    public var notices: [String] = []
}

/// The experiment could not go on (setup refused, history not writable); exit 4.
public struct TrafficError: CodedError {
    public enum Code: String, Sendable { case setup, connection, recording, binding }

    public var code: Code
    public var message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}
