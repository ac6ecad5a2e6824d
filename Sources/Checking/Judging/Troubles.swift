// What went wrong around a run, as the history tells it: each kind is a check that keeps the run from
// passing, and a replica that died is a finding.

import Core
import Histories
import Scenarios

struct Troubles {
    let troubles: [Trouble]
    let scenario: Scenario

    init(_ facts: RunFacts) {
        troubles = facts.troubles
        scenario = facts.scenario
    }

    /// One for each kind, in the order in which the kinds first came.
    var checks: [Check] {
        var seen: Set<Trouble.Kind> = []
        return troubles.compactMap { first in
            guard first.kind != .replicaDied, seen.insert(first.kind).inserted else { return nil }
            let more = troubles.filter { $0.kind == first.kind }.count - 1
            let others = more == 0 ? "" : " (and \(more) more of this kind)"
            return Check(
                kind: .assumption, name: first.kind.rawValue, verdict: first.kind.verdict,
                explanation: "\(first.message)\(others); \(first.kind.remedy)")
        }
    }

    /// A finding for each replica that died, with how often it did.
    var findings: [Finding] {
        let deaths = Dictionary(grouping: troubles.filter { $0.kind == .replicaDied }) { $0.replica ?? 0 }
        return deaths.sorted { $0.key < $1.key }.compactMap { replica, deaths -> Finding? in
            guard let first = deaths.first else { return nil }
            var finding = Finding.replicaDied(
                scenario.target.nameOfReplica(replica), cause: first.message, log: first.log,
                scenario: scenario.classScope, of: scenario.target.replicaCount)
            finding.count = deaths.count
            finding.judged = max(finding.judged, deaths.count)
            return finding
        }
    }

    /// The ends of the logs that tell more, for people.
    var notices: [String] {
        troubles.compactMap { trouble in
            guard trouble.kind != .replicaDied, !trouble.log.isEmpty else { return nil }
            return "\(trouble.message):\n" + trouble.log.map { "    \($0)" }.joined(separator: "\n")
        }
    }
}

extension Trouble {
    /// Of a recording whose end is missing.
    static func cutOff(_ history: History) -> Trouble {
        Trouble(
            .stoppedEarly, time: history.operations.map { $0.returned ?? $0.invoked }.max() ?? 0,
            message: "the recording ends before the run did: contend was killed, or its machine failed")
    }
}

extension Trouble.Kind {
    /// What a run with this trouble counts as where no violation was found: `notRun` where what was declared
    /// did not take place at all.
    var verdict: Verdict {
        switch self {
        case .databaseDied, .supervisorDied, .setupFailed: .notRun
        case .faultNotInjected, .faultNotHealed, .replicaDied, .monitoringLost,
            .recordingFailed, .loadFailed, .finalReadsFailed, .stoppedEarly, .other:
            .unknown
        }
    }

    /// What to do about it, the end of a sentence.
    fileprivate var remedy: String {
        switch self {
        case .faultNotInjected: "see the log of that replica in the run directory, and run again"
        case .faultNotHealed: "see why the replica did not come back, in its log in the run directory"
        case .replicaDied: "see its log in the run directory"
        case .databaseDied:
            "judged is what was recorded until then: see why the database ended, and run again"
        case .supervisorDied: "judged is what was recorded until then: see what killed it, and run again"
        case .monitoringLost: "what monitors would have seen is not known: run again"
        case .recordingFailed:
            "judged is what was recorded until then: free some space, or choose another --out"
        case .setupFailed: "mend the request or its `expect`: the load did not begin"
        case .loadFailed: "judged is what was recorded until then: mend it, and run again"
        case .finalReadsFailed: "the state at rest was not read everywhere: run again"
        case .stoppedEarly: "judged is what was recorded until then: let it run to its end"
        case .other: "judged is what was recorded: this contend does not know the kind, so use a newer one"
        }
    }
}
