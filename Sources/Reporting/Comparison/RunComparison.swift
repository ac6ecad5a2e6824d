// Two sides of runs of one experiment, compared: safety first, then throughput and latency. A pure function
// of the stored reports.

public import Checking
import History
import Scenario

/// What counts as worse.
public struct ComparisonOptions: Sendable, Hashable {
    /// Share by which a figure must be worse to be a regression.
    public var limit = 0.10
    /// Share by which figures of single runs may differ by chance.
    public var singleRunFloor = 0.20
    /// Another machine is said and does not stop the comparison.
    public var allowsUnlikeMachine = false

    public init() {}
}

/// A class of findings on both sides.
public struct FindingChange: Sendable, Hashable {
    public enum Change: String, Sendable { case new, vanished, known }

    public var classID: String
    public var kind: FindingKind
    public var title: String
    /// Runs of the base, and of the candidate, that have it.
    public var baseRuns: Int
    public var candidateRuns: Int
    /// Whether every run of the candidate that has it accepts it as known: it is told and fails nothing.
    public var isAccepted = false

    public var change: Change { baseRuns == 0 ? .new : candidateRuns == 0 ? .vanished : .known }
    public var isSafety: Bool { kind.severity == .safety }
}

/// What a comparison comes to.
public enum ComparisonOutcome: String, Sendable, Hashable {
    case held
    /// The candidate has a safety finding that the base has not.
    case violation
    /// A figure is worse, or there is a new liveness or error finding.
    case regression
    /// A side was judged `unknown`: nothing was tested that could be compared.
    case inconclusive
}

public struct RunComparison: Sendable {
    /// The runs of one side.
    public struct Side: Sendable {
        public var runs: [String]
        public var verdicts: [Verdict]
        public var machine: Machine?
    }

    public var scenario: String
    /// Database, replicas, clients and parameters, as people read them.
    public var circumstances: [String]
    public var options: ComparisonOptions
    public var base: Side
    public var candidate: Side
    /// New ones first, safety before the others.
    public var findings: [FindingChange]
    public var rows: [ComparisonRow]
    public var warnings: [String]

    /// Compares; refuses sides that are no runs of one experiment.
    public init(
        base: [ComparedRun], candidate: [ComparedRun], options: ComparisonOptions = ComparisonOptions()
    ) throws(ComparisonError) {
        guard let first = base.first else {
            throw ComparisonError(.missing, "the base has no run: a comparison needs one on each side")
        }
        guard !candidate.isEmpty else {
            throw ComparisonError(.missing, "the candidate has no run: a comparison needs one on each side")
        }
        warnings = try Self.likeness(base, candidate, first, options)
        scenario = first.report.scenario
        circumstances =
            [
                "database \(first.report.database)", Figures.count(first.report.replicas, "replica"),
                Figures.count(first.report.clients, "client"),
            ] + first.report.parameters.map { "\($0.name) \($0.value.plain)" }
            + (first.report.sequential ? ["one at a time"] : [])
        self.options = options
        self.base = Self.side(base)
        self.candidate = Self.side(candidate)
        findings = Self.findings(base, candidate)
        rows = ComparisonRow.rows(base.map(\.report), candidate.map(\.report), options)
        if rows.isEmpty { warnings.append("neither side has figures to compare") }
    }

    /// What it comes to; the worst first.
    public var outcome: ComparisonOutcome {
        let new = findings.filter { $0.change == .new && !$0.isAccepted }
        if new.contains(where: \.isSafety) { return .violation }
        if (base.verdicts + candidate.verdicts).contains(.unknown) { return .inconclusive }
        if !new.isEmpty || rows.contains(where: { $0.call == .regression }) { return .regression }
        return rows.isEmpty ? .inconclusive : .held
    }

    public var isRepeated: Bool { base.runs.count > 1 && candidate.runs.count > 1 }

    private static func side(_ runs: [ComparedRun]) -> Side {
        Side(
            runs: runs.map(\.report.run), verdicts: runs.map(\.report.judgement.verdict),
            machine: runs.first?.machine)
    }

    /// Warnings about what may differ; an error about what may not.
    private static func likeness(
        _ base: [ComparedRun], _ candidate: [ComparedRun], _ first: ComparedRun, _ options: ComparisonOptions
    ) throws(ComparisonError) -> [String] {
        for run in base + candidate where run.report.judgement.verdict == .notRun {
            throw ComparisonError(
                .notRun,
                "\(run.report.run) did not happen and measured nothing: run it again, or leave it out")
        }
        var warnings: [String] = []
        for (name, runs) in [("the base's own runs", base), ("base and candidate", candidate)] {
            for run in runs {
                let differences = run.differences(from: first)
                guard differences.isEmpty else {
                    throw ComparisonError(
                        .unlike,
                        "\(name) are no runs of one experiment: \(differences.joined(separator: "; ")) "
                            + "(\(first.report.run), \(run.report.run))")
                }
                guard let machine = run.machineDifference(from: first) else { continue }
                guard options.allowsUnlikeMachine else {
                    throw ComparisonError(
                        .unlike,
                        "\(name) ran on machines that differ: \(machine) (\(first.report.run), "
                            + "\(run.report.run)); --allow-unlike compares them all the same")
                }
                let warning = "\(name) ran on machines that differ: \(machine)"
                if !warnings.contains(warning) { warnings.append(warning) }
            }
        }
        return warnings
    }

    private static func findings(_ base: [ComparedRun], _ candidate: [ComparedRun]) -> [FindingChange] {
        var changes: [String: FindingChange] = [:]
        for (runs, count) in [(base, \FindingChange.baseRuns), (candidate, \FindingChange.candidateRuns)] {
            for run in runs {
                for finding in run.report.judgement.findings {
                    changes[
                        finding.classID,
                        default: FindingChange(
                            classID: finding.classID, kind: finding.kind, title: finding.title, baseRuns: 0,
                            candidateRuns: 0)][keyPath: count] += 1
                }
            }
        }
        for id in changes.keys {
            let accepted = candidate.flatMap(\.report.judgement.findings).filter { $0.classID == id }
                .map { $0.acceptance != nil }
            changes[id]?.isAccepted = !accepted.isEmpty && accepted.allSatisfy { $0 }
        }
        let order: [FindingChange.Change] = [.new, .vanished, .known]
        func rank(_ change: FindingChange) -> (Int, Int, String) {
            (change.isSafety ? 0 : 1, order.firstIndex(of: change.change) ?? 0, change.classID)
        }
        return changes.values.sorted { rank($0) < rank($1) }
    }
}
