// Whether the run tested anything at all: a green run that raced nothing proves nothing.

import History
import Scenario

struct Vacuity {
    let facts: RunFacts
    let tally: Tally
    let sequential: Bool

    /// What is missing, each named; nothing where the run was a test.
    var checks: [Check] {
        var checks: [Check] = []
        if tally.rounds == 0, tally.voidRounds > 0 {
            checks.append(
                Self.missing("rounds", "none of \(tally.voidRounds) rounds could be prepared"))
        }
        let isWritten = facts.operations.contains {
            $0.phase == .load && $0.outcome == .ok && facts.isWrite($0)
        }
        if !isWritten {
            checks.append(Self.missing("acknowledged write", "no write of the load was acknowledged"))
        }
        if !sequential, tally.contended == 0 {
            checks.append(
                Self.missing("overlap", "no two operations overlapped on one key, a write among the two"))
        }
        return checks + facts.scenario.faults.compactMap(fault)
    }

    /// A model that nobody observed, or that nothing changed.
    static func checks(_ model: String, _ outcome: ModelOutcome) -> [Check] {
        var checks: [Check] = []
        if outcome.needsRead, outcome.reads == 0 {
            checks.append(missing("\(model): read", "no answered read observed \(model)"))
        }
        if outcome.acknowledged == 0 {
            checks.append(missing("\(model): write", "no operation that changes \(model) was acknowledged"))
        }
        return checks
    }

    static func missing(_ name: String, _ explanation: String) -> Check {
        Check(kind: .vacuity, name: name, verdict: .unknown, explanation: explanation)
    }

    /// A declared fault must have been injected while load was under way on the replica it hit.
    private func fault(_ declared: FaultDeclaration) -> Check? {
        let kind: FaultRecord.Kind =
            switch declared.action {
            case .pause: .pause
            case .kill: .kill
            case .restart: .restart
            }
        let records = facts.faults.filter { record in
            guard record.kind == kind else { return false }
            return switch declared.victim {
            case .any: true
            case .replica(let replica): record.replica == replica
            }
        }
        let name = "fault \(kind.rawValue)"
        guard !records.isEmpty else {
            return Self.missing(
                name, "it was declared and never injected: let it begin before the load is over")
        }
        let hit = records.contains { record in
            facts.operations.contains { $0.phase == .load && $0.met(record) }
        }
        let hurt = Set(records.map(\.replica)).sorted().map { "replica \($0)" }
        return hit
            ? nil
            : Self.missing(
                name,
                "no request of the load went to \(Figures.list(hurt)) while it lasted: let the fault begin "
                    + "within the load and last longer")
    }
}
