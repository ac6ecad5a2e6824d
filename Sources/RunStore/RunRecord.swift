// `run.json`: what a run was before it began: options, versions, machine. Written first, so that a killed run
// can be judged.

public import Core
import Glibc
public import Histories

/// Options, versions and machine of a run.
public struct RunRecord: Sendable {
    public var identity: RunIdentity
    /// As typed, redacted; of old runs, nothing.
    public var arguments: [String]
    public var versions: Versions?
    public var machine: Machine?
    /// How many values are redacted wherever text leaves contend; the logs of replicas hold them.
    public var sensitiveValues: Int
    /// Where the run's clock began; `nil` for runs recorded before it was kept.
    public var origin: WallClockOrigin?
    /// The files that the service's command names; recorded by explorations, for their replays.
    public var programs: [Program] = []

    /// A file, and what tells its content from another.
    public struct Program: Sendable, Hashable {
        public var path: String
        /// FNV-1a of 64 bits, as hexadecimal digits.
        public var digest: String

        public init(path: String, digest: String) {
            self.path = path
            self.digest = digest
        }
    }

    public struct Versions: Sendable {
        public var contend: String
        public var history: Int
        public var verdict: Int
    }
}

extension RunRecord {
    /// Of a run that begins on this machine, with its clock at zero at that time.
    public init(
        beginning identity: RunIdentity, at unixNanoseconds: Int64, arguments: [String], contend: String,
        sensitiveValues: Int
    ) {
        self.init(
            identity: identity, arguments: arguments,
            versions: Versions(
                contend: contend, history: HistoryFormat.version, verdict: RunReport.currentVersion),
            machine: .current, sensitiveValues: sensitiveValues,
            origin: WallClockOrigin(localAt: unixNanoseconds))
    }
}

extension RunRecord: Document {
    public static func members(_ member: inout Members<Self>) throws(DocumentError) -> Self {
        let identity = try member.all(\.identity)
        let arguments = try member.required("command_line", \.arguments, .array(of: .string))
        let versions = try member.optional("versions", \.versions, .object)
        let machine = try member.optional("machine", \.machine, .object)
        let sensitiveValues = try member.optional("sensitive_values", \.sensitiveValues, .natural, usually: 0)
        let origin = try member.optional(
            "clock_origin_unix_nanoseconds", \.origin?.unixNanoseconds, .longInteger)
        let offset = try member.optional("utc_offset_seconds", \.origin?.utcOffsetSeconds, .integer)
        var record = RunRecord(
            identity: identity, arguments: arguments, versions: versions, machine: machine,
            sensitiveValues: sensitiveValues,
            origin: origin.map { WallClockOrigin(unixNanoseconds: $0, utcOffsetSeconds: offset ?? 0) })
        record.programs = try member.optional("programs", \.programs, .array(of: .object), usually: [])
        return record
    }

    public init(document: Value) throws(DocumentError) { try self.init(document: document, path: "run") }
}

extension RunRecord.Versions: Document {
    public static func members(_ member: inout Members<Self>) throws(DocumentError) -> Self {
        RunRecord.Versions(
            contend: try member.required("contend", \.contend, .string),
            history: try member.required("history", \.history, .natural),
            verdict: try member.required("verdict", \.verdict, .natural))
    }
}

extension RunRecord.Program: Document {
    public static func members(_ member: inout Members<Self>) throws(DocumentError) -> Self {
        RunRecord.Program(
            path: try member.required("path", \.path, .string),
            digest: try member.required("digest", \.digest, .string))
    }
}

/// When the run's monotonic clock read zero, and in which zone the machine wrote local time.
public struct WallClockOrigin: Sendable, Hashable {
    /// Nanoseconds since 1970 in UTC.
    public var unixNanoseconds: Int64
    public var utcOffsetSeconds: Int
}

extension WallClockOrigin {
    /// In this machine's zone.
    fileprivate init(localAt unixNanoseconds: Int64) {
        var seconds = time_t(unixNanoseconds / 1_000_000_000)
        var local = tm()
        localtime_r(&seconds, &local)
        self.init(unixNanoseconds: unixNanoseconds, utcOffsetSeconds: local.tm_gmtoff)
    }
}
