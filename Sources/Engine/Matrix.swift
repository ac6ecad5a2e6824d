// The matrix of a scenario: its cells under the flags, and what each counts as against what was expected of
// it.

public import Checking
import Core
import Reporting
import RunStore
public import Scenarios

/// One cell: a value for each axis, and what it should give.
public struct MatrixCell: Sendable, Hashable {
    public var parameters: [Parameter]
    public var expectation: Expectation?

    /// A burst stops as soon as the violation that is expected here is found.
    public var goal: Goal? {
        guard let expectation, expectation.verdict == .violation else { return nil }
        return expectation.finding.map(Goal.kind) ?? .safety
    }

    /// What this cell counts as.
    ///
    /// An expected violation that was found counts as held, one that was not found as inconclusive;
    /// everything that is not as expected keeps its own code, and `unknown` and `not-run` are never
    /// converted.
    public func status(of judgement: Judgement, own: ExitStatus) -> ExitStatus {
        guard let expectation else { return own }
        switch own {
        case .usage, .invalid, .fault, .notRun, .interrupted, .terminated: return own
        case .inconclusive: return .inconclusive
        case .held, .violation, .degraded: break
        }
        let isFound = expectation.finding.map { kind in
            judgement.findings.contains { $0.kinds.contains(kind) }
        }
        switch (expectation.verdict, judgement.verdict) {
        case (.violation, .violation): return isFound ?? true ? .held : .violation
        case (.degraded, .degraded): return isFound ?? true ? .held : .degraded
        case (.violation, .pass), (.violation, .degraded), (.degraded, .pass): return .inconclusive
        case (_, _): return own
        }
    }

    func row(_ result: RunResult, counted: ExitStatus) -> MatrixRow {
        let judgement = result.report.judgement
        var named: Set<FindingKind> = []
        let kinds = judgement.findings.flatMap(\.kinds).filter { named.insert($0).inserted }
        return MatrixRow(
            values: parameters.map(\.value.plain), expected: expectation?.verdict.rawValue ?? "–",
            verdict: judgement.verdict.rawValue, findings: kinds.map(\.rawValue).joined(separator: ", "),
            rounds: judgement.tally.rounds,
            perSecond: judgement.tally.rounds > 0 ? nil : result.report.figures.operationsPerSecond,
            deadlocks: judgement.tally.deadlocks, exitCode: counted.rawValue, run: result.report.identity.run,
            reasonNotRun: judgement.verdict == .notRun ? result.report.reasonNotRun : nil)
    }
}

extension ScenarioFile {
    /// The cells to run; a flag that names an axis leaves only the cells with its value.
    ///
    /// A scenario without a matrix has one cell.
    public func matrixCells(_ options: RunOptions) -> [MatrixCell] {
        var fixed = options.settings
        fixed.merge(options.builtInAxes) { $1 }
        let cells = matrix.isEmpty ? [[]] : cells()
        return cells.filter { cell in
            cell.allSatisfy { parameter in
                fixed[parameter.name].map { $0.isEquivalent(to: parameter.value) } ?? true
            }
        }
        .map { MatrixCell(parameters: $0, expectation: expectation(for: $0)) }
    }
}
