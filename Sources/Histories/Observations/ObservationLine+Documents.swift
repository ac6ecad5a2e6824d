// The members of each record of a monitor.

import Core

struct MonitorBegin: Document {
    var time: Int64

    static var about: String { "The monitor watches from now on; after it was lost, again." }

    static func members(_ member: inout Members<Self>) throws(DocumentError) -> Self {
        Self(time: try member.line("begin", at: \.time))
    }
}

struct MonitorEnd: Document {
    var time: Int64
    var databaseBytes: Int?

    static var about: String { "All that there is to record has been recorded." }

    static func members(_ member: inout Members<Self>) throws(DocumentError) -> Self {
        Self(
            time: try member.line("end", at: \.time),
            databaseBytes: try member.optional(
                "database_bytes", \.databaseBytes, .natural, "of a database in files, how large they are"))
    }
}

struct MonitorNotice: Document {
    var message: String

    static var about: String { "What could not be watched." }

    static func members(_ member: inout Members<Self>) throws(DocumentError) -> Self {
        member.constant("event", "notice")
        return Self(message: try member.required("message", \.message, .string))
    }
}

extension MonitorLoss: Document {
    public static var about: String { "From now on nothing is seen, until it begins again." }

    public static func members(_ member: inout Members<Self>) throws(DocumentError) -> Self {
        Self(
            time: try member.line("lost", at: \.time),
            message: try member.required("message", \.message, .string),
            regained: try member.optional("regained", \.regained, .moment))
    }
}

extension DatabaseCounters: Document {
    public static var about: String { "The server's own counts since the database was made." }

    public static func members(_ member: inout Members<Self>) throws(DocumentError) -> Self {
        var counters = Self(
            time: try member.line("counters", at: \.time),
            deadlocks: try member.required("deadlocks", \.deadlocks, .natural),
            commits: try member.required("commits", \.commits, .natural),
            rollbacks: try member.required("rollbacks", \.rollbacks, .natural),
            conflicts: try member.required("conflicts", \.conflicts, .natural),
            sessions: try member.optional(
                "sessions", \.sessions, .natural, "connections made so far, those of contend left out"),
            epoch: try member.optional(
                "epoch", \.epoch, .string, "counts of one epoch can be subtracted from each other"))
        counters.members = try member.optional(
            "members", \.members, .array(of: .object), usually: [], "of each server of a cluster")
        return counters
    }
}

extension MemberCounters: Document {
    public static var about: String { "What one server of a cluster counted of its part in it." }

    public static func members(_ member: inout Members<Self>) throws(DocumentError) -> Self {
        Self(
            member: try member.required("member", \.member, .natural),
            certificationFailures: try member.required(
                "certification_failures", \.certificationFailures, .natural,
                "transactions refused as they committed"),
            aborts: try member.required(
                "aborts", \.aborts, .natural, "transactions ended early for one that was committed elsewhere"),
            pausedNanoseconds: try member.required("paused", \.pausedNanoseconds, .natural),
            pauses: try member.required("pauses", \.pauses, .natural, "how often it was behind"))
    }
}

extension BackendRecord: Document {
    public static var about: String { "A connection to the database and whose it is." }

    public static func members(_ member: inout Members<Self>) throws(DocumentError) -> Self {
        Self(
            time: try member.line("backend", at: \.time),
            backend: try member.required("backend", \.backend, .integer, "the server's number for it"),
            replica: try member.optional("replica", \.replica, .natural),
            application: try member.required("application", \.application, .string))
    }
}

extension SessionSample: Document {
    public static var about: String { "What the connections were doing at one moment." }

    public static func members(_ member: inout Members<Self>) throws(DocumentError) -> Self {
        Self(
            time: try member.line("sessions", at: \.time),
            pools: try member.required("pools", \.pools, .array(of: .object).present))
    }
}

extension SessionSample.Pool: Document {
    public static var about: String { "The connections of one replica." }

    public static func members(_ member: inout Members<Self>) throws(DocumentError) -> Self {
        Self(
            replica: try member.optional("replica", \.replica, .natural),
            connections: try member.required("connections", \.connections, .natural),
            active: try member.required(
                "active", \.active, .natural, "running a statement and waiting for no lock"),
            waiting: try member.required("waiting", \.waiting, .natural, "waiting for a lock"),
            idleInTransaction: try member.required("idle_in_transaction", \.idleInTransaction, .natural),
            blocked: try member.required(
                "blocked", \.blocked, .natural, "waiting in the end for an idle transaction of the pool"),
            openSince: try member.optional(
                "open_since", \.openSince, .moment, "since when every transaction in it has been open"))
    }
}

extension HeldPool: Document {
    public static var about: String { "Connections of a pool from which nothing came any more." }

    public static func members(_ member: inout Members<Self>) throws(DocumentError) -> Self {
        Self(
            time: try member.line("pool", at: \.time),
            replica: try member.optional("replica", \.replica, .natural),
            members: try member.required("members", \.members, .array(of: .object).present))
    }
}

extension BackendState: Document {
    public static var about: String { "A connection when it was looked at." }

    public static func members(_ member: inout Members<Self>) throws(DocumentError) -> Self {
        Self(
            backend: try member.required("backend", \.backend, .integer),
            state: try member.required("state", \.state, .string, "the server's word"),
            statement: try member.required("statement", \.statement, .string, "running, or the last one"),
            isIdleInTransaction: try member.optional(
                "idle", \.idle, .boolean, "whether it held a transaction open and ran nothing"))
    }
}

extension LockWait: Document {
    public static var about: String { "One waited for others to release a lock." }

    public static func members(_ member: inout Members<Self>) throws(DocumentError) -> Self {
        Self(
            time: try member.line("wait", at: \.time),
            end: try member.required("end", \.end, .moment, "when it was last seen to wait"),
            waiter: try member.required("waiter", \.waiter, .object),
            holders: try member.required("holders", \.holders, .array(of: .object).present),
            lock: try member.required("lock", \.lock, .string, "the kind of lock, and of what"))
    }
}

extension WaitCycle: Document {
    public static var about: String { "Each waited for the next, and the last for the first." }

    public static func members(_ member: inout Members<Self>) throws(DocumentError) -> Self {
        Self(
            time: try member.line("cycle", at: \.time),
            members: try member.required("members", \.members, .array(of: .object).present))
    }
}

extension ServerError: Document {
    public static var about: String { "The server's log says how a transaction failed." }

    public static func members(_ member: inout Members<Self>) throws(DocumentError) -> Self {
        var error = Self(
            time: try member.line("error", at: \.time),
            backend: try member.required("backend", \.backend, .integer),
            reason: try member.optional("reason", \.reason, .word),
            code: try member.required("code", \.code, .string, "the engine's own code"))
        error.parties = try member.optional(
            "parties", \.parties, .array(of: .object), usually: [], "who waited for whom in a deadlock")
        error.place = try member.optional("place", \.place, .string, "the row or relation")
        error.context = try member.optional("context", \.context, .string, "in the engine's words")
        error.statement = try member.optional("statement", \.statement, .string)
        return error
    }
}

extension DeadlockParty: Document {
    public static func members(_ member: inout Members<Self>) throws(DocumentError) -> Self {
        Self(
            waiter: try member.required("waiter", \.waiter, .integer),
            holder: try member.required("holder", \.holder, .integer),
            resource: try member.required("resource", \.resource, .string, "in the engine's words"),
            statement: try member.required("statement", \.statement, .string))
    }
}

/// An error as PostgreSQL logged it, in records of versions that did not read it.
struct LoggedError: Document {
    var time: Int64
    var backend: Int
    var code: String
    var detail: String?
    var context: String?
    var statement: String?

    var read: ServerError {
        ServerError(
            time: time, backend: backend, code: code, detail: detail, context: context, statement: statement)
    }

    static func members(_ member: inout Members<Self>) throws(DocumentError) -> Self {
        Self(
            time: try member.line("error", at: \.time),
            backend: try member.required("backend", \.backend, .integer),
            code: try member.required("code", \.code, .string),
            detail: try member.optional("detail", \.detail, .string),
            context: try member.optional("context", \.context, .string),
            statement: try member.optional("statement", \.statement, .string))
    }
}

extension LoggedConflict: Document {
    public static var about: String { "A replica's log tells of refusals by the database." }

    public static func members(_ member: inout Members<Self>) throws(DocumentError) -> Self {
        Self(
            time: try member.line("conflict", at: \.time),
            replica: try member.required("replica", \.replica, .natural),
            code: try member.required("code", \.code, .integer, "the engine's own code"),
            elapsedMilliseconds: try member.optional(
                "elapsed_milliseconds", \.elapsedMilliseconds, .natural,
                "from the start of the transaction to the refusal, the longest"),
            count: try member.required("count", \.count, .natural, "how many alike"),
            refusal: try member.optional("reason", \.reason, .word))
    }
}
