// A comparison as one JSON document and as Markdown.

import Checking
public import Core
import Histories

extension RunComparison {
    /// Version of the document.
    public static let currentVersion = 1

    public var document: Value {
        .object([
            "version": .int(Self.currentVersion), "scenario": .string(scenario),
            "circumstances": .array(circumstances.map { .string($0) }), "outcome": .string(outcome.rawValue),
            "base": base.document, "candidate": candidate.document,
            "limit": .double(options.limit), "single_run_floor": .double(options.singleRunFloor),
            "findings": .array(findings.map(\.document)),
            "thresholds": .array(thresholds.map(\.document)), "figures": .array(rows.map(\.document)),
            "warnings": .array(warnings.map { .string($0) }),
        ])
    }

    /// A section with two tables, for job summaries and pull requests.
    public var markdown: String {
        var lines = ["# \(Markdown.text("compare · \(scenario)")): \(outcome.word.lowercased())", ""]
        lines += [
            "\(circumstances.map(Markdown.text).joined(separator: " · "))", "",
            "- base: \(base.runs.map(Markdown.code).joined(separator: ", "))",
            "- candidate: \(candidate.runs.map(Markdown.code).joined(separator: ", "))",
        ]
        lines += warnings.map { "- **warning:** \(Markdown.text($0))" }
        lines += ["", "## Safety", "", Markdown.text(verdictSentence) + ".", ""]
        if findings.isEmpty {
            lines.append("No findings on either side.")
        } else {
            lines += Markdown.table(
                ["", "finding", "class", "base runs", "candidate runs", "what"],
                findings.map {
                    [
                        $0.word, $0.kind.rawValue, $0.classID, "\($0.baseRuns)",
                        "\($0.candidateRuns)", $0.title,
                    ]
                }, numbers: [3, 4])
        }
        if !thresholds.isEmpty {
            lines += ["", "## Thresholds", ""]
            lines += Markdown.table(
                Self.thresholdHeading, thresholds.map(\.words), numbers: Self.thresholdNumbers)
        }
        if !rows.isEmpty {
            lines += ["", "## Throughput and latency", ""]
            lines += Markdown.table(
                ComparisonRow.heading + ["call"], rows.map { $0.figures + [$0.call.words] },
                numbers: [1, 2, 3, 4, 5])
        }
        lines += [""] + reading.map(Markdown.text)
        return lines.joined(separator: "\n") + "\n"
    }
}

extension RunComparison {
    /// Of the table that Markdown and HTML share.
    static let thresholdHeading = ["", "threshold", "base runs", "candidate runs", "what"]
    static let thresholdNumbers: Set = [2, 3]
}

extension ThresholdChange {
    /// A row of the table.
    var words: [String] { [change.rawValue, name, "\(baseRuns)", "\(candidateRuns)", explanation] }

    fileprivate var document: Value {
        .object([
            "name": .string(name), "change": .string(change.rawValue), "base_runs": .int(baseRuns),
            "candidate_runs": .int(candidateRuns), "explanation": .string(explanation),
        ])
    }
}

extension RunComparison.Side {
    fileprivate var document: Value {
        .object([
            "runs": .array(runs.map { .string($0) }),
            "verdicts": .array(verdicts.map { .string($0.rawValue) }), "machine": machine?.document ?? .null,
        ])
    }
}

extension FindingChange {
    fileprivate var document: Value {
        .object([
            "class": .string(classID), "kind": .string(kind.rawValue),
            "severity": .string(kind.severity.rawValue), "title": .string(title),
            "change": .string(change.rawValue), "accepted": .bool(isAccepted), "base_runs": .int(baseRuns),
            "candidate_runs": .int(candidateRuns),
        ])
    }
}

extension ComparisonRow {
    fileprivate var document: Value {
        var members: [String: Value] = [
            "base": .double(base), "candidate": .double(candidate), "ratio": ratio.document,
            "noise": .double(floor), "call": .string(call.rawValue),
        ]
        switch measure {
        case .throughput: members["measure"] = "acknowledged_per_second"
        case .latency(let operation, let percentile):
            members["measure"] = "latency_microseconds"
            members["operation"] = .string(operation)
            members["percentile"] = .double(percentile)
        }
        return .object(members)
    }
}
