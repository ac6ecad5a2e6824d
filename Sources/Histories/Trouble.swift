// What went wrong around a run and makes its pass doubtful: recorded beside the operations, so that whoever
// judges the history later knows of it too.

/// One thing that went wrong around a run.
public struct Trouble: Sendable, Hashable {
    /// The raw value is the word of the history file; `docs/history.md` describes them.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        case faultNotInjected = "fault-not-injected"
        case faultNotHealed = "fault-not-healed"
        case replicaDied = "replica-died"
        case databaseDied = "database-died"
        case supervisorDied = "supervisor-died"
        case monitoringLost = "monitoring-lost"
        case recordingFailed = "recording-failed"
        case setupFailed = "setup-failed"
        case loadFailed = "load-failed"
        case finalReadsFailed = "final-reads-failed"
        case stoppedEarly = "stopped-early"
        /// A kind that a later contend writes and this one does not know.
        case other
    }

    public var kind: Kind
    /// When it was noticed, nanoseconds since the run's origin.
    public var time: Int64
    /// The last moment at which all was known to be well, where that is known; not after `time`.
    public var since: Int64?
    /// Index of the replica that it concerns, from 0.
    public var replica: Int?
    /// What happened, one sentence without a full stop.
    public var message: String
    /// The last lines of the log that tells more.
    public var log: [String]

    public init(
        _ kind: Kind, time: Int64, since: Int64? = nil, replica: Int? = nil, message: String,
        log: [String] = []
    ) {
        self.kind = kind
        self.time = time
        self.since = since
        self.replica = replica
        self.message = message
        self.log = log
    }
}

extension Trouble {
    /// Of a text whose first line is the sentence, and whose other lines are the end of a log.
    public init(_ kind: Kind, time: Int64, since: Int64? = nil, replica: Int? = nil, text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: true)
        var message = lines.first ?? ""
        while let last = message.last, ":. ".contains(last) { message = message.dropLast() }
        self.init(
            kind, time: time, since: since, replica: replica, message: String(message),
            log: lines.dropFirst().map { line in String(line.drop { $0 == " " }) })
    }
}

extension Trouble: Document {
    public static var about: String { "Something went wrong around the run." }

    public static func members(_ member: inout Members<Self>) throws(DocumentError) -> Self {
        let time = try member.line("trouble", at: \.time)
        return Trouble(
            try member.required("kind", \.kind, .word(orElse: .other)), time: time,
            since: try member.optional("since", \.since, .moment, "until then all was known to be well"),
            replica: try member.optional("replica", \.replica, .number, "the replica that it concerns"),
            message: try member.required("message", \.message, .string),
            log: try member.optional(
                "log", \.log, .array(of: .string), usually: [], "last lines of the log that tells more"))
    }
}
