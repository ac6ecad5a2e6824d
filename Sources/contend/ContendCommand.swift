// The root of the command line: the verbs and what they have in common.

import ArgumentParser
import Engine

struct ContendCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "contend",
        abstract: "Finds races of an HTTP API whose replicas share one database.",
        discussion: [
            "Start with `contend demo`, then `contend init`.",
            "Exit codes: 0 all held, 1 a safety violation, 2 inconclusive, 3 degraded, 4 not run, 64 wrong command",
            "line, 65 invalid scenario or history, 70 a bug of contend, 130 and 143 interrupted with nothing found.",
        ].joined(separator: " "),
        version: contendVersion,
        subcommands: [
            RunCommand.self, ExploreCommand.self, ReplayCommand.self, KeepCommand.self, ValidateCommand.self,
            CheckCommand.self,
            ShowCommand.self, ReportCommand.self, ListCommand.self, CompareCommand.self, BenchCommand.self,
            InitCommand.self, SchemaCommand.self,
            DemoCommand.self, DoctorCommand.self, CompletionsCommand.self, SuperviseCommand.self,
        ])
}

/// Entry of the process that owns all others of a run; `Main` takes it before arguments are parsed.
struct SuperviseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "supervise", abstract: "Owns the processes of a run.", shouldDisplay: false)

    func run() throws { throw ExitCode(ExitStatus.usage.rawValue) }
}

/// Where runs are kept, for every verb that reads or writes them.
struct OutOption: ParsableArguments {
    @Option(help: ArgumentHelp("Root of run directories.", valueName: "dir"))
    var out = "reports/runs"
}
