// A benchmark: cells of a matrix, repeated and interleaved, and what they say of one axis (the guards).

public import Core
public import RunStore
public import Scenarios

public struct Benchmark: Sendable {
    public var scenario: String
    public var scenarioFile: String
    public var about: String
    /// The command line that makes it again.
    public var command: String
    public var seed: UInt64
    /// RFC 3339, UTC.
    public var started: String
    public var machine: Machine
    public var versions: String
    /// Repetitions that were asked for.
    public var times: Int
    public var axes: [MatrixAxis]
    /// The axis whose values are compared.
    public var compared: String
    /// The value of it that the others are measured by.
    public var reference: Value
    public var cells: [BenchmarkCell]
    /// Set where a signal ended it before its last run.
    public var interruption: Interruption?

    /// A benchmark that is a part of what was asked for.
    public struct Interruption: Sendable, Hashable {
        /// `SIGINT` or `SIGTERM`.
        public var signal: String
        /// Runs that were made, of those asked for.
        public var runs: Int
        public var of: Int

        public init(signal: String, runs: Int, of: Int) {
            self.signal = signal
            self.runs = runs
            self.of = of
        }

        public var sentence: String { "ended by \(signal) after \(runs) of \(Figures.grouped(of, "run"))" }
    }

    public init(
        scenario: String, scenarioFile: String, about: String, command: String, seed: UInt64, started: String,
        machine: Machine, versions: String, times: Int, axes: [MatrixAxis], compared: String,
        reference: Value, cells: [BenchmarkCell]
    ) {
        self.scenario = scenario
        self.scenarioFile = scenarioFile
        self.about = about
        self.command = command
        self.seed = seed
        self.started = started
        self.machine = machine
        self.versions = versions
        self.times = times
        self.axes = axes
        self.compared = compared
        self.reference = reference
        self.cells = cells
    }

    static let clients = BuiltInAxis.clients.rawValue

    /// The name of the report's files, without what follows the dot: a part never replaces a whole.
    public var fileStem: String { (interruption == nil ? "" : "partial-") + scenario }

    /// Cells that differ in the compared axis and in clients only: one small chart and one table.
    public struct Panel: Sendable {
        /// Values of all other axes.
        public var parameters: [Parameter]
        public var cells: [BenchmarkCell]

        /// `sqlite · keys 1`; empty where there is one panel only.
        public var title: String {
            parameters.map { parameter in
                [BuiltInAxis.database.rawValue, "guard"].contains(parameter.name)
                    ? parameter.value.plain : "\(parameter.name) \(parameter.value.plain)"
            }.joined(separator: " · ")
        }
    }

    /// Axes with one value: they tell no panels apart.
    var fixed: [Parameter] {
        axes.filter { $0.values.count == 1 && $0.name != compared && $0.name != Self.clients }
            .map { Parameter(name: $0.name, value: $0.values[0]) }
    }

    /// In the order of the cells.
    public var panels: [Panel] {
        let constant = Set(fixed.map(\.name))
        var panels: [Panel] = []
        for cell in cells {
            let place = cell.parameters.filter {
                $0.name != compared && $0.name != Self.clients && !constant.contains($0.name)
            }
            if let index = panels.firstIndex(where: { $0.parameters == place }) {
                panels[index].cells.append(cell)
            } else {
                panels.append(Panel(parameters: place, cells: [cell]))
            }
        }
        return panels
    }

    /// Values of the compared axis.
    public var series: [Value] { axes.first { $0.name == compared }?.values ?? [reference] }

    /// A cell beside the one with the reference and the same other values.
    public struct Standing: Sendable, Hashable {
        /// Goodput over that of the reference.
        public var ratio: Estimate
        /// Whether the interval leaves out that both are equal; never without one.
        public var isRanked: Bool
    }

    /// How a cell does against the reference in its panel; `nil` for the reference itself, and where either
    /// has no run that got anything done.
    public func standing(of cell: BenchmarkCell, in panel: Panel) -> Standing? {
        guard cell.value(of: compared) != reference, let other = referenceCell(for: cell, in: panel) else {
            return nil
        }
        guard let ratio = Estimate.ratio(of: cell.runs.map(\.goodput), to: other.runs.map(\.goodput)) else {
            return nil
        }
        let isRanked = ratio.low.map { $0 > 1 } ?? false || ratio.high.map { $0 < 1 } ?? false
        return Standing(ratio: ratio, isRanked: isRanked)
    }

    /// The one with the reference and equal clients, unless clients are what is compared.
    func referenceCell(for cell: BenchmarkCell, in panel: Panel) -> BenchmarkCell? {
        panel.cells.first {
            $0.value(of: compared) == reference
                && (compared == Self.clients || $0.value(of: Self.clients) == cell.value(of: Self.clients))
        }
    }

    /// Repetitions that did not happen.
    public var failures: [String] { cells.flatMap(\.failures) }
}
