// Findings as GitHub shows them beside the lines of a pull request: workflow commands, one a line.

import Checking
import Core
import RunStore
import Scenarios

/// `::error file=…,line=…,title=…::…`, as GitHub's "Workflow commands" page defines them.
public struct Annotations: Sendable {
    let suite: RunSuite

    public init(_ suite: RunSuite) { self.suite = suite }

    /// None for what held, or is as its cell expects.
    public var lines: [String] {
        suite.runs.flatMap { run -> [String] in
            guard !run.isAsExpected else { return [] }
            if run.report.judgement.verdict == .notRun {
                let text = "\(run.name): \(run.report.reasonNotRun)"
                return [line("error", run, nil, title: "contend: not run", text: text)]
            }
            let items = run.items.flatMap { lines($0, run) }
            guard items.isEmpty, run.exitCode != 0 else { return items }
            return [
                line(
                    "error", run, nil, title: "contend",
                    text: "\(run.name): the verdict was \(run.report.judgement.verdict.rawValue)")
            ]
        }
    }

    private func lines(_ item: CheckedItem, _ run: SuiteRun) -> [String] {
        guard !item.findings.isEmpty else {
            guard item.verdict != .pass else { return [] }
            let level = suite.fails(item.verdict) ? "error" : "warning"
            return [
                line(
                    level, run, item, title: "contend: \(item.kind) \(item.verdict.rawValue)",
                    text: "\(run.name), \(item.name): \(item.explanation)")
            ]
        }
        return item.findings.map { finding in
            let verdict: Verdict = finding.kind.severity == .safety ? .violation : .degraded
            let level = finding.acceptance != nil ? "notice" : suite.fails(verdict) ? "error" : "warning"
            let text = ([finding.title, finding.accepted].compactMap(\.self) + finding.story + finding.told)
                .joined(separator: "\n")
            return line(
                level, run, item, title: "contend: \(finding.kind.rawValue)", text: "\(run.name): \(text)")
        }
    }

    private func line(
        _ level: String, _ run: SuiteRun, _ item: CheckedItem?, title: String, text: String
    ) -> String {
        let file = item?.position?.file ?? run.report.identity.scenarioFile
        return "::\(level) file=\(Self.property(file)),line=\(item?.position?.line ?? 1),"
            + "title=\(Self.property(title))::\(Self.message(text))"
    }

    private static func message(_ text: String) -> String { escaped(text, [:]) }

    private static func property(_ text: String) -> String { escaped(text, [":": "%3A", ",": "%2C"]) }

    /// By scalar: a carriage return and the line feed after it are one character, which is neither.
    private static func escaped(_ text: String, _ others: [Unicode.Scalar: String]) -> String {
        text.replacingScalars { scalar in
            switch scalar {
            case "%": "%25"
            case "\r": "%0D"
            case "\n": "%0A"
            default: Plain.isActing(scalar) ? "" : others[scalar]
            }
        }
    }
}
