// The end-of-run summary: what ran, how hard it pushed, what was found, what was checked, what to type next.

import Checking
import Core
public import RunStore
import Scenarios

extension RunReport {
    /// The summary as shown on a terminal and in a pipe; `directory` is where the run's files are.
    public func summary(_ style: TextStyle, directory: String) -> String {
        // Below the usual root the short name is enough to find a run again.
        let run = directory.hasPrefix("reports/runs/") ? identity.run : directory
        var lines = headline(style)
        lines += [""] + circumstances(style)
        if hasLoad {
            lines += [""] + effort(style)
            if !figures.latency.isEmpty { lines += [""] + latencyTable(style) }
            if !answers.lines.isEmpty { lines += [""] + answers.text(style) }
            if !judgement.steps.isEmpty { lines += [""] + stepTable(style) }
        }
        for finding in judgement.findings.prefix(Self.findingsShown) {
            lines += [""] + finding.story(of: run, style)
        }
        if judgement.findings.count > Self.findingsShown {
            let rest = judgement.findings.count - Self.findingsShown
            lines += ["", "  and \(Figures.grouped(rest, "finding")) more: contend show \(run)"]
        }
        if !judgement.checks.isEmpty { lines += [""] + checks(style) }
        if let abortedEarly = figures.load.abortedEarly {
            lines += [""] + style.wrap(abortedEarly.sentence, indent: 4, first: "  ! ")
        }
        if !notices.isEmpty { lines += [""] + notices.flatMap { style.wrap($0, indent: 4, first: "  ! ") } }
        for warning in warnings { lines += style.wrap("warning: " + warning, indent: 4, first: "  ") }
        lines += [""] + closing(style, run, directory: directory)
        return lines.joined(separator: "\n") + "\n"
    }

    /// More findings than this are only counted in the summary.
    static let findingsShown = 5

    private func headline(_ style: TextStyle) -> [String] {
        let verdict = judgement.verdict
        let title = "contend · \(identity.scenario)" + (identity.sequential ? " · one at a time" : "")
        let word = verdict.word
        let gap = max(
            1, style.width - TextStyle.cut(title, to: style.width - word.count - 1).count - word.count)
        return [
            style.paint(TextStyle.cut(title, to: style.width - word.count - 1), .bold)
                + String(repeating: " ", count: gap) + style.paint(word, verdict.tone), style.rule(),
        ]
    }

    private func circumstances(_ style: TextStyle) -> [String] {
        let settings = identity.parameters.map { "\($0.name) \($0.value.plain)" }
        return style.flow(
            [
                "seed \(identity.seed)", "database \(identity.database)",
                Figures.grouped(identity.replicas, "replica"), Figures.grouped(identity.clients, "client"),
            ] + settings, indent: 2)
    }

    private func effort(_ style: TextStyle) -> [String] {
        let tally = judgement.tally
        var lines = style.flow(
            [
                tally.hasRounds ? Figures.grouped(tally.rounds, "round") : "",
                tally.voidRounds > 0 ? "\(Figures.grouped(tally.voidRounds)) void" : "",
                tally.unansweredRounds > 0 ? "\(Figures.grouped(tally.unansweredRounds)) unanswered" : "",
                Figures.grouped(tally.operations, "operation"),
                Figures.duration(nanoseconds: figures.load.durationNanoseconds),
                "\(Figures.rate(figures.operationsPerSecond)) operations",
                "\(Figures.rate(figures.requestsPerSecond)) requests",
            ], indent: 2)
        lines += style.flow(
            [
                "ok \(Figures.grouped(tally.ok))", "fail \(Figures.grouped(tally.fail))",
                "unknown \(Figures.grouped(tally.unknown))",
                "contention \(Figures.share(tally.contended, of: tally.operations))",
                "compare-and-swap losers \(Figures.grouped(tally.losers))", spread,
            ] + answers.doubts, indent: 2)
        return lines
    }

    private var answers: AnswerTable { AnswerTable(judgement.answers) }

    private var spread: String {
        guard let spread = figures.releaseSpread else { return "" }
        let middle = Figures.duration(nanoseconds: spread.p50Nanoseconds)
        return "release spread p50 \(middle), max \(Figures.duration(nanoseconds: spread.maximumNanoseconds))"
    }

    private func stepTable(_ style: TextStyle) -> [String] {
        var table = TextTable([
            .init("clients", right: true), .init("op/s", right: true), .init("succeeded", right: true),
            .init("aborted attempts", right: true), .init("per success", right: true),
            .init("deadlocks", right: true),
        ])
        table.rows = judgement.steps.map {
            [
                Figures.grouped($0.clients), Figures.grouped(Int($0.perSecond)),
                Figures.grouped($0.succeeded),
                Figures.grouped($0.aborted), Figures.decimal($0.abortedPerSuccess, places: 2),
                Figures.grouped($0.deadlocks),
            ]
        }
        return table.lines(style)
    }

    private func latencyTable(_ style: TextStyle) -> [String] {
        var table = TextTable([
            .init("latency"), .init("count", right: true), .init("p50", right: true),
            .init("p95", right: true), .init("p99", right: true), .init("max", right: true),
        ])
        table.rows = figures.latency.map {
            [
                $0.operation, Figures.grouped($0.count), Figures.duration(microseconds: $0.p50Microseconds),
                Figures.duration(microseconds: $0.p95Microseconds),
                Figures.duration(microseconds: $0.p99Microseconds),
                Figures.duration(microseconds: $0.maximumMicroseconds),
            ]
        }
        return table.lines(style)
    }

    private func checks(_ style: TextStyle) -> [String] {
        let nameWidth = min(28, judgement.checks.map(\.name.count).max() ?? 0)
        let kindWidth = judgement.checks.map(\.kind.rawValue.count).max() ?? 0
        return judgement.checks.flatMap { check -> [String] in
            let name = TextStyle.left(TextStyle.cut(check.name, to: nameWidth), nameWidth)
            let head = "  \(check.verdict.sign) \(TextStyle.left(check.kind.rawValue, kindWidth))  \(name)  "
            var lines = style.wrap(check.explanation, indent: head.count, first: head)
            if let first = lines.first {
                lines[0] = "  " + style.paint(check.verdict.sign, check.verdict.tone) + first.dropFirst(3)
            }
            return lines
        }
    }

    private func closing(_ style: TextStyle, _ run: String, directory: String) -> [String] {
        var rows: [(String, String)] = []
        if let finding = judgement.findings.first {
            rows.append(
                ("contend show \(run)#\(finding.number)", "every request of finding \(finding.number)"))
        }
        rows.append((identity.command, "run it again: same seed, same draws"))
        if judgement.verdict == .violation, !identity.sequential, !judgement.isExploration {
            rows.append((identity.command + " --sequential", "the control: same requests, one at a time"))
        }
        var lines = [style.paint("Next", .bold)]
        for (command, purpose) in rows {
            lines.append("  " + command)
            lines.append("    " + style.paint(purpose, .dim))
        }
        return lines + ["", "  files  \(directory)"]
    }
}
