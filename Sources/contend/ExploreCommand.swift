// `contend explore`: decides which SQL statement runs next, finds races in few schedules, and repeats them.

import ArgumentParser
import Core
import Engine
import Reporting
import RunStore
import Scenarios

/// `deactivate,rename`.
struct NameList: ExpressibleByArgument, Sendable {
    var names: [String]

    init?(argument: String) {
        names = argument.split(separator: ",").map(String.init)
        guard !names.isEmpty else { return nil }
    }
}

struct ExploreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explore", abstract: "Chooses the order of SQL statements, instead of hoping for it.",
        discussion: [
            "Takes `before`, the operations of `mix`, and `after` of a scenario. Every group of requests",
            "runs under many schedules: one after the other, then with another request between a read and its use,",
            "then in every order up to a number of preemptions. What is found is repeated. PostgreSQL only.",
        ].joined(separator: " "))

    @Argument(help: "A scenario file; with --from none.")
    var file: String?

    @Option(
        help: ArgumentHelp(
            "Look for a schedule that shows this finding of a run again.", valueName: "run"))
    var from: String?

    @OptionGroup var target: TargetFlags

    @Option(help: ArgumentHelp("These requests, by default every pair of the mix.", valueName: "a,b"))
    var operations: NameList?

    @Option(help: ArgumentHelp("How many requests race at once; 2 by default.", valueName: "n"))
    var requests: Int?

    @Option(
        help: ArgumentHelp(
            "How often a request may be interrupted in a schedule; 2 by default.", valueName: "k"))
    var preemptions: Int?

    @Option(help: ArgumentHelp("The most schedules; 1000 by default.", valueName: "n"))
    var schedules: Int?

    @Option(name: .customLong("for"), help: ArgumentHelp("The most time; 2m by default.", valueName: "2m"))
    var most: Span?

    @Option(
        help: ArgumentHelp(
            "Of serial, directed, exhaustive, pct, pos, random; the first three by default.", valueName: "a,b"
        ))
    var strategies: NameList?

    @Flag(help: "Try every order, also of statements that do not conflict.")
    var noPruning = false

    @Option(help: ArgumentHelp("Stop when something is found and repeated.", valueName: "finding"))
    var until: Until?

    @Option(help: ArgumentHelp("How often a finding is repeated; 5 by default.", valueName: "n"))
    var replays: Int?

    @OptionGroup var shown: OutputFlags

    func validate() throws {
        guard (file == nil) != (from == nil) else {
            throw ValidationError("give a scenario file, or a finding with --from RUN#ID")
        }
        if from != nil, operations != nil {
            throw ValidationError("--from takes the operations of the finding: leave out --operations")
        }
        let range = ExploreSettings.requestsRange
        if let count = operations?.names.count ?? requests, !range.contains(count) {
            throw ValidationError(
                "between \(range.lowerBound) and \(range.upperBound) requests can race at once")
        }
        for (name, value, range) in [
            ("preemptions", preemptions, ExploreSettings.preemptionsRange),
            ("schedules", schedules, ExploreSettings.schedulesRange),
            ("replays", replays, ExploreSettings.replaysRange),
        ] {
            guard let value, !range.contains(value) else { continue }
            throw ValidationError("--\(name) must be from \(range.lowerBound) to \(range.upperBound)")
        }
        for name in strategies?.names ?? [] where StrategyName(rawValue: name) == nil {
            let known = StrategyName.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("--strategies knows \(known), not \(name)")
        }
    }

    func run() async throws {
        var settings = ExploreSettings()
        settings.operations = operations?.names
        settings.requests = requests
        settings.preemptions = preemptions
        settings.schedules = schedules
        settings.within = most?.duration
        settings.strategies = strategies?.names.compactMap(StrategyName.init)
        if noPruning { settings.pruning = false }
        settings.untilFinding = until.map { _ in true }
        settings.replays = replays
        let asked = (settings: settings, options: target.options(shown.reports))
        try await Console.finish {
            var (settings, options) = asked
            var file = file ?? ""
            if let from {
                let finding = try StoredFinding(from, out: options.out)
                file = finding.scenarioFile
                options = finding.applied(to: options)
                settings.operations = try finding.racingOperations()
            }
            options.exploration = ExploreOptions()
            options.exploration?.sought = from
            return try await ExplorationRun.status(file, options, shown, asked: settings)
        }
    }
}

struct ReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay", abstract: "Runs the schedule of a finding again.",
        discussion: [
            "Starts the scenario's file as it is now, and lets the statements run in the order of the finding.",
            "Exit codes: 1 the finding shows again, 0 it does not, 2 the order does not fit the statements any more.",
        ].joined(separator: " "))

    @Argument(help: ArgumentHelp("A finding of `contend explore`: RUN#ID.", valueName: "run"))
    var name: String

    @Option(help: ArgumentHelp("How often.", valueName: "n"))
    var times = 5

    @Flag(help: "Follow the order although statements may have changed, as after a fix.")
    var guided = false

    @OptionGroup var target: TargetFlags

    @OptionGroup var shown: OutputFlags

    func validate() throws {
        if times < 1 { throw ValidationError("--times must be at least 1") }
    }

    func run() async throws {
        let options = target.options(shown.reports)
        try await Console.finish {
            let finding = try StoredFinding(name, out: options.out)
            var again = finding.applied(to: options)
            again.exploration = try finding.replay(times: times, isGuided: guided)
            return try await ExplorationRun.status(
                finding.scenarioFile, again, shown)
        }
    }
}

/// What both verbs do with their options.
private enum ExplorationRun {
    static func status(
        _ file: String, _ options: RunOptions, _ flags: OutputFlags, asked: ExploreSettings? = nil
    ) async throws -> ExitStatus {
        let scenario = try ScenarioFiles.load([file], knownFindings: options.knownFindings)[0]
            .scenario(options)
        var options = options
        if let asked {
            let sought = options.exploration?.sought
            options.exploration = ExploreOptions(asked.over(scenario.explore))
            options.exploration?.sought = sought
        }
        let complete = options
        try scenario.requireSecrets(in: options.environment)
        let display = ProgressDisplay(isQuiet: flags.quiet)
        let output = RunOutput(isJSON: flags.json, failOn: options.failOn)
        let (results, signal) = await Console.withSignals { interruption in
            let results = await Run(scenario, options: complete, interruption: interruption) { event in
                display.receive(event)
                if case .finished(let result) = event { output.add(result, isOne: true) }
            }.execute()
            return (results, interruption.first)
        }
        let counted = results.map { $0.status.failing(on: options.failOn) }
        output.close(results, counted: counted, cell: nil, isOne: true, title: scenario.name)
        display.close()
        output.flush()
        flags.reports.write(output.suite, below: options.out)
        return ExitStatus.worst(counted).after(signal)
    }
}
