// A comparison as text in 80 columns.

import Checking
import Core

extension RunComparison {
    /// What was compared, what changed in safety, the figures with their intervals, and how to read them.
    public func text(_ style: TextStyle) -> String {
        let word = outcome.word
        let title = TextStyle.cut("compare · \(scenario)", to: style.width - word.count - 1)
        let gap = String(repeating: " ", count: max(1, style.width - title.count - word.count))
        var lines = [style.paint(title, .bold) + gap + style.paint(word, outcome.tone), style.rule(), ""]
        lines += style.wrap("\(told(base))", indent: 13, first: "  base       ")
        lines += style.wrap("\(told(candidate))", indent: 13, first: "  candidate  ")
        lines += style.flow(circumstances, indent: 2)
        for warning in warnings { lines += style.wrap("warning: " + warning, indent: 4, first: "  ") }
        lines += ["", style.paint("Safety", .bold)] + safety(style)
        if !thresholds.isEmpty { lines += ["", style.paint("Thresholds", .bold)] + limits(style) }
        if !rows.isEmpty { lines += ["", style.paint("Throughput and latency", .bold)] + figures(style) }
        lines += [""] + reading.flatMap { style.wrap($0, indent: 2) }
        return lines.joined(separator: "\n") + "\n"
    }

    private func told(_ side: Side) -> String {
        let shown = side.runs.prefix(3).joined(separator: ", ")
        let rest = side.runs.count > 3 ? " and \(side.runs.count - 3) more" : ""
        return "\(Figures.grouped(side.runs.count, "run")): \(shown)\(rest)"
    }

    private func safety(_ style: TextStyle) -> [String] {
        var lines = style.wrap(verdictSentence, indent: 2)
        let width = findings.reduce(8) { max($0, $1.word.count) }
        for finding in findings {
            let runs =
                "\(finding.candidateRuns) of \(candidate.runs.count), before \(finding.baseRuns) of "
                + "\(base.runs.count)"
            let head = "  \(finding.sign) \(TextStyle.left(finding.word, width)) "
            let wrapped = style.wrap(
                "\(finding.kind.rawValue) \(finding.classID) (\(runs) runs): " + finding.title,
                indent: head.count, first: head)
            lines += wrapped.enumerated().map { index, line in
                index == 0 && finding.change == .new && !finding.isAccepted
                    ? style.paint(line, finding.isSafety ? .bad : .doubtful) : line
            }
        }
        if findings.isEmpty { lines.append("  no findings on either side") }
        return lines
    }

    private func limits(_ style: TextStyle) -> [String] {
        thresholds.flatMap { threshold in
            let head = "  \(threshold.change.sign) \(TextStyle.left(threshold.change.rawValue, 8)) "
            return style.wrap(
                "\(threshold.name): fails in \(threshold.candidateRuns) of \(candidate.runs.count) runs, "
                    + "before in \(threshold.baseRuns) of \(base.runs.count): \(threshold.explanation)",
                indent: head.count, first: head)
        }
    }

    private func figures(_ style: TextStyle) -> [String] {
        let columns = ComparisonRow.heading.map {
            TextTable.Column($0, right: !$0.isEmpty, flexible: $0.isEmpty)
        }
        var table = TextTable(columns + [.init("call")])
        table.rows = rows.map { $0.figures + [$0.call.words] }
        return table.lines(style) { index in
            switch rows[index].call {
            case .regression: .bad
            case .improvement: .good
            case .small, .noise, .fewOperations, .noHistogram: nil
            }
        }
    }

    /// Verdicts of both sides.
    var verdictSentence: String {
        func counted(_ verdicts: [Verdict]) -> String {
            Verdict.allCases.compactMap { verdict in
                let count = verdicts.filter { $0 == verdict }.count
                return count == 0 ? nil : "\(count) \(verdict.rawValue)"
            }.joined(separator: ", ")
        }
        let (before, after) = (counted(base.verdicts), counted(candidate.verdicts))
        return before == after
            ? "verdicts: \(before) on both sides" : "verdicts: base \(before); candidate \(after)"
    }

    /// How the figures are to be read, in sentences.
    var reading: [String] {
        let limit = Self.percent(options.limit)
        var sentences: [String] = []
        if isRepeated {
            sentences.append(
                "A figure is called when its interval leaves out no change and it differs by more than the "
                    + "noise: the largest distance of one of the base's own runs from their mean. A regression "
                    + "is worse by at least \(limit). Intervals are Welch's, on the logarithms of the runs' "
                    + "own figures; percentiles come from merged histograms.")
        } else {
            sentences.append(
                "With a single run on a side no interval is possible: differences under the default noise "
                    + "floor of \(Self.percent(options.singleRunFloor)) are not called. Repeat both sides "
                    + "(`contend run --times 5`) to see smaller ones. A regression is worse by at least \(limit)."
            )
        }
        if rows.contains(where: { $0.call == .fewOperations }) {
            sentences.append(
                "Too few operations: fewer than \(Figures.decimal(ComparisonRow.leastBeyond, places: 0)) lie "
                    + "beyond that percentile.")
        }
        if !unmeasured.isEmpty {
            sentences.append("What was not measured on both sides says nothing: this is no pass.")
        }
        if (base.verdicts + candidate.verdicts).contains(.unknown) {
            sentences.append(
                "A run that was judged unknown tested nothing that could be compared: this is no pass.")
        }
        return sentences
    }

    static func percent(_ share: Double) -> String {
        Figures.decimal(share * 100, places: abs(share) < 0.0995 ? 1 : 0) + " %"
    }
}

extension ComparisonOutcome {
    private var look: (word: String, tone: TextStyle.Tone, badge: HTML) {
        switch self {
        case .held: ("NO REGRESSION", .good, "v-pass")
        case .violation: ("NEW SAFETY FINDING", .bad, "v-violation")
        case .regression: ("REGRESSION", .doubtful, "v-degraded")
        case .inconclusive: ("INCONCLUSIVE", .doubtful, "v-unknown")
        }
    }

    /// In capitals, as the heading says it.
    public var word: String { look.word }
    var tone: TextStyle.Tone { look.tone }
    /// The style sheet's class of the verdict that is as good or bad.
    var badge: HTML { look.badge }
}

extension FindingChange {
    var sign: String { isAccepted ? "=" : change.sign }
}

extension FindingChange.Change {
    var sign: String {
        switch self {
        case .new: "✗"
        case .vanished: "✓"
        case .known: "="
        }
    }
}

extension ComparisonRow.Measure {
    var name: String {
        switch self {
        case .throughput: "acknowledged"
        case .latency(let operation, let percentile):
            "\(operation) p\(Figures.decimal(percentile, places: 0))"
        }
    }
}

extension ComparisonRow.Call {
    var words: String {
        switch self {
        case .regression: "worse"
        case .improvement: "better"
        case .small: "small"
        case .noise: "noise"
        case .fewOperations: "too few"
        case .noHistogram: "not judged"
        }
    }
}

extension ComparisonRow {
    static let heading = ["", "base", "candidate", "change", "95 % interval", "noise"]

    /// What stands under the heading.
    var figures: [String] {
        [
            measure.name, shown(base), shown(candidate), changeText, intervalText,
            "±" + RunComparison.percent(floor),
        ]
    }

    private func shown(_ value: Double) -> String {
        switch measure {
        case .throughput: Figures.rate(value)
        case .latency: Figures.duration(microseconds: UInt64(max(0, value)))
        }
    }

    var changeText: String { Self.signed(change) }

    private var intervalText: String {
        guard let low = ratio.low, let high = ratio.high else { return "–" }
        return "\(Self.signed(low - 1)) to \(Self.signed(high - 1))"
    }

    private static func signed(_ share: Double) -> String {
        guard share.isFinite, share < 99 else { return "> +9900 %" }
        let text = Figures.decimal(share * 100, places: 0)
        return (share > 0 && text != "0" ? "+" : "") + text + " %"
    }
}
