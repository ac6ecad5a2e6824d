// A replica that died under load is a finding of its own kind, beside what the history shows.

import Checking
import Scenario

extension Judgement {
    /// Adds a finding for each replica that died, with how often it did.
    func adding(_ deaths: [ReplicaDeath], in scenario: Scenario) -> Judgement {
        let byReplica = Dictionary(grouping: deaths, by: \.replica).sorted { $0.key < $1.key }
        return adding(
            byReplica.compactMap { replica, deaths -> Finding? in
                guard let first = deaths.first else { return nil }
                var finding = Finding.replicaDied(
                    replica: replica, cause: first.description, log: first.lastLines,
                    scenario: scenario.name, of: scenario.replicaCount)
                finding.count = deaths.count
                finding.judged = max(finding.judged, deaths.count)
                return finding
            })
    }
}
