// `contend run`: runs scenarios, tells how it goes, and exits with the worst that came of them.

import ArgumentParser
import Engine
import Reporting
import RunStore
import Scenarios

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Runs scenarios and judges what happened.",
        discussion: [
            "All files are validated before the first one starts. Over several, the worst exit code wins, in the",
            "order 1, 70, 4, 2, 3, 0.",
        ].joined(separator: " "))

    @Argument(help: "Scenario files, or folders of them.")
    var files: [String]

    @Flag(help: "Run every cell of the matrix, and compare with what is expected.")
    var matrix = false

    @Flag(help: "Send each operation once, and print request, answer and outcome.")
    var once = false

    @OptionGroup var flags: RunFlags

    @OptionGroup var shown: OutputFlags

    func validate() throws {
        if once, matrix || flags.times > 1 || flags.until != nil || flags.keep || flags.explain || shown.json
        {
            throw ValidationError(
                "--once goes with none of --matrix, --times, --until, --keep, --explain, --json")
        }
        if matrix, flags.keep { throw ValidationError("--keep and --matrix exclude each other") }
        if flags.keep, files.count > 1 { throw ValidationError(Self.keepsOne) }
    }

    private static let keepsOne = "--keep takes one scenario file"

    func run() async throws {
        try await Console.finish {
            let options = flags.options(shown.reports)
            let scenarios = try ScenarioFiles.load(files, knownFindings: options.knownFindings).map { file in
                (file: file, scenario: try file.scenario(options))
            }
            if flags.keep, scenarios.count > 1 {
                throw RunError(.usage, Self.keepsOne)
            }
            for (_, scenario) in scenarios { try scenario.requireSecrets(in: options.environment) }
            // What a matrix cannot resolve is said before the first file starts.
            if matrix {
                for (file, _) in scenarios { _ = try MatrixRun(file, options: options) { _ in }.plan() }
            }
            let display = ProgressDisplay(isQuiet: shown.quiet)
            let output = RunOutput(isJSON: shown.json, failOn: options.failOn)
            let statuses = await Console.withSignals { interruption in
                var statuses: [Result<ExitStatus, any Error>] = []
                for (file, scenario) in scenarios where interruption.count == 0 {
                    statuses.append(
                        await one(file, scenario, options, interruption, display, output))
                }
                return statuses
            }
            display.close()
            output.flush()
            if !once { shown.reports.write(output.suite, below: flags.target.out.out) }
            return .worst(try statuses.map { try $0.get() })
        }
    }

    private func one(
        _ file: ScenarioFile, _ scenario: Scenario, _ options: RunOptions, _ interruption: Interruption,
        _ display: ProgressDisplay, _ output: RunOutput
    ) async -> Result<ExitStatus, any Error> {
        let tell: RunEventSink = { display.receive($0) }
        do {
            if once {
                let exchanges = try await RunOnce(
                    scenario, options: options, interruption: interruption, tell: tell
                ).execute()
                output.add(exchanges)
                return .success(ExitStatus.held.after(interruption.first))
            }
            if matrix {
                let outcome = try await MatrixRun(
                    file, options: options, interruption: interruption,
                    tell: { event in
                        // The table at the end names the runs; so many pages would drown it.
                        if case .page = event { return }
                        tell(event)
                        if case .finished(let result) = event { output.mention(result) }
                    }
                ).execute()
                output.add(outcome)
                return .success(outcome.status)
            }
            let isOne = options.times == 1 && options.untilFinding == nil
            let cell = isOne ? nil : file.repeatedCell(of: scenario, options)
            let scenario = cell.map { $0.isolated(scenario) } ?? scenario
            let results = await Run(scenario, options: options, interruption: interruption) { event in
                tell(event)
                // What explains a finding comes later.
                if case .finished(let result) = event, !options.explain { output.add(result, isOne: isOne) }
            }.execute()
            if options.explain { for result in results { output.add(result, isOne: isOne) } }
            let counted = Repeats(results, cell: cell, options).statuses
            output.close(results, counted: counted, cell: cell, isOne: isOne, title: scenario.name)
            let worst = ExitStatus.worst(counted)
            // With --keep a signal is how it ends; one that cut a run short is in that run's status already.
            return .success(flags.keep ? worst : worst.after(interruption.first))
        } catch let error as RunError where error.code == .notRun && interruption.first != nil {
            Console.tell("contend: \(error.message)")
            return .success(ExitStatus.notRun.after(interruption.first))
        } catch {
            return .failure(error)
        }
    }
}

/// Scenario files named on the command line.
enum ScenarioFiles {
    /// All of them, or all that is wrong with any of them.
    static func load(_ paths: [String], knownFindings: String? = nil) throws -> [ScenarioFile] {
        var files: [ScenarioFile] = []
        var diagnostics: [Diagnostic] = []
        for path in try ScenarioFolder.files(paths) {
            do {
                let file = try ScenarioFile.load(path, knownFindings: knownFindings)
                for hint in file.hints { Console.tell(hint.description) }
                files.append(file)
            } catch let errors as ScenarioErrors {
                diagnostics += errors.diagnostics
            }
        }
        guard diagnostics.isEmpty else { throw ScenarioErrors(diagnostics) }
        return files
    }
}
