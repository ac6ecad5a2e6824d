// `contend list`: the scenarios, models and runs that there are.

import ArgumentParser
import Checking
import Core
import Engine
import FoundationEssentials
import Reporting
import RunStore
import Scenarios

struct ListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists scenarios, models or runs.",
        subcommands: [ScenarioFiles.self, Models.self, Runs.self])

    struct ScenarioFiles: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "scenarios", abstract: "The scenario files below a folder, with what each is about.")

        @Argument(help: "Where to look.")
        var folder = "scenarios"

        func run() throws {
            try Console.finishNow {
                let style = Console.style
                for path in try ScenarioFolder.yamlFiles(below: folder) {
                    guard let file = try? ScenarioFile.load(path) else {
                        let isBase = (try? ScenarioFolder.scenarios(extending: path)) != nil
                        Console.show(
                            style.paint(path, .dim) + "\n    "
                                + (isBase
                                    ? "extended by others; nothing runs from it alone"
                                    : "no valid scenario: `contend validate` says why") + "\n")
                        continue
                    }
                    let count = file.matrixCells(RunOptions()).count
                    let cells = file.matrix.isEmpty ? "" : " · " + Figures.grouped(count, "cell")
                    let about = (try? file.scenario(RunOptions()))?.description ?? file.name
                    let words = about.split(whereSeparator: \.isWhitespace).joined(separator: " ")
                    let lines = [style.paint(path, .bold) + cells] + style.wrap(words, indent: 4)
                    Console.show(lines.joined(separator: "\n") + "\n")
                }
                return .held
            }
        }
    }

    struct Models: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "The models that a key can be judged by.")

        func run() throws {
            try Console.finishNow {
                let style = Console.style
                for (name, about) in ModelCatalogue.entries {
                    let head = TextStyle.left(name, 18)
                    Console.show(
                        style.wrap(about, indent: 18, first: head).joined(separator: "\n") + "\n")
                }
                return .held
            }
        }
    }

    struct Runs: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Stored runs, the newest first.")

        @OptionGroup var out: OutOption

        func run() throws {
            try Console.finishNow {
                let runs = StoredRun.all(out: out.out)
                guard !runs.isEmpty else {
                    Console.tell("no runs below \(out.out); `contend demo` makes two")
                    return .held
                }
                var table = TextTable(
                    [
                        .init("run"), .init("verdict"), .init("findings", right: true),
                        .init("ops", right: true), .init("requests"),
                    ],
                    indent: 0)
                for run in runs {
                    guard let report = try? run.report() else {
                        table.rows.append([run.directory, "no verdict", "–", "–", ""])
                        continue
                    }
                    let judgement = report.judgement
                    table.rows.append([
                        report.identity.run, judgement.verdict.rawValue,
                        Figures.grouped(judgement.findings.count),
                        Figures.grouped(judgement.tally.operations),
                        report.identity.sequential
                            ? "one at a time" : judgement.isExploration ? "explored" : "",
                    ])
                }
                Console.show(table.lines(Console.style).joined(separator: "\n") + "\n")
                return .held
            }
        }
    }
}

/// The models in a sentence each; docs/outcomes-and-models.md says more.
enum ModelCatalogue {
    static let entries: [(name: String, about: String)] = [
        ("register", "A read sees the value written last: lost updates and stale reads show."),
        ("cas-register", "A register with compare-and-set: only one writer of a version may win."),
        ("state-machine", "Only declared transitions happen, each from a state it is allowed in."),
        ("bounded-counter", "A count that stays between its bounds, whatever adds and subtracts at once."),
        ("set", "What was added and not removed is there, once, and nothing else is."),
        ("unique", "At most one claim of a key holds at a time."),
        ("bank", "Balances that are read all at once add up to the same, whatever is transferred."),
        ("multi-register", "Several registers are read and written together, each time at one instant."),
        ("list-append", "Transactions that append to lists and read them keep the isolation asked for."),
        ("rw-register", "Transactions that write and read registers keep the isolation asked for."),
    ]
}
