// `compare`: whether a candidate's runs are worse than a base's, safety first.

import ArgumentParser
import Core
import Engine
import FoundationEssentials
import Histories
import Reporting
import RunStore

struct CompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare", abstract: "Compares a candidate's runs with a base's.",
        usage: "contend compare <base> <candidate> [<options>]",
        discussion: [
            "<base> and <candidate> each name a run (a directory, scenario/time-seed, scenario/latest), a folder",
            "with runs in it, as `run --times 5 --out <folder>` leaves it, or several with commas between.",
            "Exit codes: 0 no regression, 1 the candidate has a new safety finding, 2 the sides cannot be compared,",
            "3 regression, 64 wrong command line, 65 a side is missing or damaged.",
        ].joined(separator: " "))

    @Argument(help: "What is compared with.")
    var base: String

    @Argument(help: "What is judged.")
    var candidate: String

    @Option(help: ArgumentHelp("What counts as worse.", valueName: "percent"))
    var limit = Percentage(share: 0.10)

    @Option(
        help: ArgumentHelp("Single runs: differences below this are not called.", valueName: "percent"))
    var noise = Percentage(share: 0.20)

    @Flag(help: "Compare runs of machines that differ, with a warning.")
    var allowUnlike = false

    @Option(
        help: ArgumentHelp("Write files too: markdown, html, json, with commas between.", valueName: "forms"))
    var report: ReportFormats?

    @Option(help: ArgumentHelp("Where --report writes.", valueName: "dir"))
    var output = "reports/comparisons"

    @OptionGroup var out: OutOption

    @Flag(help: "Print the comparison as one JSON document.")
    var json = false

    func validate() throws { try report?.refuseFormatsOfRuns() }

    func run() throws {
        try Console.finishNow {
            let runs = try StoredRun.sides(base: [base], candidate: [candidate], out: out.out)
            let sides = try (runs.base.map { try $0.compared() }, runs.candidate.map { try $0.compared() })
            var options = ComparisonOptions()
            options.limit = limit.share
            options.singleRunFloor = noise.share
            options.allowsUnlikeMachine = allowUnlike
            let comparison: RunComparison
            do {
                comparison = try RunComparison(base: sides.0, candidate: sides.1, options: options)
            } catch let error as ComparisonError {
                Console.tell("contend: \(error.message)")
                return error.code == .missing ? .invalid : .inconclusive
            }
            Console.show(json ? JSON.text(comparison.document) + "\n" : comparison.text(Console.style))
            for format in report?.inOrder ?? [] {
                // What was found stays what it is, also on a full disk.
                do {
                    let text =
                        switch format {
                        case .markdown: comparison.markdown
                        case .html: comparison.html
                        case .json, .junit, .trace: JSON.text(comparison.document) + "\n"
                        }
                    try ReportFile.write(text, to: "comparison.\(format.suffix)", in: output)
                } catch {
                    Console.tell("warning: \(error)")
                }
            }
            return ExitStatus(comparison.outcome)
        }
    }
}

extension ExitStatus {
    fileprivate init(_ outcome: ComparisonOutcome) {
        self =
            switch outcome {
            case .held: .held
            case .violation: .violation
            case .regression: .degraded
            case .inconclusive: .inconclusive
            }
    }
}

/// `10%`, `7.5%`; a bare number is percent as well.
struct Percentage: ExpressibleByArgument, Sendable {
    var share: Double

    init(share: Double) { self.share = share }

    init?(argument: String) {
        let digits = argument.hasSuffix("%") ? argument.dropLast() : argument[...]
        guard let percent = Double(digits), percent >= 0, percent <= 1_000 else { return nil }
        share = percent / 100
    }

    var defaultValueDescription: String { "\(Figures.decimal(share * 100, places: 0))%" }
}

extension ReportFormats {
    /// Comparisons and benchmarks are no suites of tests.
    func refuseFormatsOfRuns() throws {
        if !formats.isDisjoint(with: [.junit, .trace]) {
            throw ValidationError("--report takes html, markdown and json here")
        }
    }

    var inOrder: [ReportFormat] { ReportFormat.allCases.filter(formats.contains) }
}

extension ReportFormat {
    /// What ends the name of a file in this form.
    var suffix: String { fileName.split(separator: ".").last.map(String.init) ?? rawValue }
}

/// A file of a report.
enum ReportFile {
    /// Writes it as a whole and says where it is.
    static func write(_ text: String, to name: String, in folder: String) throws {
        let path = "\(folder)/\(name)"
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw RunError(.notRun, "cannot write \(path): \(systemReason(of: error))")
        }
        Console.tell(path)
    }
}
