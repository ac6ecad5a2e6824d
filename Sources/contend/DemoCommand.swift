// `contend demo`: a planted race is found, then its fix holds; SQLite, three replicas, under a minute.

import ArgumentParser
import Checking
import Core
import Engine
import FoundationEssentials
import Reporting
import RunStore
import Scenarios

struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo", abstract: "Finds a planted race, then shows its fix hold.",
        discussion:
            "SQLite, three replicas of the bundled image-service, under a minute, nothing left behind.")

    @OptionGroup var out: OutOption

    @Option(help: ArgumentHelp("The seed; drawn and printed where absent.", valueName: "n"))
    var seed: UInt64?

    func run() async throws {
        try await Console.finish {
            let path = try writeScenario()
            let file = try ScenarioFile.load(path)
            var options = RunOptions()
            options.out = out.out
            options.seed = seed
            options.environment = Console.environment
            options.program = Console.program
            options.arguments = CommandLine.arguments
            let racy = try prepared(file, options, guard: "check-then-act")
            let fixed = try prepared(file, options, guard: "compare-and-swap")
            let results = await Console.withSignals { interruption in
                Console.tell(
                    "1 of 2: a service that checks, then acts. Two replicas can both pass the check.")
                let first = await run(racy, interruption)
                guard interruption.count == 0, let first else { return [first] }
                Console.tell("2 of 2: the same service with the check inside the UPDATE (compare-and-swap).")
                var second = fixed
                second.options.seed = first.report.identity.seed
                return [first, await run(second, interruption)]
            }
            return conclude(results.compactMap { $0 }, path)
        }
    }

    /// Beside the runs, so that every command that the demo prints works afterwards.
    private func writeScenario() throws -> String {
        let path = "\(out.out)/demo.yaml"
        do {
            try FileManager.default.createDirectory(atPath: out.out, withIntermediateDirectories: true)
            try Data(DemoScenario.text.utf8).write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw RunError(.notRun, "cannot write \(path): choose another folder with --out")
        }
        return path
    }

    private func prepared(
        _ file: ScenarioFile, _ options: RunOptions, guard name: String
    ) throws -> (scenario: Scenario, options: RunOptions) {
        var options = options
        options.settings["guard"] = .string(name)
        return (try file.scenario(options), options)
    }

    private func run(
        _ part: (scenario: Scenario, options: RunOptions), _ interruption: Interruption
    ) async -> RunResult? {
        let display = ProgressDisplay(isQuiet: false)
        let run = Run(part.scenario, options: part.options, interruption: interruption) { event in
            display.receive(event)
            if case .finished(let result) = event {
                Console.show(
                    result.report.summary(Console.style, directory: Console.shown(result.directory)) + "\n")
            }
        }
        let result = await run.execute().last
        display.close()
        return result
    }

    private func conclude(_ results: [RunResult], _ path: String) -> ExitStatus {
        let statuses = results.map(\.status)
        guard statuses == [.violation, .held] else {
            let worst = ExitStatus.worst(statuses)
            Console.tell("the demo did not go as it should: see above")
            // A race that was not found is inconclusive; a violated fix, or no run at all, is what it is.
            if statuses.first == .held || worst == .held { return .inconclusive }
            return statuses.first == .violation && statuses.count > 1 ? statuses[1] : worst
        }
        Console.show(
            """
            The planted race was found, and the fix held.

            Look at it
              \(results[0].page.map(Console.shown) ?? Console.shown(results[0].directory))

            Try next
              contend show \(results[0].report.identity.run)#1
              contend run \(path) --matrix
              contend run \(path) --set guard=check-then-act --sequential
              contend init --command 'your-service --port $PORT'

            """)
        return .held
    }
}
