// The table of answers in every report: compact on the terminal, bounded, and nothing of a service's words.

import Core
import RunStore
import Testing

@testable import Checking
@testable import Reporting

@Suite struct AnswerTableTests {
    private func many(_ operations: Int, _ statuses: Int) -> AnswerTable {
        AnswerTable(
            (0..<operations).flatMap { operation in
                (0..<statuses).map {
                    AnswerCount(
                        operation: "operation-with-a-long-name-\(operation)", status: 400 + $0,
                        outcome: .fail,
                        count: 1_000_000)
                }
            })
    }

    @Test func eachOperationIsOneLine() {
        #expect(
            AnswerTable(Fixtures.answers).text(.plain) == [
                "  answers: status, how it was read, how often",
                "  deactivate  204 ok 163 · 403 fail 417 · 500 unknown 18 · timeout unknown 2",
                "  edit/read   200 ok 1,900",
                "  edit/write  200 ok 1,637 · 412 fail 263",
            ])
    }

    @Test(arguments: [40, 80]) func noLineIsWiderThanTheTerminal(width: Int) {
        let lines = many(60, 20).text(TextStyle(isColoured: false, width: width))
        #expect(lines.allSatisfy { $0.count <= max(width, 48) })
        #expect(lines.last == "  … 20 lines more in verdict.json")
        #expect(lines.contains { $0.hasSuffix("8 more") })
    }

    @Test func serverErrorsAndSilenceAreToldAsShares() {
        #expect(
            AnswerTable(Fixtures.answers).doubts == [
                "5xx 0.4 % of requests", "unanswered 0.0 % of requests",
            ])
        #expect(AnswerTable([]).doubts.isEmpty)
        let summary = Fixtures.report.summary(.plain, directory: "d")
        #expect(summary.contains("5xx 0.4 % of requests"))
    }

    @Test func markdownHasItOnlyWhereSomethingWasNotOk() {
        let text = AnswerTable(Fixtures.answers).markdown
        #expect(text.contains("| edit/write | 412 | fail | 263 |"))
        let ok = Fixtures.answers.filter { $0.outcome == .ok }
        #expect(AnswerTable(ok).markdown.isEmpty)
    }

    @Test func thePageHasEveryRowAndEscapesNames() throws {
        var report = Fixtures.report
        report.judgement.answers.append(
            AnswerCount(operation: "<b>bold", status: 200, outcome: .ok, count: 3))
        let page = HTMLReport(RunMaterial(report: report)).text
        #expect(page.contains("<td>edit/write</td><td>412</td>"))
        #expect(page.contains("&lt;b&gt;bold") && !page.contains("<b>bold"))
        report.judgement.answers = []
        #expect(!(HTMLReport(RunMaterial(report: report)).text.contains("<h3>Answers</h3>")))
    }
}
