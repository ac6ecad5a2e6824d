// The texts that a user sees, as golden files, and what holds for all of them.

import Checking
import Testing

@testable import Reporting

@Suite struct SummaryTests {
    @Test func aViolationIsToldAsAStory() {
        Golden.expect(
            Fixtures.report.summary(
                .plain, directory: "reports/runs/image-deactivate/20261123T220000Z-20150528"),
            equals: "violation.txt")
    }

    @Test func aPassIsShort() {
        Golden.expect(Fixtures.pass.summary(.plain, directory: "reports/runs/orders/x"), equals: "pass.txt")
    }

    @Test func anExperimentThatDidNotHappenSaysWhy() {
        var report = Fixtures.pass
        report.judgement.verdict = .notRun
        report.notices = [
            "replica 1 answered no GET /healthcheck within 20 s; its log ends with: address in use"
        ]
        Golden.expect(report.summary(.plain, directory: "reports/runs/orders/x"), equals: "not-run.txt")
    }

    @Test func aFindingInFullShowsEveryRequest() {
        let text = Fixtures.finding.detail(of: Fixtures.report.run, .plain).joined(separator: "\n") + "\n"
        Golden.expect(text, equals: "finding.txt")
    }

    @Test func aMatrixIsATable() {
        let table = MatrixTable(
            title: "matrix · image-deactivate", axes: ["guard", "database"],
            rows: [
                MatrixRow(
                    values: ["check-then-act", "sqlite"], expected: "violation",
                    expectedFinding: "lost-update",
                    verdict: "violation", findings: "lost-update", rounds: 30, exitCode: 0, run: "a/1"),
                MatrixRow(
                    values: ["row-lock", "postgresql"], expected: "pass", verdict: "degraded",
                    findings: "conflict-as-5xx, replica-died, stuck", rounds: 200, exitCode: 3, run: "a/2"),
            ])
        Golden.expect(table.text(.plain), equals: "matrix.txt")
    }

    @Test func moreThanFiveFindingsAreCounted() {
        var report = Fixtures.report
        report.judgement.findings = (1...8).map { number in
            var finding = Fixtures.finding
            finding.number = number
            return finding
        }
        let text = report.summary(.plain, directory: "d")
        #expect(text.contains("FINDING 5") && !text.contains("FINDING 6"))
        #expect(text.contains("and 3 findings more: contend show image-deactivate/"))
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
