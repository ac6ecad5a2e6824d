// From findings and checks to one word, and how findings from outside the history join in.

import Core
import Histories

extension Verdict {
    /// Violation dominates; then what did not take place, what could not be judged, and what is merely
    /// degraded.
    ///
    /// An accepted finding does not count, and neither does a check whose findings are all accepted.
    init(findings all: [Finding], checks: [Check]) {
        let findings = all.filter { $0.acceptance == nil }
        let accepted = Set(all.map(\.check)).subtracting(findings.map(\.check))
        let verdicts = checks.map { check in
            check.isAnswered(by: accepted) ? check.isUndecided ? .unknown : .pass : check.verdict
        }
        if findings.contains(where: { $0.kind.severity == .safety }) || verdicts.contains(.violation) {
            self = .violation
        } else if verdicts.contains(.notRun) {
            self = .notRun
        } else if verdicts.contains(.unknown) {
            self = .unknown
        } else if !findings.isEmpty || verdicts.contains(.degraded) {
            self = .degraded
        } else {
            self = .pass
        }
    }
}

extension Check {
    /// Whether it fails for nothing but accepted findings, given the names of the checks that they violate.
    fileprivate func isAnswered(by accepted: Set<String>) -> Bool {
        switch verdict {
        case .violation, .degraded: accepted.contains(name)
        case .pass, .unknown, .notRun: false
        }
    }
}

extension Judgement {
    /// The judgement with findings made elsewhere, such as a replica that died; numbers and verdict are
    /// made anew.
    public func adding(_ others: [Finding]) -> Judgement {
        guard !others.isEmpty else { return self }
        var judgement = self
        let all = (findings + others).enumerated().sorted {
            let left = (Grouping.rank($0.element.kind.severity), $0.offset)
            return left < (Grouping.rank($1.element.kind.severity), $1.offset)
        }
        judgement.findings = Grouping.numbered(all.map(\.element))
        judgement.verdict = Verdict(findings: judgement.findings, checks: checks)
        return judgement
    }
}

extension Finding {
    /// A replica or companion that ended by itself during the load; `log` is its last lines.
    public static func replicaDied(
        _ name: String, cause: String, log: [String], scenario: String, of replicas: Int
    ) -> Finding {
        Finding(
            classID: Grouping.classID(
                scenario: scenario, check: "replicas", kind: .replicaDied, names: ["replica"]),
            number: 1, kind: .replicaDied, check: "replicas", key: name,
            title: "\(name.prefix(1).uppercased() + name.dropFirst()) died during the load: \(cause).",
            story: Array(log.suffix(6)), example: [], count: 1, judged: max(1, replicas))
    }
}

extension Tally {
    init(_ facts: RunFacts) {
        self.init()
        for index in facts.operations.indices where facts.operations[index].phase == .load {
            operations += 1
            switch facts.operations[index].outcome {
            case .ok: ok += 1
            case .fail: fail += 1
            case .unknown: unknown += 1
            }
            guard facts.entities.isContended(index) else { continue }
            contended += 1
            if facts.isLoser(facts.operations[index]) { losers += 1 }
        }
        rounds = facts.rounds.count
        voidRounds = facts.voidRounds.count
        unansweredRounds = facts.unansweredRounds.count
        deadlocks = DeadlockJudging.counted(facts.observations)
    }
}
