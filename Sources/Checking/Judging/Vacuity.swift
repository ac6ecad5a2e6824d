// Whether the run tested anything at all: a green run that raced nothing proves nothing.

import Core
import Histories
import Scenarios

struct Vacuity {
    let facts: RunFacts
    let tally: Tally
    let sequential: Bool

    /// What is missing, each named; nothing where the run was a test.
    var checks: [Check] {
        var checks: [Check] = []
        checks += [RoundDoubt(facts: facts).check, refusedConnections, notHandedOn].compactMap(\.self)
        let isWritten = facts.operations.indices.contains {
            facts.operations[$0].phase == .load && facts.operations[$0].outcome == .ok && facts.isWrite($0)
        }
        if !isWritten {
            checks.append(Self.missing("acknowledged write", "no write of the load was acknowledged"))
        }
        if !sequential, tally.contended == 0 {
            checks.append(
                Self.missing("overlap", "no two operations overlapped on one key, a write among the two"))
        }
        return checks + facts.scenario.operations.flatMap(filters) + facts.scenario.faults.compactMap(fault)
    }

    /// A filter whose names no element of any answer has, such as a mistyped one, selects nothing: every
    /// limit on what it selects then holds.
    private func filters(of declaration: OperationDeclaration) -> [Check] {
        let captures = declaration.steps.flatMap(\.captures).filter { !$0.probes.isEmpty }
        guard !captures.isEmpty else { return [] }
        var answers = 0
        var met: Set<String> = []
        for operation in facts.operations where operation.name == declaration.name && operation.outcome == .ok
        {
            answers += 1
            for index in operation.requests.indices { met.formUnion(operation.requests[index].meets) }
        }
        return captures.compactMap { capture in
            guard answers > 0,
                let probe = capture.probes.map(\.description).first(where: { !met.contains($0) })
            else { return nil }
            return Self.missing(
                "\(declaration.name): filter of \(capture.name)",
                "in \(Figures.count(answers, "answer")) of \(declaration.name) nothing is at `\(probe)`, "
                    + "so that `\(capture.name)` selected nothing: correct the filter, or let the load make "
                    + "what it looks for")
        }
    }

    /// Share of an operation's ok answers that may lack what others need.
    static let lackingLimit = 0.1

    /// An operation that lacks a capture which others need is not offered to them: they then act on fewer
    /// entities than the scenario says.
    private var notHandedOn: Check? {
        var worst: (name: String, capture: String, lacking: Int, all: Int)?
        for declaration in facts.scenario.operations {
            let needed = facts.scenario.handedOn(by: declaration)
                .union(facts.scenario.kept(by: declaration))
            guard !needed.isEmpty else { continue }
            let ok = facts.operations.indices.filter {
                facts.operations[$0].name == declaration.name && facts.operations[$0].outcome == .ok
            }
            let lacking = ok.compactMap { index in
                needed.filter { facts.operations[index].lookUp($0) == nil }.min()
            }
            guard let capture = lacking.min(), Double(lacking.count) > Self.lackingLimit * Double(ok.count),
                lacking.count > worst?.lacking ?? 0
            else { continue }
            worst = (declaration.name, capture, lacking.count, ok.count)
        }
        return worst.map {
            Self.missing(
                "captures that others need",
                "\($0.lacking) of \($0.all) \($0.name) were ok without `\($0.capture)`, so that the operations "
                    + "that need it could not take them: correct the capture, or declare under `outcome` what "
                    + "such an answer means")
        }
    }

    /// Share of the load that may meet a refused connection outside of faults, and at all.
    static let refusedLimit = (outsideFaults: 0.5, atAll: 0.9)

    /// Refused connections test nothing; a burst tells of them by its rounds.
    private var refusedConnections: Check? {
        guard !facts.isBurst else { return nil }
        let load = tally.operations
        let refused = facts.entities.unsent
        let unexplained = refused.filter { !facts.metFault(facts.operations[$0]) }.count
        let outside = load - (refused.count - unexplained)
        guard
            Double(unexplained) > Self.refusedLimit.outsideFaults * Double(outside)
                || Double(refused.count) > Self.refusedLimit.atAll * Double(load)
        else { return nil }
        return Self.missing(
            "connections",
            "\(refused.count) of \(Figures.count(load, "operation")) of the load met a refused connection "
                + "and tested nothing: see in the replicas' logs why they did not listen, or make the faults "
                + "shorter")
    }

    /// A model that nobody observed, or that nothing changed.
    static func checks(_ model: Model, _ outcome: ModelOutcome, _ facts: RunFacts) -> [Check] {
        var checks: [Check] = []
        if outcome.coverage.hasReads, outcome.reads == 0 {
            checks.append(
                missing("\(model.name): read", "no answered read observed \(model.name)"))
        }
        if outcome.acknowledged == 0 {
            checks.append(
                missing(
                    "\(model.name): write", "no operation that changes \(model.name) was acknowledged"))
        }
        return checks + outcome.coverage.checks(of: model, facts, isRead: outcome.reads > 0)
    }

    static func missing(_ name: String, _ explanation: String) -> Check {
        Check(kind: .vacuity, name: name, verdict: .unknown, explanation: explanation)
    }

    /// A declared fault must have been injected, and once at least a request of the load must have been under
    /// way on its replica while it lasted.
    private func fault(_ declared: FaultDeclaration) -> Check? {
        let kind: FaultRecord.Kind =
            switch declared.action {
            case .pause: .pause
            case .kill: .kill
            case .restart: .restart
            }
        let records = facts.faults.filter { record in
            guard record.kind == kind else { return false }
            let target = facts.scenario.target
            return target.victims(of: declared).contains { target.faultTarget($0) == record.target }
        }
        let name = "fault \(kind.rawValue)"
        guard !records.isEmpty else {
            return Self.missing(
                name, "it was declared and never injected: let it begin before the load is over")
        }
        let hit = records.contains { record in
            facts.operations.contains { $0.phase == .load && $0.met(record) }
        }
        let hurt = Set(records.map(\.target)).sorted().map(\.text)
        return hit
            ? nil
            : Self.missing(
                name,
                "no request of the load went to \(Figures.list(hurt)) while it lasted: let the fault begin "
                    + "within the load and last longer")
    }
}
