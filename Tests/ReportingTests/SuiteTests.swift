// What pipelines read of a command's runs: JUnit, Markdown, annotations and JSON.

import Core
import Foundation
import FoundationXML
import RunStore
import TestSupport
import Testing

@testable import Checking
@testable import Reporting
@testable import Scenarios

@Suite struct SuiteTests {
    static var violation: SuiteRun {
        var report = Fixtures.report
        report.judgement.checks[1].position = SourcePosition(line: 12, column: 3, file: "scenarios/base.yaml")
        return SuiteRun(report, exitCode: 1)
    }

    static var pass: SuiteRun { SuiteRun(Fixtures.pass, exitCode: 0) }

    /// A matrix cell in which the fixture's violation was expected.
    static func cell(exitCode: Int32) -> SuiteRun {
        SuiteRun(
            Fixtures.report,
            cell: [Parameter(name: "guard", value: "check-then-act")],
            expectation: Expectation(verdict: .violation, finding: .lostUpdate), exitCode: exitCode)
    }

    static var notRun: SuiteRun {
        var report = Fixtures.pass
        report.judgement.verdict = .notRun
        report.notices = ["replica 1 was not ready: 100 % of \"time\"\nis up"]
        return SuiteRun(report, exitCode: 4)
    }

    /// Every element with its attributes, in the order of the document; fails where it is no XML.
    private func elements(_ text: String) throws -> [(name: String, attributes: [String: String])] {
        final class Collector: NSObject, XMLParserDelegate {
            var found: [(name: String, attributes: [String: String])] = []
            func parser(
                _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
                qualifiedName: String?, attributes: [String: String]
            ) { found.append((name, attributes)) }
        }
        let collector = Collector()
        let parser = XMLParser(data: Data(text.utf8))
        parser.delegate = collector
        try #require(parser.parse(), "\(String(describing: parser.parserError)) in \(text)")
        return collector.found
    }

    private func suites(_ runs: [SuiteRun], failOn: Set<Verdict> = [.degraded, .unknown]) throws
        -> [(name: String, attributes: [String: String])]
    {
        try elements(JUnitReport(RunSuite(runs, failOn: failOn)).text)
    }

    @Test func junitHasASuiteForEachRunAndACaseForEachCheck() {
        let text = JUnitReport(RunSuite([Self.violation, Self.pass, Self.cell(exitCode: 0), Self.notRun]))
            .text
        #expect(Golden.difference(of: text, from: "junit.xml") == nil)
    }

    @Test func aViolationFailsAndAnUnknownIsAnErrorOrSkippedByFailOn() throws {
        let strict = try suites([Self.violation])
        #expect(strict[0].attributes["failures"] == "1" && strict[0].attributes["errors"] == "1")
        #expect(strict.first { $0.name == "failure" }?.attributes["type"] == "lost-update")
        let lenient = try suites([Self.violation], failOn: [])
        #expect(lenient[0].attributes["failures"] == "1" && lenient[0].attributes["errors"] == "0")
        #expect(lenient[0].attributes["skipped"] == "1")
    }

    @Test func aRunThatDidNotHappenIsAnError() throws {
        let found = try suites([Self.notRun], failOn: [])
        #expect(found.first { $0.name == "error" }?.attributes["type"] == "not-run")
        #expect(found[0].attributes["errors"] == "1")
    }

    @Test func anExpectedViolationFailsNothingAndAMissingOneDoes() throws {
        let asExpected = try suites([Self.cell(exitCode: 0)])
        #expect(asExpected[0].attributes["failures"] == "0" && asExpected[0].attributes["errors"] == "0")
        var missing = Self.cell(exitCode: 2)
        missing.report.judgement = Judgement(verdict: .pass, findings: [], checks: [], tally: Tally())
        let found = try suites([missing])
        #expect(found.first { $0.name == "failure" }?.attributes["type"] == "expectation")
    }

    @Test func anAcceptedFindingIsSkippedWithItsReason() throws {
        var run = Self.violation
        run.report.judgement.findings[0].acceptance = Acceptance(reason: "ticket 17", until: "2027-01-31")
        let found = try suites([run], failOn: [])
        #expect(found[0].attributes["failures"] == "0" && found[0].attributes["skipped"] == "2")
        #expect(
            found.contains { $0.attributes["message"] == "accepted until 2027-01-31: ticket 17" })
    }

    @Test func nothingThatAServiceSaysBreaksTheXML() throws {
        var run = Self.violation
        run.report.judgement.findings[0].title = "]]> <script>&\"'\u{0}\u{1B}[31m\u{FFFE} 🙂\r\n"
        run.report.judgement.findings[0].story = ["</failure></testcase>", "<!--", "\u{FFFF}"]
        let found = try suites([run])
        #expect(found.allSatisfy { $0.name != "script" })
        #expect(found.first { $0.name == "failure" }?.attributes["message"]?.contains("<script>&\"'") == true)
    }

    @Test func markdownTellsTheRunsAndTheirFindings() {
        var known = Self.violation
        known.report.judgement.findings[0].acceptance = Acceptance(reason: "ticket 17", until: "2027-01-31")
        let suite = RunSuite([Self.violation, Self.pass, Self.cell(exitCode: 0), Self.notRun, known])
        #expect(Golden.difference(of: MarkdownReport(suite).text, from: "report.md") == nil)
    }

    @Test func nothingThatAServiceSaysIsMarkup() {
        var run = Self.violation
        run.report.judgement.findings[0].title = "| a <b> @somebody `x` [l](http://h) ![i](j)\n# head"
        run.report.judgement.findings[0].story = ["```", "````text", "<script>alert(1)</script>"]
        let text = MarkdownReport(RunSuite([run])).text
        #expect(text.contains("\\| a &lt;b&gt; \\@somebody \\`x\\` \\[l\\](http://h) \\!\\[i\\](j) \\# head"))
        #expect(text.contains("`````text\n```\n````text\n<script>alert(1)</script>\n`````"))
        #expect(!text.contains("\n# head"))
    }

    @Test func aHugeStoryLeavesTheJobSummaryWithinItsLimit() {
        var run = Self.violation
        run.report.judgement.findings[0].story = [String(repeating: "x", count: 400_000)]
        let text = MarkdownReport(RunSuite([run, run, run, run])).text
        #expect(text.utf8.count < 1_000_000)
        #expect(text.contains("2 runs more"))
    }

    @Test func annotationsPointAtTheLineOfTheModel() {
        let lines = Annotations(RunSuite([Self.violation])).lines
        #expect(
            lines.first?.hasPrefix(
                "::error file=scenarios/base.yaml,line=12,title=contend%3A lost-update::") == true, "\(lines)"
        )
        #expect(lines.allSatisfy { !$0.contains("\n") && $0.hasPrefix("::") })
        #expect(lines.contains { $0.hasPrefix("::error file=scenarios/deactivate-vs-rename.yaml,line=1,") })
    }

    @Test func aLineOfALogCannotBecomeACommandOfTheRunner() {
        var run = Self.notRun
        run.report.notices = ["its log ends with: x\r\n::stop-commands::y\r::error::z\n::add-mask::w"]
        let lines = Annotations(RunSuite([run])).lines
        #expect(lines.count == 1)
        #expect(lines.allSatisfy { !$0.unicodeScalars.contains("\n") && !$0.unicodeScalars.contains("\r") })
    }

    @Test func aRunThatHoldsNothingHasNoGreenHeadline() {
        var vacuous = Self.pass
        vacuous.report.judgement.verdict = .unknown
        vacuous.report.judgement.checks = [
            Check(kind: .vacuity, name: "overlap", verdict: .unknown, explanation: "nothing overlapped")
        ]
        let text = MarkdownReport(RunSuite([vacuous], failOn: [])).text
        #expect(!text.contains("held") && text.contains("nothing overlapped"), "\(text)")
        #expect(MarkdownReport(RunSuite([])).text.hasPrefix("## contend: nothing ran\n"))
    }

    @Test func somethingUndecidedIsNotAcceptedAlong() throws {
        var run = Self.violation
        run.report.judgement.findings[0].acceptance = Acceptance(reason: "ticket 17", until: "2027-01-31")
        run.report.judgement.checks[1].isUndecided = true
        #expect(try suites([run], failOn: [])[0].attributes["failures"] == "1")
    }

    @Test func aWordOfAShellStaysOneWord() {
        #expect(ShellWord.quoted("it's") == "'it'\\''s'")
        // An apostrophe with a combining accent is one character, and still an apostrophe to a shell.
        #expect(ShellWord.quoted("x'\u{301};y").unicodeScalars.filter { $0 == "'" }.count == 5)
    }

    @Test func annotationsAreMilderForWhatDoesNotFail() {
        var run = Self.violation
        run.report.judgement.findings[0].acceptance = Acceptance(reason: "a", until: "2027-01-31")
        let levels = Annotations(RunSuite([run], failOn: [])).lines.map {
            $0.dropFirst(2).prefix { $0 != " " }
        }
        #expect(levels == ["notice", "warning"])
        #expect(Annotations(RunSuite([Self.cell(exitCode: 0), Self.pass])).lines.isEmpty)
        let notRun = Annotations(RunSuite([Self.notRun])).lines
        #expect(notRun.count == 1 && notRun[0].contains("100 %25 of \"time\"%0Ais up"))
    }

    @Test func theDocumentHoldsEveryVerdictAndEveryCell() {
        guard case .object(let members) = RunSuite([Self.violation, Self.cell(exitCode: 0)]).document else {
            Issue.record("no object")
            return
        }
        #expect(members["runs"]?.elements?.count == 2)
        guard case .object(let cell)? = members["matrix"]?.elements?.first else {
            Issue.record("no cell")
            return
        }
        #expect(cell["expected"] == "violation" && cell["exit"] == .int(0))
        #expect(cell["cell"] == .object(["guard": "check-then-act"]))
    }
}
