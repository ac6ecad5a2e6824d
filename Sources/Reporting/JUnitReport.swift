// JUnit XML, as test dashboards read it: a suite for each run, a case for each check.

import Checking
import Core
import RunStore
import Scenarios

/// Follows the schema that Jenkins' xunit plugin publishes (junit-10.xsd), with `file` and `line` as most
/// runners write them.
public struct JUnitReport: Sendable {
    let suite: RunSuite

    public init(_ suite: RunSuite) { self.suite = suite }

    private struct Case {
        enum Result { case passed, failure, error, skipped }

        var name: String
        var className: String
        var position: (file: String, line: Int)?
        var result = Result.passed
        var type = ""
        var message = ""
        var text = ""
    }

    public var text: String {
        let suites = suite.runs.map { run in (run: run, cases: cases(of: run)) }
        let all = suites.flatMap(\.cases)
        let seconds = suites.reduce(0) { $0 + Self.seconds($1.run) }
        var lines = [
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
            "<testsuites name=\"contend\" \(Self.counts(all)) time=\"\(Self.decimal(seconds))\">",
        ]
        for (run, cases) in suites { lines += self.lines(run, cases) }
        return (lines + ["</testsuites>"]).joined(separator: "\n") + "\n"
    }

    // MARK: - Cases

    private func cases(of run: SuiteRun) -> [Case] {
        var cases: [Case] = []
        if let expectation = run.expectation {
            var expected = Case(
                name: "expected \(expectation.verdict.rawValue)"
                    + (expectation.finding.map { " \($0.rawValue)" } ?? ""),
                className: run.report.identity.scenario, position: (run.report.identity.scenarioFile, 1))
            if run.exitCode != 0 {
                expected.result = .failure
                expected.type = "expectation"
                expected.message = "the verdict was \(run.report.judgement.verdict.rawValue)"
                expected.text = run.report.identity.command
            }
            cases.append(expected)
        }
        if run.report.judgement.verdict == .notRun {
            cases.append(
                Case(
                    name: "experiment", className: run.report.identity.scenario,
                    position: (run.report.identity.scenarioFile, 1), result: .error,
                    type: Verdict.notRun.rawValue, message: run.report.reasonNotRun,
                    text: (run.report.notices + run.report.warnings).joined(separator: "\n")))
        }
        return cases + run.items.map { testCase($0, run) }
    }

    private func testCase(_ item: CheckedItem, _ run: SuiteRun) -> Case {
        var result = Case(
            name: "\(item.kind) \(item.name)", className: run.report.identity.scenario,
            position: (item.position?.file ?? run.report.identity.scenarioFile, item.position?.line ?? 1),
            type: item.findings.first?.kind.rawValue ?? item.verdict.rawValue,
            message: item.findings.first?.title ?? item.explanation, text: story(item, run))
        switch item.verdict {
        case .pass: result.result = .passed
        case .violation, .degraded: result.result = suite.fails(item.verdict) ? .failure : .skipped
        case .unknown: result.result = suite.fails(.unknown) ? .error : .skipped
        case .notRun: result.result = .error
        }
        if let acceptance = item.acceptance {
            result.result = .skipped
            result.message = "accepted until \(acceptance.until): \(acceptance.reason)"
        }
        // The cell asks for this finding: it is told, and fails nothing.
        if run.isAsExpected { result.result = .passed }
        return result
    }

    private func story(_ item: CheckedItem, _ run: SuiteRun) -> String {
        var lines = [item.explanation]
        for finding in item.findings {
            lines +=
                ["", "\(finding.kind.rawValue): \(finding.title)"]
                + (finding.story + finding.told).map { "  \($0)" }
            lines += [
                "  class \(finding.classID)", "  contend show \(run.report.identity.run)#\(finding.number)",
            ]
        }
        if item.verdict != .pass { lines += ["", "again: \(run.report.identity.command)"] }
        return lines.joined(separator: "\n")
    }

    // MARK: - XML

    private func lines(_ run: SuiteRun, _ cases: [Case]) -> [String] {
        let report = run.report
        var lines = [
            "  <testsuite name=\(Self.quoted(run.name)) \(Self.counts(cases)) "
                + "time=\"\(Self.decimal(Self.seconds(run)))\" timestamp=\(Self.quoted(report.identity.started))>",
            "    <properties>",
        ]
        let properties = [
            ("seed", String(report.identity.seed)), ("database", report.identity.database),
            ("replicas", String(report.identity.replicas)), ("clients", String(report.identity.clients)),
            ("verdict", report.judgement.verdict.rawValue), ("run", report.identity.run),
            ("command", report.identity.command),
        ]
        for (name, value) in properties {
            lines.append("      <property name=\"\(name)\" value=\(Self.quoted(value))/>")
        }
        lines.append("    </properties>")
        for testCase in cases { lines += self.lines(testCase) }
        return lines + ["  </testsuite>"]
    }

    private func lines(_ testCase: Case) -> [String] {
        var head =
            "    <testcase classname=\(Self.quoted(testCase.className)) name=\(Self.quoted(testCase.name))"
        if let (file, line) = testCase.position { head += " file=\(Self.quoted(file)) line=\"\(line)\"" }
        head += " time=\"0\""
        func element(_ name: String, _ attributes: String) -> [String] {
            [
                head + ">", "      <\(name)\(attributes)>\(Self.escaped(testCase.text))</\(name)>",
                "    </testcase>",
            ]
        }
        let message = " message=\(Self.quoted(testCase.message))"
        switch testCase.result {
        case .passed: return testCase.text.isEmpty ? [head + "/>"] : element("system-out", "")
        case .failure: return element("failure", message + " type=\(Self.quoted(testCase.type))")
        case .error: return element("error", message + " type=\(Self.quoted(testCase.type))")
        case .skipped: return element("skipped", message)
        }
    }

    private static func counts(_ cases: [Case]) -> String {
        func count(_ result: Case.Result) -> Int { cases.filter { $0.result == result }.count }
        return "tests=\"\(cases.count)\" failures=\"\(count(.failure))\" errors=\"\(count(.error))\" "
            + "skipped=\"\(count(.skipped))\""
    }

    private static func seconds(_ run: SuiteRun) -> Double {
        Double(run.report.figures.load.durationNanoseconds) / 1_000_000_000
    }

    private static func decimal(_ seconds: Double) -> String { Figures.decimal(seconds, places: 3) }

    private static func quoted(_ text: String) -> String {
        "\"" + escaped(text).replacing("\n", with: "&#10;") + "\""
    }

    /// Characters that XML 1.0 does not allow become U+FFFD.
    static func escaped(_ text: String) -> String {
        text.replacingScalars { scalar in
            switch scalar {
            case "&": "&amp;"
            case "<": "&lt;"
            case ">": "&gt;"
            case "\"": "&quot;"
            case "\t", "\n": nil
            case "\r": "&#13;"
            case "\u{0}"..."\u{1F}", "\u{FFFE}", "\u{FFFF}": "\u{FFFD}"
            default: nil
            }
        }
    }
}
