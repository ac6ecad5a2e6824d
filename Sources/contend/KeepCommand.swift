// `contend keep`: a finding's schedule becomes a file beside the scenario, which `contend run` plays again.

import ArgumentParser
import Engine
import RunStore

struct KeepCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keep", abstract: "Keeps the schedule of a finding as a regression.",
        discussion: [
            "Writes regressions/NAME.yaml beside the scenario. `contend run` plays the order again: it fails as long",
            "as the finding shows, and passes once it does not.",
        ].joined(separator: " "))

    @Argument(help: ArgumentHelp("A finding of `contend explore`: RUN#ID.", valueName: "run"))
    var finding: String

    @Argument(help: "Names the file.")
    var name: String

    @OptionGroup var out: OutOption

    func run() throws {
        try Console.finishNow {
            let path = try StoredFinding(finding, out: out.out).keep(as: name)
            Console.show("\(path): written; `contend run \(path)` plays it again\n")
            return .held
        }
    }
}
