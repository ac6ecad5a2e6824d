// The runs of a command as Markdown: a table, then each finding as a story, for job summaries and pull
// requests.

import Checking
import Core
import RunStore
import Scenarios

/// GitHub's flavour (GFM 0.29), which others read as well.
public struct MarkdownReport: Sendable {
    /// A job summary holds one MiB; what goes beyond this is counted instead of told.
    static let sizeLimitBytes = 900_000
    /// Rows of the table.
    static let rowLimit = 1_000
    /// Findings told of one run.
    static let findingLimit = 20

    let suite: RunSuite

    public init(_ suite: RunSuite) { self.suite = suite }

    public var text: String {
        var text = "## contend: \(headline)\n\n" + table + "\n"
        var left = 0
        for run in suite.runs where isWorthTelling(run) {
            let section = section(run)
            if text.utf8.count + section.utf8.count <= Self.sizeLimitBytes {
                text += section
            } else {
                left += 1
            }
        }
        if left > 0 { text += "\n\(Figures.grouped(left, "run")) more: `contend list runs` shows them.\n" }
        return text
    }

    private var headline: String {
        let failed = suite.runs.filter { $0.exitCode != 0 }.count
        let runs = Figures.grouped(suite.runs.count, "run")
        guard !suite.runs.isEmpty else { return "nothing ran" }
        guard failed > 0 else {
            let isHeld = suite.runs.allSatisfy { $0.report.judgement.verdict == .pass || $0.isAsExpected }
            return isHeld ? "\(runs), everything asked held" : "\(runs), nothing that fails here"
        }
        let only = suite.runs.count == 1 ? suite.runs.first : nil
        return only.map { "\(Markdown.text($0.name)): \($0.report.judgement.verdict.word)" }
            ?? "\(failed) of \(runs) failed"
    }

    private var table: String {
        var lines = [
            "| | run | verdict | found | operations | contention | exit |",
            "| --- | --- | --- | --- | ---: | ---: | ---: |",
        ]
        for run in suite.runs.prefix(Self.rowLimit) {
            let judgement = run.report.judgement
            var named: Set<String> = []
            let kinds = judgement.findings.map {
                $0.kind.rawValue + ($0.acceptance == nil ? "" : " (known)")
            }.filter { named.insert($0).inserted }
            let tally = judgement.tally
            let cells = [
                run.exitCode == 0 ? "✓" : "✗", Markdown.text(run.name),
                word(run), kinds.joined(separator: ", "), Figures.grouped(tally.operations),
                Figures.share(tally.contended, of: tally.operations), "\(run.exitCode)",
            ]
            lines.append("| " + cells.joined(separator: " | ") + " |")
        }
        let more = suite.runs.count - Self.rowLimit
        if more > 0 { lines += ["", "… and \(Figures.grouped(more, "run")) more."] }
        return lines.joined(separator: "\n") + "\n"
    }

    private func word(_ run: SuiteRun) -> String {
        let verdict = run.report.judgement.verdict
        return verdict.word + (run.isAsExpected && verdict != .pass ? ", as expected" : "")
    }

    private func isWorthTelling(_ run: SuiteRun) -> Bool {
        run.exitCode != 0 || run.report.judgement.verdict != .pass || !run.report.judgement.findings.isEmpty
    }

    private func section(_ run: SuiteRun) -> String {
        let report = run.report
        var lines = ["", "### \(Markdown.text(run.name)): \(report.judgement.verdict.word)", ""]
        lines.append(
            "seed \(report.identity.seed) · database \(report.identity.database) · \(Figures.grouped(report.identity.replicas, "replica")) · "
                + "\(Figures.grouped(report.identity.clients, "client"))")
        for finding in report.judgement.findings.prefix(Self.findingLimit) {
            lines += story(finding, report.identity.run)
        }
        let more = report.judgement.findings.count - Self.findingLimit
        if more > 0 { lines += ["", "… and \(Figures.grouped(more, "finding")) more."] }
        let answers = AnswerTable(report.judgement.answers).markdown
        if !answers.isEmpty { lines += [""] + answers }
        let open = report.judgement.checks.filter { $0.verdict != .pass && $0.verdict != .violation }
        if !(open.isEmpty && report.notices.isEmpty && report.warnings.isEmpty) { lines.append("") }
        lines += open.map {
            "- \($0.kind.rawValue) `\(Self.code($0.name))`: **\($0.verdict.rawValue)**, "
                + Markdown.text($0.explanation)
        }
        lines += (report.notices + report.warnings).map { "- \(Markdown.text($0))" }
        lines += ["", "Run it again:", ""] + Markdown.fenced([report.identity.command], "sh")
        return lines.joined(separator: "\n") + "\n"
    }

    private func story(_ finding: Finding, _ run: String) -> [String] {
        var lines = [
            "",
            "**\(finding.number). \(finding.kind.rawValue)** (\(finding.kind.severity.rawValue)): "
                + Markdown.text(finding.title), "",
        ]
        if let accepted = finding.accepted { lines += [Markdown.text(accepted), ""] }
        lines += Markdown.fenced(finding.story + finding.told, "text")
        let explanation = finding.explanation(.plain)
        if !explanation.isEmpty { lines += [""] + Markdown.fenced(explanation, "text") }
        lines += [
            "",
            (finding.often.map { "\($0) · " } ?? "") + "class "
                + "`\(finding.classID)` · `contend show \(Self.code(run))#\(finding.number)`",
        ]
        return lines
    }

    private static func code(_ text: String) -> String {
        text.replacing("`", with: "'").replacing("|", with: "\\|")
    }
}
