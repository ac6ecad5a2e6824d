// What the requests of a finding come to in other orders, as a finding tells it.

import Core
import Histories
import RunStore
import Testing

@testable import Checking
@testable import Reporting

@Suite struct OrderOutcomeTests {
    private static func order(
        _ answers: [String], serial: Bool = true, holds: Bool = true, reads: [String] = []
    ) -> OrderOutcome {
        OrderOutcome(
            requests: zip(["deactivate", "rename"], answers).map {
                OrderOutcome.Request(operation: $0, answer: $1, outcome: $1 < "300" ? .ok : .fail)
            }, reads: reads, holds: holds, isSerial: serial)
    }

    private static var finding: Finding {
        var finding = Fixtures.finding
        finding.orders = [
            order(["204", "403"], reads: ["show: status = \"deactivated\""]),
            order(["204", "200"], serial: false, holds: false, reads: ["show: status = \"<active>\""]),
        ]
        return finding
    }

    @Test func eachOrderIsASentence() {
        #expect(
            Self.finding.orderLines == [
                "One after the other: deactivate 204 ok, then rename 403 fail → holds; "
                    + "show: status = \"deactivated\"",
                "In this schedule: deactivate 204 ok, rename 200 ok → breaks; show: status = \"<active>\"",
            ])
        let text = Self.finding.detail(of: "r", .plain).joined(separator: "\n")
        #expect(text.contains("One after the other: deactivate 204 ok"))
        #expect(!Fixtures.finding.detail(of: "r", .plain).contains(Finding.ordersTitle))
    }

    @Test func manyOrdersAreCountedAndTheScheduleIsStillTold() {
        var finding = Self.finding
        finding.orders = Array(repeating: finding.orders[0], count: 20) + [finding.orders[1]]
        let lines = finding.orderLines
        #expect(lines.count == 10)
        #expect(lines[8] == "12 more orders in verdict.json")
        #expect(lines[9].hasPrefix("In this schedule"))
    }

    @Test func thePageTellsThemAndEscapesWhatServicesSay() throws {
        var report = Fixtures.report
        report.judgement.findings = [Self.finding]
        let page = try HTMLReportTests.page(HTMLReportTests.material(report))
        #expect(page.contains("One after the other: deactivate 204 ok"))
        #expect(page.contains("&lt;active&gt;") && !page.contains("\"<active>\""))
    }

    @Test func aShortenedScheduleSaysFromWhat() {
        func scheduled(_ requests: Int) -> String? {
            var finding = Self.finding
            finding.schedule = ScheduleRecord(
                time: 0, round: 3, requests: ["deactivate", "rename"], strategy: ScheduleRecord.shorten,
                steps: [0, 1, 0].map { ScheduleRecord.Step(request: $0, statement: "s", enabled: [0, 1]) },
                ending: .found)
            finding.replay = ReplayRecord(
                time: 0, round: 3, classID: "x", times: 5, reproduced: 5,
                original: ReplayRecord.Original(requests: requests, switches: 12))
            return finding.scheduled
        }
        #expect(
            scheduled(3)
                == "schedule of 3 decisions, 2 switches between requests, shortened from 12 switches of 3 requests; "
                + "replayed 5 of 5")
        #expect(scheduled(2)?.contains("shortened from 12 switches; replayed") == true)
    }
}
