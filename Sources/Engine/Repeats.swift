// What repeats of one scenario count as: against what the file expects where `--set` picks a cell of its
// matrix.

import Checking
import Core
import Reporting
import RunStore
public import Scenarios

/// The results of `--times` or `--until`.
public struct Repeats {
    private let results: [RunResult]
    private let cell: MatrixCell?
    private let options: RunOptions

    public init(_ results: [RunResult], cell: MatrixCell?, _ options: RunOptions) {
        self.results = results
        self.cell = cell
        self.options = options
    }

    /// Of each result in turn.
    ///
    /// Runs that passed on the way to a finding that was looked for and is expected were part of the search.
    public var statuses: [ExitStatus] {
        guard let cell else { return results.map { $0.status.failing(on: options.failOn) } }
        var statuses = results.map { cell.status(of: $0.report.judgement, own: $0.status) }
        guard options.untilFinding != nil, statuses.last == .held,
            results.last?.report.judgement.newFindings.isEmpty == false
        else { return statuses }
        for (index, result) in results.enumerated() where result.report.judgement.verdict == .pass {
            statuses[index] = .held
        }
        return statuses
    }
}

extension ScenarioFile {
    /// The cell of the matrix that `--set` picks, the other axes at the scenario's own values; `nil` where
    /// nothing is set, or where nothing is expected of it.
    public func repeatedCell(of scenario: Scenario, _ options: RunOptions) -> MatrixCell? {
        guard !options.settings.isEmpty, !matrix.isEmpty else { return nil }
        var values: [Parameter] = []
        for axis in matrix {
            let value: Value? =
                switch BuiltInAxis(rawValue: axis.name) {
                case .database: .string(options.database ?? scenario.databaseName)
                case .replicas: .int(scenario.replicaCount)
                case .clients: .int(scenario.load.clients)
                case nil: scenario.parameters.first { $0.name == axis.name }?.value
                }
            guard let value, axis.values.contains(where: { $0.isEquivalent(to: value) }) else { return nil }
            values.append(Parameter(name: axis.name, value: value))
        }
        return expectation(for: values).map { MatrixCell(parameters: values, expectation: $0) }
    }
}

extension MatrixCell {
    /// The scenario as a run of this cell judges it: what the cell expects to be found is not accepted
    /// elsewhere.
    public func isolated(_ scenario: Scenario) -> Scenario {
        guard let expectation, expectation.verdict != .pass else { return scenario }
        var scenario = scenario
        scenario.knownFindings = []
        return scenario
    }
}
