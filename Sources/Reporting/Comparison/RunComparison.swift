// Two sides of runs of one experiment, compared: safety first, then throughput and latency. A pure function
// of the stored reports.

import Checking
public import Core
public import RunStore
import Scenarios

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
    /// As every form of the comparison says it.
    public var word: String { change.rawValue + (isAccepted ? ", accepted" : "") }
    public var isSafety: Bool { kind.severity == .safety }
}

/// A threshold that fails on one side at least.
public struct ThresholdChange: Sendable, Hashable {
    /// Key and limit, as its check is named.
    public var name: String
    /// Runs of the base, and of the candidate, that fail it.
    public var baseRuns: Int
    public var candidateRuns: Int
    /// What the first of them measured, of the candidate where it fails there.
    public var explanation: String

    public var change: FindingChange.Change {
        baseRuns == 0 ? .new : candidateRuns == 0 ? .vanished : .known
    }
}

/// What a comparison comes to.
public enum ComparisonOutcome: String, Sendable, Hashable {
    case held
    /// The candidate has a safety finding that the base has not.
    case violation
    /// A figure is worse, a threshold fails that held, or there is a new liveness or error finding.
    case regression
    /// A side was judged `unknown`, or the candidate did not measure what the base measured: nothing was
    /// tested that could be compared.
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
    /// Those that fail anywhere, the new ones first.
    public var thresholds: [ThresholdChange]
    public var rows: [ComparisonRow]
    /// What the base measured and the candidate did not, or the other way round for throughput: a sentence
    /// each.
    public var unmeasured: [String]
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
        scenario = first.report.identity.scenario
        circumstances =
            [
                "database \(first.report.identity.database)",
                Figures.grouped(first.report.identity.replicas, "replica"),
                Figures.grouped(first.report.identity.clients, "client"),
            ] + first.report.identity.parameters.map { "\($0.name) \($0.value.plain)" }
            + (first.report.identity.sequential ? ["one at a time"] : [])
        self.options = options
        self.base = Self.side(base)
        self.candidate = Self.side(candidate)
        findings = Self.findings(base, candidate)
        thresholds = Self.thresholds(base, candidate)
        rows = ComparisonRow.rows(base.map(\.report), candidate.map(\.report), options)
        unmeasured = Self.unmeasured(base.map(\.report), candidate.map(\.report))
        warnings += Self.doubts(base, candidate) + unmeasured
        if rows.isEmpty { warnings.append("neither side has figures to compare") }
    }

    /// What it comes to; the worst first.
    public var outcome: ComparisonOutcome {
        let new = findings.filter { $0.change == .new && !$0.isAccepted }
        if new.contains(where: \.isSafety) { return .violation }
        if (base.verdicts + candidate.verdicts).contains(.unknown) { return .inconclusive }
        if !new.isEmpty || thresholds.contains(where: { $0.change == .new })
            || rows.contains(where: { $0.call == .regression })
        {
            return .regression
        }
        return rows.isEmpty || !unmeasured.isEmpty ? .inconclusive : .held
    }

    public var isRepeated: Bool { base.runs.count > 1 && candidate.runs.count > 1 }

    private static func side(_ runs: [ComparedRun]) -> Side {
        Side(
            runs: runs.map(\.report.identity.run), verdicts: runs.map(\.report.judgement.verdict),
            machine: runs.first?.machine)
    }
}
