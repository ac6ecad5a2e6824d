// A replica that died under load is a finding of its own kind, beside what the history shows.

import Checking
import Scenario

extension Judgement {
    /// Adds one finding for all deaths; a pass becomes degraded, anything worse stays.
    func adding(_ deaths: [ReplicaDeath], in scenario: Scenario) -> Judgement {
        guard let first = deaths.first else { return self }
        var judgement = self
        let replicas = Set(deaths.map(\.replica)).sorted().map(String.init).joined(separator: ", ")
        var story = deaths.prefix(3).map { "replica \($0.replica): \($0.description)" }
        story += first.lastLines.suffix(3).map { "its log: \($0)" }
        judgement.findings.append(
            Finding(
                classID: "", number: findings.count + 1,
                kind: .replicaDied, check: "replicas", key: "replica \(replicas)",
                title: "Replica \(replicas) ended during the load although nobody stopped it.", story: story,
                example: [], count: deaths.count, judged: 0))
        if judgement.verdict == .pass || judgement.verdict == .unknown { judgement.verdict = .degraded }
        return judgement
    }
}
