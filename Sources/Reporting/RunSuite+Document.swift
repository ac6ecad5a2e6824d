// All runs of a command as one JSON document.

import Checking
public import Core
import Histories
import RunStore
import Scenarios

extension RunSuite {
    /// Every run's verdict, and for each cell of a matrix what was expected and what it counts as.
    public var document: Value {
        .object([
            "version": .int(RunReport.currentVersion), "runs": .array(runs.map(\.report.document)),
            "matrix": .array(runs.compactMap(\.cellDocument)),
        ])
    }
}

extension SuiteRun {
    fileprivate var cellDocument: Value? {
        guard let cell else { return nil }
        return .object([
            "run": .string(report.identity.run),
            "expected": expectation.map { .string($0.verdict.rawValue) } ?? .null,
            "expected_finding": expectation?.finding.map { .string($0.rawValue) } ?? .null,
            "verdict": .string(report.judgement.verdict.rawValue), "exit": .int(Int(exitCode)),
            "cell": .object(Dictionary(cell.map { ($0.name, $0.value) }) { $1 }),
        ])
    }
}
