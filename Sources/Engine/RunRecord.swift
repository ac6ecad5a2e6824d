// `run.json`: what a run was before it began: options, versions, machine. Written first, so that a killed run
// can be judged.

import Checking
import Core
import FoundationEssentials
import History
public import Reporting
import Scenario

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

struct RunRecord: Sendable {
    var identity: RunIdentity
    /// As typed, redacted; of old runs, nothing.
    var arguments: [String]
    var versions: Versions?
    var machine: Machine?
    /// How many values are redacted wherever text leaves contend; the logs of replicas hold them.
    var sensitiveValues: Int
    /// Where the run's clock began; `nil` for runs recorded before it was kept.
    var origin: WallClockOrigin?

    struct Versions: Sendable {
        var contend: String
        var history: Int
        var verdict: Int
    }

    /// Of a run that begins here and now.
    init(_ identity: RunIdentity, arguments: [String], clock: RunClock, sensitiveValues: Int) {
        self.init(
            identity: identity, arguments: arguments,
            versions: Versions(
                contend: contendVersion, history: HistoryHeader.currentVersion,
                verdict: RunReport.currentVersion),
            machine: .current, sensitiveValues: sensitiveValues,
            origin: WallClockOrigin(
                unixNanoseconds: clock.originUnixNanoseconds,
                utcOffsetSeconds: Self.utcOffsetSeconds(at: clock.originUnixNanoseconds)))
    }

    private init(
        identity: RunIdentity, arguments: [String], versions: Versions?, machine: Machine?,
        sensitiveValues: Int, origin: WallClockOrigin?
    ) {
        self.identity = identity
        self.arguments = arguments
        self.versions = versions
        self.machine = machine
        self.sensitiveValues = sensitiveValues
        self.origin = origin
    }

    private static func utcOffsetSeconds(at unixNanoseconds: Int64) -> Int {
        var seconds = time_t(unixNanoseconds / 1_000_000_000)
        var local = tm()
        localtime_r(&seconds, &local)
        return local.tm_gmtoff
    }

    /// Versions, machine and command line, for people.
    var facts: [(name: String, value: String)] {
        var facts: [(name: String, value: String)] = []
        if let versions { facts.append(("contend", versions.contend)) }
        if let machine {
            facts += [
                ("system", machine.system), ("cores", "\(machine.cores)"),
                (
                    "memory",
                    Figures.decimal(Double(machine.memoryBytes) / 1_073_741_824, places: 1) + " GiB"
                ),
            ]
        }
        if !arguments.isEmpty {
            facts.append(("command line", arguments.map(RerunCommand.quoted).joined(separator: " ")))
        }
        return facts
    }
}

extension RunRecord: Document {
    static func members(_ member: inout Members<RunRecord>) throws(DocumentError) -> RunRecord {
        let identity = try member.all(\.identity)
        let arguments = try member.required("command_line", \.arguments, .array(of: .string))
        let versions = try member.optional("versions", \.versions, .object)
        let machine = try member.optional("machine", \.machine, .object)
        let sensitiveValues = try member.optional(
            "sensitive_values", \.sensitiveValues, .natural, usually: 0)
        let origin = try member.optional(
            "clock_origin_unix_nanoseconds", \.origin?.unixNanoseconds, .longInteger)
        let offset = try member.optional("utc_offset_seconds", \.origin?.utcOffsetSeconds, .integer)
        return RunRecord(
            identity: identity, arguments: arguments, versions: versions, machine: machine,
            sensitiveValues: sensitiveValues,
            origin: origin.map { WallClockOrigin(unixNanoseconds: $0, utcOffsetSeconds: offset ?? 0) })
    }

    init(document: Value) throws(DocumentError) { try self.init(document: document, path: "run") }
}

extension RunRecord.Versions: Document {
    static func members(
        _ member: inout Members<RunRecord.Versions>
    ) throws(DocumentError) -> RunRecord.Versions {
        RunRecord.Versions(
            contend: try member.required("contend", \.contend, .string),
            history: try member.required("history", \.history, .natural),
            verdict: try member.required("verdict", \.verdict, .natural))
    }
}

extension Machine {
    /// The one this process runs on.
    public static var current: Machine {
        let process = ProcessInfo.processInfo
        return Machine(
            system: process.operatingSystemVersionString, cores: process.activeProcessorCount,
            memoryBytes: Int(process.physicalMemory))
    }
}

/// The version of contend.
public let contendVersion = "0.1.0"
