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

struct RunRecord {
    var identity: RunIdentity
    /// As typed, redacted.
    var arguments: [String]
    var clock: RunClock
    /// How many values are redacted wherever text leaves contend; the logs of replicas hold them.
    var sensitiveValues: Int

    var document: Value {
        var members = identity.members
        members["command_line"] = .array(arguments.map { .string($0) })
        members["versions"] = .object([
            "contend": .string(contendVersion), "history": .int(HistoryHeader.currentVersion),
            "verdict": .int(RunReport.currentVersion),
        ])
        members["machine"] = Machine.current.document
        members[Self.sensitiveName] = .int(sensitiveValues)
        // As text: JSON readers that know doubles alone would lose its last digits.
        members[Self.originName] = .string(String(clock.originUnixNanoseconds))
        members[Self.offsetName] = .int(Self.utcOffsetSeconds(at: clock.originUnixNanoseconds))
        return .object(members)
    }

    private static let sensitiveName = "sensitive_values"
    private static let originName = "clock_origin_unix_nanoseconds"
    private static let offsetName = "utc_offset_seconds"

    private static func utcOffsetSeconds(at unixNanoseconds: Int64) -> Int {
        var seconds = time_t(unixNanoseconds / 1_000_000_000)
        var local = tm()
        localtime_r(&seconds, &local)
        return local.tm_gmtoff
    }

    static func sensitiveValues(in document: Value) -> Int {
        guard case .object(let members) = document, case .int(let count)? = members[sensitiveName] else {
            return 0
        }
        return count
    }

    /// Where the run's clock began; `nil` for runs recorded before it was kept.
    static func origin(in document: Value) -> WallClockOrigin? {
        guard case .object(let members) = document,
            let nanoseconds = members[originName]?.text.flatMap({ Int64($0) })
        else { return nil }
        guard case .int(let offset)? = members[offsetName] else {
            return WallClockOrigin(unixNanoseconds: nanoseconds, utcOffsetSeconds: 0)
        }
        return WallClockOrigin(unixNanoseconds: nanoseconds, utcOffsetSeconds: offset)
    }

    /// Versions, machine and command line, for people.
    static func environment(in document: Value) -> [(name: String, value: String)] {
        guard case .object(let members) = document else { return [] }
        var facts: [(name: String, value: String)] = []
        if case .object(let versions)? = members["versions"], let version = versions["contend"]?.text {
            facts.append(("contend", version))
        }
        if case .object(let machine)? = members["machine"] {
            if let system = machine["system"]?.text { facts.append(("system", system)) }
            if case .int(let cores)? = machine["cores"] { facts.append(("cores", "\(cores)")) }
            if case .int(let bytes)? = machine["memory_bytes"] {
                facts.append(("memory", Figures.decimal(Double(bytes) / 1_073_741_824, places: 1) + " GiB"))
            }
        }
        if let words = members["command_line"]?.elements?.compactMap(\.text) {
            facts.append(("command line", words.map(RerunCommand.quoted).joined(separator: " ")))
        }
        return facts
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
