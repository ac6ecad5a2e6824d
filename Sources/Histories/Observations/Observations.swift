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

    /// Whether somebody watched when the run ended, and all of it was recorded.
    public var isWatchedInTheEnd: Bool {
        damage.isEmpty && losses.last.map { $0.regained != nil } ?? true && (began == nil || ended != nil)
    }

    /// The first and the last of the server's counts, where they speak of all that was between them.
    ///
    /// A server that was lost meanwhile may have begun to count anew.
    public var countedSpan: (first: DatabaseCounters, last: DatabaseCounters)? {
        guard let first = counters.first, let last = counters.last, counters.count > 1,
            losses.isEmpty || (first.epoch != nil && first.epoch == last.epoch),
            losses.allSatisfy({ first.time <= $0.time })
        else { return nil }
        return (first, last)
    }

    /// Whether anybody but the monitor was connected to the database: a pool shows among the backends, a
    /// connection for each request in the server's count.
    public var isUsed: Bool {
        guard backends.isEmpty else { return true }
        // A monitor that lost its session and made others is counted as well.
        guard losses.isEmpty, let first = counters.first?.sessions, let last = counters.last?.sessions
        else { return false }
        // One of contend's own sessions may be counted late.
        return last - first > 1
    }
}

/// That a monitor could watch no longer.
public struct MonitorLoss: Sendable, Hashable {
    public var time: Int64
    /// What happened, in the words of whoever said it.
    public var message: String
    /// When a monitor began to watch again; `nil` where none did.
    public internal(set) var regained: Int64?

    public init(time: Int64, message: String, regained: Int64? = nil) {
        self.time = time
        self.message = message
        self.regained = regained
    }

    fileprivate var sentence: String {
        let words = message.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        let again = regained.map { " and watched it again from \($0 / 1_000_000) ms on" } ?? ""
        return "the monitor lost the database \(time / 1_000_000) ms after the run began (\(words))" + again
    }
}

/// The server's own counts since the database was made.
public struct DatabaseCounters: Sendable, Hashable {
    public var time: Int64
    public var deadlocks: Int
    public var commits: Int
    public var rollbacks: Int
    public var conflicts: Int
    /// Connections made so far; `nil` where the server does not count them.
    public var sessions: Int?
    /// Names what the counts began with: counts of one epoch can be subtracted; `nil` where it is not known.
    public var epoch: String?
    /// Of each server of a cluster; empty of a server that is alone.
    public var members: [MemberCounters] = []

    public init(
        time: Int64, deadlocks: Int, commits: Int, rollbacks: Int, conflicts: Int, sessions: Int? = nil,
        epoch: String? = nil
    ) {
        self.sessions = sessions
        self.epoch = epoch
        self.time = time
        self.deadlocks = deadlocks
        self.commits = commits
        self.rollbacks = rollbacks
        self.conflicts = conflicts
    }

    /// Those of two servers that have a database together.
    public func adding(_ other: DatabaseCounters) -> DatabaseCounters {
        var sum = DatabaseCounters(
            time: time, deadlocks: deadlocks + other.deadlocks, commits: commits + other.commits,
            rollbacks: rollbacks + other.rollbacks, conflicts: conflicts + other.conflicts,
            sessions: sessions.flatMap { own in other.sessions.map { own + $0 } },
            epoch: epoch.flatMap { own in other.epoch.map { own + " " + $0 } })
        sum.members = members + other.members
        return sum
    }
}

/// What one server of a cluster counted of its part in it.
public struct MemberCounters: Sendable, Hashable {
    public var member: Int
    /// Transactions of its clients that were refused as they committed: another server's had changed the
    /// same rows before.
    public var certificationFailures: Int
    /// Transactions of its clients that it ended early, because one that was committed elsewhere needed
    /// their locks.
    public var aborts: Int
    /// How long it took no writes, because a server was behind.
    public var pausedNanoseconds: Int
    /// How often it was the one that was behind.
    public var pauses: Int

    public init(
        member: Int, certificationFailures: Int, aborts: Int, pausedNanoseconds: Int, pauses: Int
    ) {
        self.member = member
        self.certificationFailures = certificationFailures
        self.aborts = aborts
        self.pausedNanoseconds = pausedNanoseconds
        self.pauses = pauses
    }
}

/// A connection to the database and whose it is.
public struct BackendRecord: Sendable, Hashable {
    public var time: Int64
    /// The server's number for it.
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
public struct SessionSample: Sendable, Hashable {
    /// The connections of one replica.
    public struct Pool: Sendable, Hashable {
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
            idleInTransaction: Int = 0, blocked: Int = 0, openSince: Int64? = nil
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
public struct HeldPool: Sendable, Hashable {
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
public struct BackendState: Sendable, Hashable {
    public var backend: Int
    /// The server's word, for people.
    public var state: String
    /// Whether it held a transaction open and ran nothing.
    public var isIdleInTransaction: Bool { idle ?? PostgresWords.isIdleInTransaction(state) }
    /// `nil` in records that leave it to the server's word.
    var idle: Bool?
    /// The statement being run, or the last one.
    public var statement: String

    public init(backend: Int, state: String, statement: String, isIdleInTransaction: Bool? = nil) {
        self.backend = backend
        self.state = state
        self.statement = statement
        idle = isIdleInTransaction
    }
}

/// One backend that waited for others to release a lock, from the first sample that shows it to the last.
public struct LockWait: Sendable, Hashable {
    public var time: Int64
    public var end: Int64
    public var waiter: BackendState
    public var holders: [BackendState]
    /// What it waited for: a kind of lock, and ` of ` with a row or relation where it has one.
    public var lock: String
    /// Whether that names a row or relation.
    public var namesPlace: Bool { lock.contains(" of ") }

    public init(time: Int64, end: Int64, waiter: BackendState, holders: [BackendState], lock: String) {
        self.time = time
        self.end = end
        self.waiter = waiter
        self.holders = holders
        self.lock = lock
    }
}

/// Backends that waited for each other at one moment, each for the next and the last for the first.
public struct WaitCycle: Sendable, Hashable {
    public var time: Int64
    public var members: [BackendState]

    public init(time: Int64, members: [BackendState]) {
        self.time = time
        self.members = members
    }
}

/// A line of the server's log that says how a transaction failed.
public struct ServerError: Sendable, Hashable {
    public enum Reason: String, Sendable, CaseIterable {
        case deadlock
        /// The transactions fit into no order.
        case serialization
    }

    public var time: Int64
    /// The one that failed.
    public var backend: Int
    /// `nil` where the code is about nothing that is judged.
    public var reason: Reason?
    /// The engine's own code for it.
    public var code: String
    /// Who waited for whom in a deadlock; empty where the log does not tell of all of them.
    public var parties: [DeadlockParty] = []
    /// The row or relation at which it happened.
    public var place: String?
    /// Where it happened, in the engine's words.
    public var context: String?
    public var statement: String?

    /// The same with other names for its connections.
    public func naming(_ name: (Int) -> Int) -> ServerError {
        var error = self
        error.backend = name(backend)
        error.parties = parties.map { party in
            DeadlockParty(
                waiter: name(party.waiter), holder: name(party.holder), resource: party.resource,
                statement: party.statement)
        }
        return error
    }
}

/// One that waits in a deadlock: for what, who holds that, and which statement waits.
public struct DeadlockParty: Sendable, Hashable {
    public var waiter: Int
    public var holder: Int
    /// What is locked, in the engine's words.
    public var resource: String
    public var statement: String

    public init(waiter: Int, holder: Int, resource: String, statement: String) {
        self.waiter = waiter
        self.holder = holder
        self.resource = resource
        self.statement = statement
    }
}

/// Why a database refused a transaction.
public enum DatabaseRefusal: String, Sendable, CaseIterable {
    /// What it read has been overwritten meanwhile; only a rollback helps.
    case staleSnapshot = "stale-snapshot"
    /// It read and wants to write while another one does; neither waits.
    case upgradeDeadlock = "upgrade-deadlock"
    /// A lock was not free in time.
    case contention
}

/// What a replica's own log says of refusals by the database, alike ones counted.
public struct LoggedConflict: Sendable, Hashable {
    public var time: Int64
    public var replica: Int
    /// The engine's own code.
    public var code: Int
    /// From the start of the transaction to the refusal, the longest; `nil` where the log does not say.
    public var elapsedMilliseconds: Int?
    public var count: Int
    /// `nil` where code and time do not tell.
    public var refusal: DatabaseRefusal? {
        reason ?? SQLiteWords.refusal(code: code, elapsedMilliseconds: elapsedMilliseconds)
    }
    /// `nil` in records that leave it to code and time.
    var reason: DatabaseRefusal?

    public init(
        time: Int64, replica: Int, code: Int, elapsedMilliseconds: Int?, count: Int,
        refusal: DatabaseRefusal? = nil
    ) {
        self.time = time
        self.replica = replica
        self.code = code
        self.elapsedMilliseconds = elapsedMilliseconds
        self.count = count
        reason = refusal
    }
}
