// Runs every cell of a scenario's matrix, each on a cluster of its own, and tabulates them.

import Core
public import Reporting
import RunStore
public import Scenarios

/// The matrix of one scenario file.
public struct MatrixRun: Sendable {
    public struct Outcome: Sendable {
        public var table: MatrixTable
        public var runs: [SuiteRun]
        public var status: ExitStatus
    }

    let file: ScenarioFile
    let options: RunOptions
    let interruption: Interruption
    let tell: RunEventSink

    public init(
        _ file: ScenarioFile, options: RunOptions, interruption: Interruption = Interruption(),
        tell: @escaping RunEventSink
    ) {
        self.file = file
        self.options = options
        self.interruption = interruption
        self.tell = tell
    }

    /// Resolves every cell, so that an invalid one starts nothing.
    public func plan() throws -> [(cell: MatrixCell, scenario: Scenario)] {
        let cells = file.matrixCells(options)
        guard !cells.isEmpty else {
            throw RunError(.usage, "no cell of the matrix of \(file.path) has the values given by flags")
        }
        var planned: [(cell: MatrixCell, scenario: Scenario)] = []
        for cell in cells {
            let values = Dictionary(cell.parameters.map { ($0.name, $0.value) }) { $1 }
            planned.append((cell, try file.scenario(options, cell: values)))
        }
        return planned
    }

    public func execute() async throws -> Outcome {
        let planned = try plan()
        var table = MatrixTable(title: "matrix · \(file.name)", axes: file.matrix.map(\.name), rows: [])
        var runs: [SuiteRun] = []
        var statuses: [ExitStatus] = []
        for (cell, scenario) in planned where interruption.count == 0 {
            var cellOptions = options
            for parameter in cell.parameters { cellOptions.take(parameter) }
            var scenario = scenario
            // What a cell expects is its own; nothing that is accepted elsewhere changes it.
            if cell.expectation != nil { scenario.knownFindings = [] }
            let run = Run(
                scenario, options: cellOptions, goal: cell.goal, interruption: interruption, tell: tell)
            for result in await run.execute() {
                let own = cell.expectation == nil ? result.status.failing(on: options.failOn) : result.status
                let counted = cell.status(of: result.report.judgement, own: own)
                table.rows.append(cell.row(result, counted: counted))
                runs.append(
                    SuiteRun(
                        result.report, cell: cell.parameters,
                        expectation: cell.expectation, exitCode: counted.rawValue))
                statuses.append(counted)
            }
        }
        if planned.contains(where: { $0.cell.goal != nil }) {
            table.note =
                "A cell that expects a finding ends with the first one: its rounds say how long that took, not how "
                + "often the race shows."
        }
        return Outcome(table: table, runs: runs, status: .worst(statuses).after(interruption.first))
    }
}

extension RunOptions {
    /// The value of an axis, as the flag of the same name would give it, so that the cell can be run again by
    /// itself.
    mutating func take(_ parameter: Parameter) {
        switch (BuiltInAxis(rawValue: parameter.name), parameter.value) {
        case (.database, .string(let name)): database = name
        case (.replicas, .int(let count)): replicas = count
        case (.clients, .int(let count)): clients = count
        case (_, _): settings[parameter.name] = parameter.value
        }
    }
}
