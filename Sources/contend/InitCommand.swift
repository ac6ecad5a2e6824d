// `contend init`: writes a commented first scenario for a given command or URL.

import ArgumentParser
import Core
import Engine
import FoundationEssentials
import RunStore
import Scenarios

struct InitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Writes a commented scenario for your service.",
        usage: "contend init (--command <command> | --url <url> ...) [<options>] [<file>]",
        discussion: "The result validates as it is; change paths, bodies and models to those of your API.")

    @Option(
        help: ArgumentHelp("How one replica is started; $PORT stands for its port.", valueName: "command"))
    var command: String?

    @Option(help: ArgumentHelp("Base URL of a replica that already runs; may be repeated.", valueName: "url"))
    var url: [String] = []

    @Option(help: ArgumentHelp("The scenario's name.", valueName: "name"))
    var name = "my-service"

    @Argument(help: "The file to write.")
    var file = "contend.yaml"

    func validate() throws {
        if (command == nil) == url.isEmpty { throw ValidationError("give either --command or --url") }
        if let command, ScenarioTemplate.words(of: command).isEmpty {
            throw ValidationError("--command is empty")
        }
    }

    func run() throws {
        try Console.finishNow {
            guard !FileManager.default.fileExists(atPath: file) else {
                throw RunError(
                    .usage, "\(file) is there already; name another file, it is not overwritten")
            }
            let target: ScenarioTemplate.Target =
                command.map { .command(anchored(ScenarioTemplate.words(of: $0))) } ?? .urls(url)
            let text = ScenarioTemplate(name: name, target: target).text
            // Odd names and URLs are refused here, not at the first run.
            do {
                _ = try ScenarioFile(text: text, path: file) {
                    try TextFile.read($0)
                }
            } catch let error as ScenarioErrors {
                let reasons = error.diagnostics.map(\.message).joined(separator: "; ")
                throw RunError(.usage, "no valid scenario comes of this command line: \(reasons)")
            }
            do {
                try Data(text.utf8).write(to: URL(filePath: file), options: .withoutOverwriting)
            } catch {
                throw RunError(.usage, "cannot write \(file): \(systemReason(of: error))")
            }
            Console.show(
                """
                \(file)

                Next
                  contend validate \(file)
                  contend run \(file) --once      each request once, and how its answer is read
                  contend run \(file)

                """)
            return .held
        }
    }

    /// Arguments that name files of this folder, named from the scenario: replicas start in folders of their
    /// own.
    private func anchored(_ words: [String]) -> [String] {
        let home = FileManager.default.currentDirectoryPath
        let isBesideScenario =
            URL(filePath: file).deletingLastPathComponent().path == URL(filePath: home).path
        return words.enumerated().map { index, word in
            guard index > 0, !word.hasPrefix("/"), FileManager.default.fileExists(atPath: word) else {
                return word
            }
            return (isBesideScenario ? "${{ scenario.directory }}" : home) + "/" + word
        }
    }
}
