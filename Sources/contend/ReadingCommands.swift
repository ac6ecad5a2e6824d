// `validate` and `show`: verbs that read what is there and start nothing.

import ArgumentParser
import Checking
import Core
import Engine
import Reporting
import RunStore
import Scenarios

struct ValidateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate", abstract: "Checks scenario files, without starting or contacting anything.")

    @Argument(help: "Scenario files, or folders of them.")
    var files: [String]

    func run() throws {
        try Console.finishNow {
            var diagnostics: [Diagnostic] = []
            for path in try ScenarioFolder.files(files) {
                do {
                    if let scenarios = try ScenarioFolder.scenarios(extending: path) {
                        let names = Figures.grouped(scenarios.count, "scenario")
                        Console.show(
                            "\(path): valid in the \(names) that extend it; nothing runs from it alone\n")
                    } else {
                        show(try ScenarioFile.load(path))
                    }
                } catch let errors as ScenarioErrors {
                    diagnostics += errors.diagnostics
                }
            }
            guard diagnostics.isEmpty else { throw ScenarioErrors(diagnostics) }
            return .held
        }
    }

    private func show(_ file: ScenarioFile) {
        for hint in file.hints { Console.tell(hint.description) }
        Console.show("\(file.path): valid\n")
        for name in file.secrets where Console.environment[name] == nil {
            Console.tell("\(file.path): hint: a run needs the secret \(name) in the environment")
        }
    }
}

struct ShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Tells a finding in full, or the summary of a run again.",
        discussion:
            "<run> is a run directory, scenario/time-seed, scenario/latest or latest; latest#1 is its first finding."
    )

    @Argument(help: ArgumentHelp("A run, or a finding of it: RUN#ID.", valueName: "run"))
    var name: String

    @OptionGroup var out: OutOption

    func run() throws {
        try Console.finishNow {
            let named = try NamedFinding(name, out: out.out)
            let report = try named.run.report()
            guard let id = named.id else {
                Console.show(report.summary(Console.style, directory: Console.shown(named.run.directory)))
                return .held
            }
            let finding = try report.finding(id)
            Console.show(
                finding.detail(of: report.identity.run, Console.style).joined(separator: "\n") + "\n")
            return .held
        }
    }
}
