// What monitors saw of the database while the clients were at work: kept beside the history, and judged with
// it.

/// Everything that the monitors of one run recorded, in order of time.
///
/// All times are nanoseconds since the run's origin, on the clock of the history.
public struct Observations: Sendable, Hashable {
    public var counters: [DatabaseCounters] = []
    public var backends: [BackendRecord] = []
    public var sessions: [SessionSample] = []
    public var pools: [HeldPool] = []
    public var waits: [LockWait] = []
    public var cycles: [WaitCycle] = []
    public var errors: [ServerError] = []
    public var conflicts: [LoggedConflict] = []
    /// What could not be watched, a sentence each.
    public var notices: [String] = []
    /// When a monitor began to watch, and when it had recorded all that it was to; `nil` in records of older
    /// versions.
    public var began: Int64?
    public var ended: Int64?
    /// Size of the database's files in the end; `nil` where it is not in files, or that was not looked at.
    public var databaseBytes: Int?
    public var losses: [MonitorLoss] = []
    /// What of the record could not be read, a sentence each.
    public var damage: [String] = []

    public init() {}

    /// Whether nothing was seen.
    public var isEmpty: Bool {
        var seen = self
        seen.began = nil
        seen.ended = nil
        seen.databaseBytes = nil
        return seen == Observations()
    }

    /// Why this is not all that was to be recorded, a sentence each; nothing of a whole record.
    public var gaps: [String] {
        var gaps = damage + losses.map(\.sentence)
        // Older records have no marks: their last counters are the end.
        let isOpen = began == nil ? counters.count == 1 : ended == nil
        if gaps.isEmpty, isOpen { gaps.append("the monitor's record ends before the run did") }
        return gaps
    }

    /// Whether anybody but the monitor was connected to the database: a pool shows among the backends, a
    /// connection for each request in the server's count.
    public var isUsed: Bool {
        guard backends.isEmpty else { return true }
        guard let first = counters.first?.sessions, let last = counters.last?.sessions else { return false }
        // The monitor's own session may be counted late.
        return last - first > 1
    }
}

/// That a monitor could watch no longer.
public struct MonitorLoss: Sendable, Hashable, Codable {
    public var time: Int64
    /// What happened, in the words of whoever said it.
    public var message: String

    public init(time: Int64, message: String) {
        self.time = time
        self.message = message
    }

    fileprivate var sentence: String {
        let words = message.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return "the monitor lost the database \(time / 1_000_000) ms after the run began (\(words))"
    }
}

/// Counts of PostgreSQL's `pg_stat_database` since the database was made.
public struct DatabaseCounters: Sendable, Hashable, Codable {
    public var time: Int64
    public var deadlocks: Int
    public var commits: Int
    public var rollbacks: Int
    public var conflicts: Int
    /// Connections made so far; `nil` before PostgreSQL 14.
    public var sessions: Int?

    public init(
        time: Int64, deadlocks: Int, commits: Int, rollbacks: Int, conflicts: Int, sessions: Int? = nil
    ) {
        self.sessions = sessions
        self.time = time
        self.deadlocks = deadlocks
        self.commits = commits
        self.rollbacks = rollbacks
        self.conflicts = conflicts
    }
}

/// A connection to the database and whose it is.
public struct BackendRecord: Sendable, Hashable, Codable {
    public var time: Int64
    /// PostgreSQL's process.
    public var backend: Int
    /// Index of the replica that holds the other end; `nil` where that is not known.
    public var replica: Int?
    public var application: String

    public init(time: Int64, backend: Int, replica: Int?, application: String) {
        self.time = time
        self.backend = backend
        self.replica = replica
        self.application = application
    }
}

/// What the connections were doing at one moment.
public struct SessionSample: Sendable, Hashable, Codable {
    /// The connections of one replica.
    public struct Pool: Sendable, Hashable, Codable {
        /// `nil` for those whose replica is not known.
        public var replica: Int?
        public var connections: Int
        /// Running a statement, those that wait for a lock not included.
        public var active: Int
        public var waiting: Int
        public var idleInTransaction: Int
        /// Of those that wait for a lock, how many wait in the end for an idle transaction of the same pool.
        public var blocked: Int
        /// Since when every transaction in it has been open; `nil` without one.
        public var openSince: Int64?

        public init(
            replica: Int?, connections: Int = 0, active: Int = 0, waiting: Int = 0,
            idleInTransaction: Int = 0, blocked: Int = 0,
            openSince: Int64? = nil
        ) {
            self.replica = replica
            self.connections = connections
            self.active = active
            self.waiting = waiting
            self.idleInTransaction = idleInTransaction
            self.blocked = blocked
            self.openSince = openSince
        }

        /// Every connection holds a transaction that does nothing, or waits for one of those.
        public var isExhausted: Bool { idleInTransaction > 0 && idleInTransaction + blocked == connections }
    }

    public var time: Int64
    public var pools: [Pool]

    public init(time: Int64, pools: [Pool]) {
        self.time = time
        self.pools = pools
    }
}

/// The connections of a pool from which nothing came any more, when that was first seen.
public struct HeldPool: Sendable, Hashable, Codable {
    public var time: Int64
    public var replica: Int?
    public var members: [BackendState]

    public init(time: Int64, replica: Int?, members: [BackendState]) {
        self.time = time
        self.replica = replica
        self.members = members
    }
}

/// A backend at the moment when it was looked at.
public struct BackendState: Sendable, Hashable, Codable {
    public var backend: Int
    /// PostgreSQL's word, such as `active` or `idle in transaction`.
    public var state: String
    /// The statement being run, or the last one.
    public var statement: String

    public init(backend: Int, state: String, statement: String) {
        self.backend = backend
        self.state = state
        self.statement = statement
    }
}

/// One backend that waited for others to release a lock, from the first sample that shows it to the last.
public struct LockWait: Sendable, Hashable, Codable {
    public var time: Int64
    public var end: Int64
    public var waiter: BackendState
    public var holders: [BackendState]
    /// What it waited for, such as `transactionid` or `tuple (0,3) of images`.
    public var lock: String

    public init(time: Int64, end: Int64, waiter: BackendState, holders: [BackendState], lock: String) {
        self.time = time
        self.end = end
        self.waiter = waiter
        self.holders = holders
        self.lock = lock
    }
}

/// Backends that waited for each other at one moment, each for the next and the last for the first.
public struct WaitCycle: Sendable, Hashable, Codable {
    public var time: Int64
    public var members: [BackendState]

    public init(time: Int64, members: [BackendState]) {
        self.time = time
        self.members = members
    }
}

/// A line of the server's log that says how a transaction failed.
public struct ServerError: Sendable, Hashable, Codable {
    public var time: Int64
    public var backend: Int
    /// SQLSTATE: `40P01` is a deadlock, `40001` a serialization failure.
    public var code: String
    public var detail: String?
    /// Where it happened, such as `while updating tuple (0,3) in relation "images"`.
    public var context: String?
    public var statement: String?

    public init(
        time: Int64, backend: Int, code: String, detail: String? = nil, context: String? = nil,
        statement: String? = nil
    ) {
        self.time = time
        self.backend = backend
        self.code = code
        self.detail = detail
        self.context = context
        self.statement = statement
    }
}

/// What a replica's own log says of SQLite's conflicts, alike ones counted.
public struct LoggedConflict: Sendable, Hashable, Codable {
    public var time: Int64
    public var replica: Int
    /// SQLite's extended result code.
    public var code: Int
    /// From the start of the transaction to the refusal, the longest; `nil` where the log does not say.
    public var elapsedMilliseconds: Int?
    public var count: Int

    public init(time: Int64, replica: Int, code: Int, elapsedMilliseconds: Int?, count: Int) {
        self.time = time
        self.replica = replica
        self.code = code
        self.elapsedMilliseconds = elapsedMilliseconds
        self.count = count
    }
}
