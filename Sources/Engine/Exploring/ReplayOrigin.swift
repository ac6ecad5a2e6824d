// What has changed since the run whose order is played again: the service, the database, the scenario.

import Checking
import Clusters
import Core
import FoundationEssentials
import Reporting
import RunStore
import Scenarios

extension Trial {
    /// The files that the service's command names, with what tells their content from another.
    var programs: [RunRecord.Program] {
        commandFiles(of: scenario, run.clusterOptions(in: directory)).compactMap { path in
            guard let bytes = try? Data(contentsOf: URL(filePath: path), options: .mappedIfSafe) else {
                return nil
            }
            var hash: UInt64 = 0xcbf2_9ce4_8422_2325
            for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
            return RunRecord.Program(path: path, digest: String(hash, radix: 16))
        }
    }

    /// The finding that is looked for, or what is not as it was in the run of a replayed one, a sentence.
    var originNotices: [String] {
        if let sought = options.exploration?.sought {
            return ["this looks for a schedule of \(sought), a finding of stress: `contend show \(sought)`"]
        }
        guard let replay = options.exploration?.replay, let name = replay.name, let origin = replay.origin
        else { return [] }
        let changes = StoredRun(directory: directory.path, historyFile: nil).changes(
            since: StoredRun(directory: origin, historyFile: nil))
        return changes.isEmpty
            ? [] : ["not all is as it was in \(name): " + changes.joined(separator: ", ")]
    }
}

extension StoredRun {
    /// What differs from an earlier run, as ends of a sentence.
    fileprivate func changes(since origin: StoredRun) -> [String] {
        guard let mine = try? record(), let theirs = try? origin.record() else {
            return ["there is no record of that run to compare with"]
        }
        let scenarios = [self, origin].map { run in
            try? ScenarioFile.load(run.file("scenario.yaml")).resolve([:], environment: [:])
        }
        func compared(_ record: RunRecord, _ scenario: Scenario?) -> ComparedRun {
            ComparedRun(report: RunReport(record.identity, unjudged: .unknown), scenario: scenario)
        }
        var changes = compared(mine, scenarios[0]).differences(from: compared(theirs, scenarios[1]))
        if let service = scenarios[0]?.target.service, let before = scenarios[1]?.target.service,
            service.command != before.command || service.environment != before.environment
                || service.tls != before.tls
        {
            changes.append("another command, environment or `tls` of the service")
        }
        // Only explorations record programs.
        let digests = Set(theirs.programs.map(\.digest))
        changes += mine.programs.filter { !digests.isEmpty && !digests.contains($0.digest) }.map {
            "another content of \($0.path)"
        }
        let versions = [
            ("contend", theirs.versions?.contend, mine.versions?.contend),
            ("database server", origin.databaseVersion, databaseVersion),
        ]
        for (name, before, now) in versions {
            if let before, let now, before != now { changes.append("\(name) \(before) against \(now)") }
        }
        return changes
    }
}
