// All runs of one command together, as pipelines read them: JUnit, Markdown and annotations are made of it.

import Checking
public import Core
public import RunStore
public import Scenarios

/// One run of a command, with what it counts as there.
public struct SuiteRun: Sendable {
    public var report: RunReport
    /// The values of its matrix cell; `nil` for a run outside a matrix.
    public var cell: [Parameter]?
    public var expectation: Expectation?
    public var exitCode: Int32

    public init(
        _ report: RunReport, cell: [Parameter]? = nil, expectation: Expectation? = nil, exitCode: Int32
    ) {
        self.report = report
        self.cell = cell
        self.expectation = expectation
        self.exitCode = exitCode
    }

    /// `demo [guard=check-then-act, database=sqlite]`.
    public var name: String {
        let values = (cell ?? []).map { "\($0.name)=\($0.value.plain)" }
        return report.identity.scenario + (values.isEmpty ? "" : " [\(values.joined(separator: ", "))]")
    }

    /// Whether what was found is what the cell asks for, so that it fails nothing.
    var isAsExpected: Bool { expectation != nil && exitCode == 0 }
}

/// The runs of one command, and which verdicts make it fail.
public struct RunSuite: Sendable {
    public var runs: [SuiteRun]
    /// Beside violations and runs that did not happen, which always do.
    public var failOn: Set<Verdict>

    public init(_ runs: [SuiteRun], failOn: Set<Verdict> = [.degraded, .unknown]) {
        self.runs = runs
        self.failOn = failOn
    }

    func fails(_ verdict: Verdict) -> Bool {
        switch verdict {
        case .pass: false
        case .violation, .notRun: true
        case .degraded, .unknown: failOn.contains(verdict)
        }
    }
}

/// A model, invariant, threshold or other check of a run, with the findings that violate it.
struct CheckedItem {
    var kind: String
    var name: String
    var verdict: Verdict
    var explanation: String
    var position: SourcePosition?
    var findings: [Finding]
    var isUndecided = false

    /// Findings that are all accepted fail nothing, unless something beside them was not decided.
    var acceptance: Acceptance? {
        isUndecided ? nil : findings.allSatisfy { $0.acceptance != nil } ? findings.first?.acceptance : nil
    }
}

extension SuiteRun {
    /// Every check in order, then the findings that no check stands for, such as server errors.
    var items: [CheckedItem] {
        let checks = report.judgement.checks
        let findings = Dictionary(grouping: report.judgement.findings, by: \.check)
        var told: Set<String> = []
        var items = checks.map { check in
            let own =
                check.verdict == .pass || !told.insert(check.name).inserted ? [] : findings[check.name] ?? []
            return CheckedItem(
                kind: check.kind.rawValue, name: check.name, verdict: check.verdict,
                explanation: check.explanation, position: check.position, findings: own,
                isUndecided: check.isUndecided)
        }
        for finding in report.judgement.findings where !told.contains(finding.check) {
            items.append(
                CheckedItem(
                    kind: finding.kind.rawValue, name: finding.check,
                    verdict: finding.kind.severity == .safety ? .violation : .degraded,
                    explanation: finding.title, findings: [finding]))
        }
        return items
    }
}
