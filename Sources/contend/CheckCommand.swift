// `check`: judges what was recorded, by this program or by another.

import ArgumentParser
import Checking
import Engine
import Histories
import Reporting
import RunStore
import Scenarios

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Judges a stored run or history again.",
        usage: """
            contend check <run> [<options>]
            contend check <history> --model <model> [<options>]
            """,
        discussion: [
            "<run> is a run directory, scenario/latest, latest, or a history.jsonl. The scenario is the one stored",
            "beside it unless --scenario names another. With --model, <history> is one that another project",
            "recorded: events as JSON, Jepsen's history.edn or an old Jepsen log.",
        ].joined(separator: " "))

    @Argument(help: ArgumentHelp("A run or a history file.", valueName: "run"))
    var name: String

    @Option(help: ArgumentHelp("Judge by this scenario.", valueName: "file"))
    var scenario: String?

    @Option(help: ArgumentHelp("Set a parameter of --scenario.", valueName: "name=value"))
    var set: [Setting] = []

    @OptionGroup var known: KnownFindingsOption

    @OptionGroup var out: OutOption

    @Flag(help: "Print the verdict as one JSON document.")
    var json = false

    @OptionGroup(title: "Foreign Histories") var foreign: ForeignFlags

    func validate() throws {
        guard foreign.model != nil else {
            guard let flag = foreign.used.first else { return }
            throw ValidationError("\(flag) is for foreign histories: name their --model")
        }
        if scenario != nil || !set.isEmpty || known.knownFindings != nil {
            throw ValidationError(
                "--model judges without a scenario: leave --scenario, --set and --known-findings out")
        }
    }

    func run() throws {
        guard let options = try foreign.options() else { return try Console.finishNow(judgeAgain) }
        try Console.finishNow { try judge(options) }
    }

    private func judgeAgain() throws -> ExitStatus {
        let stored = try StoredRun(named: name, out: out.out)
        var options = RunOptions()
        options.environment = Console.environment
        for setting in set { options.settings[setting.name] = setting.value }
        let chosen = try scenario.map {
            try ScenarioFile.load($0, knownFindings: known.knownFindings).scenario(options)
        }
        let result = try Recheck(
            stored, scenario: chosen, knownFindings: chosen == nil ? known.knownFindings : nil
        ).execute()
        Console.show(
            json
                ? JSON.text(result.report.document) + "\n"
                : result.report.summary(Console.style, directory: Console.shown(result.directory)))
        return result.status
    }

    private func judge(_ options: ForeignOptions) throws -> ExitStatus {
        let run = ForeignRun(name, options, isIndependent: foreign.independent)
        let result = try run.execute(certificate: foreign.certificate)
        Console.show(json ? JSON.text(result.report.document) + "\n" : result.report.text(Console.style))
        return result.status
    }
}

/// How a history that another project recorded is read and judged.
struct ForeignFlags: ParsableArguments {
    @Option(
        help: ArgumentHelp("One of: \(Self.words(ForeignModel.self)).", valueName: "model"),
        transform: Self.word)
    var model: ForeignModel?

    @Option(
        help: ArgumentHelp("What a refused cas says: mismatch (default) or ignored.", valueName: "reading"),
        transform: Self.word)
    var failedCas: FailedCompareAndSet?

    @Option(
        help: ArgumentHelp("What a read of nil says: unset (default) or ignored.", valueName: "reading"),
        transform: Self.word)
    var nilRead: NilRead?

    @Option(help: ArgumentHelp("What was there at first, as JSON.", valueName: "json"))
    var initial: String?

    @Option(help: ArgumentHelp("What a bank's balances add up to.", valueName: "n"))
    var total: Int?

    @Flag(help: "Values are [key value], as of Jepsen's independent.")
    var independent = false

    @Option(help: ArgumentHelp("Configurations to explore for each key.", valueName: "n"))
    var budget: Int?

    @Option(help: ArgumentHelp("Write the evidence there, as JSON.", valueName: "file"))
    var certificate: String?

    private static func words<Word: RawRepresentable & CaseIterable>(_ type: Word.Type) -> String
    where Word.RawValue == String {
        Word.allCases.map(\.rawValue).joined(separator: ", ")
    }

    private static func word<Word: RawRepresentable & CaseIterable>(_ text: String) throws -> Word
    where Word.RawValue == String {
        guard let word = Word(rawValue: text) else {
            throw ValidationError("`\(text)` is none of \(words(Word.self))")
        }
        return word
    }

    /// Flags given that need `--model`.
    var used: [String] {
        [
            failedCas.map { _ in "--failed-cas" }, nilRead.map { _ in "--nil-read" },
            initial.map { _ in "--initial" }, total.map { _ in "--total" },
            independent ? "--independent" : nil, budget.map { _ in "--budget" },
            certificate.map { _ in "--certificate" },
        ].compactMap { $0 }
    }

    func validate() throws {
        if let budget, budget < 1 { throw ValidationError("--budget must be at least 1") }
        if let initial, (try? JSON.parse(initial.utf8)) == nil {
            throw ValidationError("--initial `\(initial)` is no JSON: write text in quotes, as '\"a\"'")
        }
    }

    /// `nil` without `--model`.
    func options() throws -> ForeignOptions? {
        guard let model else { return nil }
        var options = ForeignOptions(model)
        options.failedCompareAndSet = failedCas ?? options.failedCompareAndSet
        options.nilRead = nilRead ?? options.nilRead
        options.initial = try initial.map { try JSON.parse($0.utf8) }
        options.total = total
        options.budget = budget ?? options.budget
        return options
    }
}
