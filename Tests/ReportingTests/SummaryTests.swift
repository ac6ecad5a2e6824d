// The texts that a user sees, as golden files, and what holds for all of them.

import Checking
import Core
import RunStore
import TestSupport
import Testing

@testable import Reporting

@Suite struct SummaryTests {
    @Test func aViolationIsToldAsAStory() {
        let text = Fixtures.report.summary(
            .plain, directory: "reports/runs/image-deactivate/20261123T220000Z-20150528")
        #expect(Golden.difference(of: text, from: "violation.txt") == nil)
    }

    @Test func aPassIsShort() {
        let text = Fixtures.pass.summary(.plain, directory: "reports/runs/orders/x")
        #expect(Golden.difference(of: text, from: "pass.txt") == nil)
    }

    @Test func anExperimentThatDidNotHappenSaysWhy() {
        var report = Fixtures.pass
        report.judgement.verdict = .notRun
        report.judgement.tally = Tally()
        report.notices = [
            "replica 1 answered no GET /healthcheck within 20 s; its log ends with: address in use"
        ]
        let text = report.summary(.plain, directory: "reports/runs/orders/x")
        #expect(Golden.difference(of: text, from: "not-run.txt") == nil)
    }

    @Test func limitsAreShownWithTheirValuesAndSoIsTheOneThatEndedTheLoad() {
        let text = VerdictSchemaTests.whole.summary(.plain, directory: "runs/x")
        let words = text.split { $0.isWhitespace }.joined(separator: " ")
        for part in [
            "! the load was ended early, after 1,800 measured operations", "it had come to 312.4 ms",
            "rename.latency p(99)<250ms", "was 312.400 ms; limit below 250 ms",
        ] {
            #expect(words.contains(part), "\(part) in\n\(text)")
        }
    }

    @Test func aFindingInFullShowsEveryRequest() {
        let text =
            Fixtures.finding.detail(of: Fixtures.report.identity.run, .plain).joined(separator: "\n") + "\n"
        #expect(Golden.difference(of: text, from: "finding.txt") == nil)
    }

    @Test func aMatrixIsATable() {
        let table = MatrixTable(
            title: "matrix · image-deactivate", axes: ["guard", "database"],
            rows: [
                MatrixRow(
                    values: ["check-then-act", "sqlite"], expected: "violation",
                    verdict: "violation", findings: "lost-update", rounds: 30, exitCode: 0, run: "a/1"),
                MatrixRow(
                    values: ["row-lock", "postgresql"], expected: "pass", verdict: "degraded",
                    findings: "conflict-as-5xx, replica-died, stuck", rounds: 200, exitCode: 3, run: "a/2"),
            ])
        #expect(Golden.difference(of: table.text(.plain), from: "matrix.txt") == nil)
    }

    @Test func aCellWithoutARunSaysWhyBelowTheTable() {
        let table = MatrixTable(
            title: "matrix · x", axes: ["database"],
            rows: [
                MatrixRow(
                    values: ["sqlite"], expected: "pass", verdict: "not-run", findings: "", rounds: 0,
                    exitCode: 4, run: "x/1", reasonNotRun: "replica 0 ended:\n    Traceback\n    ValueError")
            ], note: "Its counts are no rates.")
        let text = table.text(.plain)
        #expect(text.contains("    contend show x/1\n      replica 0 ended:\n\n  Its counts are no rates.\n"))
        #expect(!text.contains("Traceback"))
    }

    @Test func moreThanFiveFindingsAreCounted() {
        var report = Fixtures.report
        report.judgement.findings = (1...8).map { number in
            var finding = Fixtures.finding
            finding.number = number
            return finding
        }
        let text = report.summary(.plain, directory: "reports/runs/image-deactivate/x")
        #expect(text.contains("FINDING 5") && !text.contains("FINDING 6"))
        #expect(text.contains("and 3 findings more: contend show image-deactivate/"))
    }

    @Test func aRunElsewhereIsNamedByItsFolder() {
        let text = Fixtures.report.summary(.plain, directory: "/elsewhere/runs/x")
        #expect(text.contains("contend show /elsewhere/runs/x#1"))
    }

    /// Commands and paths stand alone on their lines, whatever their length; everything else keeps to the
    /// width.
    @Test func everyLineOfProseKeepsToEightyColumns() {
        let text = Fixtures.report.summary(.plain, directory: "d")
        for line in text.split(separator: "\n") where !line.contains("contend ") {
            #expect(line.count <= 80, "\(line)")
        }
    }

    @Test func theControlIsOfferedOnlyForARaceThatWasFound() {
        #expect(Fixtures.report.summary(.plain, directory: "d").contains("--sequential"))
        #expect(!Fixtures.pass.summary(.plain, directory: "d").contains("--sequential"))
    }
}
