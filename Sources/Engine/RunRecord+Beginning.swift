// The record of a run that begins here and now, and what it tells people of where that was.

import Core
import FoundationEssentials
import Glibc
import Histories
public import RunStore

/// The version of contend.
public let contendVersion = "0.1.0"

extension RunRecord {
    init(_ identity: RunIdentity, arguments: [String], clock: RunClock, sensitiveValues: Int) {
        self.init(
            identity: identity, arguments: arguments,
            versions: Versions(
                contend: contendVersion, history: HistoryFormat.version,
                verdict: RunReport.currentVersion),
            machine: .current, sensitiveValues: sensitiveValues,
            origin: WallClockOrigin(
                unixNanoseconds: clock.originUnixNanoseconds,
                utcOffsetSeconds: Self.utcOffsetSeconds(at: clock.originUnixNanoseconds)))
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

extension Machine {
    /// The one this process runs on.
    public static var current: Machine {
        let process = ProcessInfo.processInfo
        return Machine(
            system: process.operatingSystemVersionString, cores: process.activeProcessorCount,
            memoryBytes: Int(process.physicalMemory))
    }
}
