// What is written to files when runs are over, and which verdicts fail.

import ArgumentParser
import Checking
import Core
import Engine
import Reporting

/// `html,junit`: names of an enumeration, separated by commas.
struct ReportFormats: ExpressibleByArgument, Sendable {
    var formats: Set<ReportFormat>

    init(_ formats: Set<ReportFormat>) { self.formats = formats }

    init?(argument: String) {
        let words = argument.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        let found = words.compactMap(ReportFormat.init(rawValue:))
        guard found.count == words.count else { return nil }
        formats = Set(found)
    }

    var defaultValueDescription: String {
        ReportFormat.allCases.filter(formats.contains).map(\.rawValue).joined(separator: ",")
    }
}

/// `violation,unknown`: the verdicts that make a pipeline stop; a violation always does.
struct FailOn: ExpressibleByArgument, Sendable {
    static let words: [Verdict] = [.violation, .degraded, .unknown]
    var verdicts: Set<Verdict>

    init(_ verdicts: Set<Verdict>) { self.verdicts = verdicts }

    init?(argument: String) {
        let words = argument.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        let found = words.compactMap(Verdict.init(rawValue:)).filter(Self.words.contains)
        guard found.count == words.count, found.contains(.violation) else { return nil }
        verdicts = Set(found)
    }

    var defaultValueDescription: String {
        Self.words.filter(verdicts.contains).map(\.rawValue).joined(separator: ",")
    }
}

/// What a verb that runs something tells, and where.
struct OutputFlags: ParsableArguments {
    @OptionGroup var reports: ReportFlags

    @Flag(help: "Print the verdict as one JSON document.")
    var json = false

    @Flag(help: "Only the seed and warnings on stderr.")
    var quiet = false
}

struct ReportFlags: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Files to write: html and trace into each run, junit, markdown and json over all runs into --out.",
            valueName: "formats"))
    var report = ReportFormats([.html])

    @Option(
        help: ArgumentHelp(
            "Verdicts that fail beside not-run; violation must be among them. The rest is reported only.",
            valueName: "verdicts"))
    var failOn = FailOn([.violation, .degraded, .unknown])

    /// Writes the reports of all runs, GitHub's job summary and annotations; says where, and what went wrong.
    func write(_ suite: RunSuite, below folder: String) {
        let reports = SuiteReports(suite, folder: folder)
        let written = reports.write(report.formats)
        let warnings = written.warnings + [reports.appendJobSummary(Console.environment)].compactMap(\.self)
        for file in written.files { Console.tell("report \(Console.shown(file))") }
        for warning in warnings { Console.tell("warning: \(warning)") }
        guard Console.environment["GITHUB_ACTIONS"] == "true" else { return }
        for line in Annotations(suite).lines { Console.command(line) }
    }
}

struct KnownFindingsOption: ParsableArguments {
    @Option(help: ArgumentHelp("Findings that are accepted, instead of the scenario's.", valueName: "file"))
    var knownFindings: String?
}
