// `bench`: what guards cost, over databases, replicas, clients and contention; one report.

import ArgumentParser
import Checking
import Core
import Engine
import Histories
import Reporting
import RunStore
import Scenarios

struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measures a matrix of cells, repeated and interleaved.",
        discussion: [
            "The axes are those of the scenario's matrix; flags with several values replace them or add others.",
            "Findings are figures here, not failures. Exit codes: 0 every cell ran, 4 one did not, 64 wrong command",
            "line, 65 invalid scenario, 70 a bug of contend, 130 and 143 interrupted.",
        ].joined(separator: " "))

    @Argument(help: "A scenario file.")
    var file: String

    @Option(
        help: ArgumentHelp(
            "A parameter's value, or several: an axis; may be repeated.", valueName: "name=a,b"))
    var set: [AxisSetting] = []

    @Option(help: ArgumentHelp("sqlite, postgresql, mariadb, galera, or several.", valueName: "a,b"))
    var databases: AxisValues?

    @Option(help: ArgumentHelp("Numbers of replicas.", valueName: "1,3"))
    var replicas: AxisValues?

    @Option(help: ArgumentHelp("Numbers of clients.", valueName: "1,4,16"))
    var clients: AxisValues?

    @Option(help: ArgumentHelp("Repetitions of each cell.", valueName: "n"))
    var times = 3

    @Option(help: ArgumentHelp("The axis to compare; `guard`, where there is one.", valueName: "axis"))
    var by: String?

    @Option(
        help: ArgumentHelp("The value that the others are measured by; the axis' first.", valueName: "value"))
    var reference: String?

    @Option(help: ArgumentHelp("The seed; drawn where absent.", valueName: "n"))
    var seed: UInt64?

    @Flag(help: "Do not watch the database: no deadlocks are counted.")
    var noMonitors = false

    @Option(help: ArgumentHelp("Forms of the report, with commas between.", valueName: "forms"))
    var report = ReportFormats([.html, .markdown, .json])

    @Option(
        help: ArgumentHelp(
            "Where the report is written; reports/benchmarks/<scenario> where absent.", valueName: "dir"))
    var output: String?

    @OptionGroup var server: ServerOption

    @OptionGroup var out: OutOption

    @Flag(help: "Print the report as one JSON document.")
    var json = false

    @Flag(help: "No line for each run on stderr.")
    var quiet = false

    func validate() throws {
        try report.refuseFormatsOfRuns()
        guard times >= 1 else { throw ValidationError("--times must be at least 1") }
        for (name, axis) in [(BuiltInAxis.replicas, replicas), (.clients, clients)] {
            guard let axis else { continue }
            for value in axis.values {
                guard case .int(let count) = value, count >= 1 else {
                    throw ValidationError(
                        "--\(name.rawValue) takes whole numbers from 1, with commas between")
                }
            }
        }
    }

    func run() async throws {
        try await Console.finish {
            guard let file = try ScenarioFiles.load([file]).first else { return .usage }
            let bench = try BenchRun(file, options: options, plan: plan)
            Console.tell("seed \(bench.seed) · \(Figures.grouped(bench.runCount, "run"))")
            let outcome = await Console.withSignals { interruption in
                await bench.execute(interruption: interruption, tell: warn) { if !quiet { mention($0) } }
            }
            let benchmark = outcome.benchmark
            Console.show(json ? JSON.text(benchmark.document) + "\n" : benchmark.text(Console.style))
            let folder = output ?? "reports/benchmarks/\(benchmark.scenario)"
            for format in report.inOrder {
                let text =
                    switch format {
                    case .markdown: benchmark.markdown
                    case .html: benchmark.html
                    case .json, .junit, .trace: JSON.text(benchmark.document) + "\n"
                    }
                try ReportFile.write(text, to: "\(benchmark.fileStem).\(format.suffix)", in: folder)
            }
            return outcome.status
        }
    }

    /// The progress of single runs is of no interest; what went wrong is.
    private func warn(_ event: RunEvent) {
        if case .warning(let warning) = event { Console.tell("warning: \(warning)") }
    }

    private func mention(_ step: BenchRun.Step) {
        let report = step.result.report
        let what =
            report.judgement.verdict == .notRun
            ? "not run" : "\(Figures.rate(BenchmarkRun(report).goodput)) \(report.judgement.verdict.rawValue)"
        Console.tell("\(step.number)/\(step.of)  \(step.cell)  \(what)")
    }

    private var options: RunOptions {
        var options = RunOptions()
        options.seed = seed
        options.monitors = !noMonitors
        options.out = out.out
        options.serverPrograms = server.postgresqlBinaries
        options.environment = Console.environment
        options.program = Console.program
        options.arguments = CommandLine.arguments
        // A single value is an axis with one value, and so in every cell; here it makes the axes resolvable.
        for axis in set { options.settings[axis.name] = axis.values.first }
        return options
    }

    private var plan: BenchRun.Plan {
        var plan = BenchRun.Plan()
        plan.axes = set.map { MatrixAxis(name: $0.name, values: $0.values) }
        for (name, axis) in [(BuiltInAxis.database, databases), (.replicas, replicas), (.clients, clients)] {
            if let axis { plan.axes.append(MatrixAxis(name: name.rawValue, values: axis.values)) }
        }
        plan.times = times
        plan.compared = by
        plan.reference = reference.map { ScenarioFile.settingValue($0) }
        plan.words = words
        return plan
    }

    /// The same benchmark again: what was asked for, without where its files went and without the seed.
    private var words: [String] {
        var words = ["contend", "bench", file]
        for axis in set { words += ["--set", "\(axis.name)=\(axis.text)"] }
        for (flag, axis) in [("--databases", databases), ("--replicas", replicas), ("--clients", clients)] {
            if let axis { words += [flag, axis.text] }
        }
        words += ["--times", "\(times)"]
        if let by { words += ["--by", by] }
        if let reference { words += ["--reference", reference] }
        if noMonitors { words.append("--no-monitors") }
        return words
    }
}

/// `a,b,c`.
struct AxisValues: ExpressibleByArgument, Sendable {
    var text: String
    var values: [Value]

    init?(argument: String) {
        let words = argument.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        guard words.allSatisfy({ !$0.isEmpty }), Set(words).count == words.count else { return nil }
        text = argument
        values = words.map { ScenarioFile.settingValue($0) }
    }
}

/// `name=a,b,c`.
struct AxisSetting: ExpressibleByArgument, Sendable {
    var name: String
    var text: String
    var values: [Value]

    init?(argument: String) {
        guard let equals = argument.firstIndex(of: "="), equals != argument.startIndex,
            let axis = AxisValues(argument: String(argument[argument.index(after: equals)...]))
        else { return nil }
        name = String(argument[..<equals])
        text = axis.text
        values = axis.values
    }
}
