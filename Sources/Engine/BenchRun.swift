// A benchmark: every cell of a matrix, repeated, the repetitions of all cells interleaved, so that whatever
// the machine does meanwhile meets them all alike.

import Checking
public import Core
import FoundationEssentials
public import Reporting
import RunStore
public import Scenarios
import Traffic

/// Runs the cells and collects their figures.
public struct BenchRun: Sendable {
    public struct Outcome: Sendable {
        public var benchmark: Benchmark
        public var status: ExitStatus
    }

    /// One run that ended, for whoever watches.
    public struct Step: Sendable {
        /// From 1.
        public var number: Int
        public var of: Int
        public var cell: String
        public var result: RunResult
    }

    /// What is asked for beside the scenario and its axes.
    public struct Plan: Sendable {
        /// Values that replace those of the scenario's matrix, or make an axis of their own.
        public var axes: [MatrixAxis] = []
        public var times = 3
        /// The axis whose values are compared, and the value the others are measured by; chosen where absent.
        public var compared: String?
        public var reference: Value?
        /// The command line that makes it again, word for word and without the seed.
        public var words: [String] = []

        public init() {}
    }

    /// Runs of one benchmark at most.
    static let runLimit = 10_000

    let file: ScenarioFile
    let options: RunOptions
    let plan: Plan
    let axes: [MatrixAxis]
    let compared: String
    let reference: Value
    public let seed: UInt64
    /// Of everything that any cell keeps secret, and of the users of database URLs.
    let redactor: Redactor
    let cells: [(parameters: [Parameter], scenario: Scenario)]

    /// Resolves every cell, so that an invalid one starts nothing.
    public init(_ file: ScenarioFile, options: RunOptions, plan: Plan) throws {
        self.file = file
        self.options = options
        self.plan = plan
        var all = try file.scenario(options)
        try all.requireSecrets(in: options.environment)
        all.seed = options.seed ?? all.seed
        seed = all.seed ?? UInt64.random(in: 1...UInt64(UInt32.max))
        let axes = Self.axes(of: file, all, plan)
        let compared = try Self.compared(axes, plan)
        let values = axes.first { $0.name == compared }?.values ?? []
        guard let first = values.first, plan.reference.map(values.contains) ?? true else {
            let known = values.map(\.plain).joined(separator: ", ")
            throw RunError(
                .usage,
                Redactor(all.sensitiveTexts(options.environment)).redact(
                    "`\(plan.reference?.plain ?? "")` is no value of \(compared): it has \(known)"))
        }
        let count = axes.reduce(1) { min($0, Self.runLimit + 1) * $1.values.count }
        guard count > 0, count <= Self.runLimit / max(1, plan.times) else {
            throw RunError(
                .usage,
                "these axes make more than \(Self.runLimit) runs: name fewer values, or fewer --times")
        }
        let cells: [(parameters: [Parameter], scenario: Scenario)] = try Self.product(axes).map {
            parameters in
            let values = Dictionary(parameters.map { ($0.name, $0.value) }) { $1 }
            var cell = options
            // The cell's own value, where the flags gave several.
            for axis in plan.axes { cell.settings[axis.name] = nil }
            return (parameters, try file.scenario(cell, cell: values))
        }
        redactor = Redactor(cells.flatMap { $0.scenario.sensitiveTexts(options.environment) })
        self.cells = cells
        self.axes = axes
        self.compared = compared
        reference = plan.reference ?? first
    }

    public var runCount: Int { cells.count * plan.times }

    /// Round after round over all cells, each round in an order of its own, drawn from the seed.
    ///
    /// All cells of a round have the same seed, so that they draw the same. Findings are figures here, not
    /// failures; a run that did not happen is.
    public func execute(
        interruption: Interruption = Interruption(), tell: @escaping RunEventSink = { _ in },
        onStep: (Step) -> Void
    ) async -> Outcome {
        let started = Date().formatted(.iso8601)
        let shown = ShownAxes(axes, redactor)
        var measured = cells.map { BenchmarkCell(parameters: $0.parameters.map(shown.parameter)) }
        var statuses: [ExitStatus] = []
        var number = 0
        for round in 0..<plan.times {
            for index in order(of: round) where interruption.count == 0 {
                let result = await run(cells[index], round: round, interruption, tell)
                // What a signal cut short is no measurement.
                guard interruption.count == 0, let result else { break }
                number += 1
                if result.report.judgement.verdict == .notRun {
                    // The first line says what; the rest is a log, which is in the run directory.
                    let reason = result.report.reasonNotRun.prefix { $0 != "\n" }
                    measured[index].failures.append("\(name(of: cells[index].parameters)): \(reason)")
                    statuses.append(result.status)
                } else {
                    measured[index].runs.append(BenchmarkRun(result.report))
                    statuses.append(.held)
                }
                onStep(
                    Step(
                        number: number, of: runCount, cell: name(of: cells[index].parameters), result: result)
                )
            }
        }
        var benchmark = Benchmark(
            scenario: file.name, scenarioFile: file.path,
            about: redactor.redact(cells.first?.scenario.description ?? ""), command: command, seed: seed,
            started: started, machine: .current,
            versions: "contend \(contendVersion)", times: plan.times, axes: shown.axes,
            compared: compared, reference: shown.value(reference, of: compared), cells: measured)
        if let signal = interruption.first, number < runCount {
            benchmark.interruption = .init(signal: signal.rawValue, runs: number, of: runCount)
        }
        return Outcome(
            benchmark: benchmark, status: ExitStatus.worst(statuses).after(interruption.first))
    }

    private func run(
        _ cell: (parameters: [Parameter], scenario: Scenario), round: Int, _ interruption: Interruption,
        _ tell: @escaping RunEventSink
    ) async -> RunResult? {
        var options = options
        for parameter in cell.parameters { options.take(parameter) }
        options.seed = seed &+ UInt64(round)
        options.times = 1
        return await Run(cell.scenario, options: options, interruption: interruption, tell: tell)
            .execute().last
    }

    /// The cells in the order of a round.
    func order(of round: Int) -> [Int] {
        var generator = SeededGenerator(state: seed &+ UInt64(round) &* 0x9e37_79b9)
        return Array(cells.indices).shuffled(using: &generator)
    }

    private func name(of parameters: [Parameter]) -> String {
        redactor.redact(parameters.map { "\($0.name)=\($0.value.plain)" }.joined(separator: " "))
    }

    /// Makes the same benchmark again, with the seed that was drawn.
    private var command: String {
        redactor.redact(
            (plan.words + ["--seed", "\(seed)"]).map(RerunCommand.quoted).joined(separator: " "))
    }

    // MARK: - Axes

    /// Those of the matrix with the values asked for, then those asked for beside it; clients last, for the
    /// rows of a table to go by it.
    static func axes(of file: ScenarioFile, _ scenario: Scenario, _ plan: Plan) -> [MatrixAxis] {
        var axes = file.matrix
        for axis in plan.axes {
            if let index = axes.firstIndex(where: { $0.name == axis.name }) {
                axes[index] = axis
            } else {
                axes.append(axis)
            }
        }
        let name = BuiltInAxis.clients.rawValue
        let clients =
            axes.first { $0.name == name }
            ?? MatrixAxis(name: name, values: [.int(scenario.load.clients)])
        return axes.filter { $0.name != name } + [clients]
    }

    /// The axis asked for; else `guard`, else the first that is a parameter, else the first.
    static func compared(_ axes: [MatrixAxis], _ plan: Plan) throws(RunError) -> String {
        let names = axes.map(\.name)
        if let name = plan.compared {
            guard names.contains(name), name != BuiltInAxis.clients.rawValue else {
                throw RunError(
                    .usage,
                    "`\(name)` is no axis to compare: there are \(names.dropLast().joined(separator: ", "))")
            }
            return name
        }
        return names.first { $0 == "guard" } ?? names.first { !BuiltInAxis.names.contains($0) }
            ?? names.first ?? BuiltInAxis.clients.rawValue
    }

    /// The first axis slowest.
    static func product(_ axes: [MatrixAxis]) -> [[Parameter]] {
        axes.reduce([[]]) { cells, axis in
            cells.flatMap { cell in axis.values.map { cell + [Parameter(name: axis.name, value: $0)] } }
        }
    }
}
