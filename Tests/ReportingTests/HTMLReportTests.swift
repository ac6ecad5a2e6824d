// The report of a run: its parts, its bounds, and what it makes of missing, empty and hostile material.

import Core
import Scenarios
import Testing

@testable import Checking
@testable import Histories
@testable import Reporting
@testable import RunStore

@Suite struct HTMLReportTests {
    static func history(_ operations: [OperationRecord]) -> History {
        History(
            header: HistoryHeader(
                scenario: "s", seed: 1, replicas: 3, clients: 12, started: "2026-11-23T22:00:00Z"),
            operations: operations)
    }

    static func material(_ report: RunReport = Fixtures.report, _ operations: [OperationRecord]? = nil)
        -> RunMaterial
    {
        RunMaterial(report: report, history: history(operations ?? [Fixtures.operation, Fixtures.lost]))
    }

    static func page(_ material: RunMaterial) throws -> String { HTMLReport(material).text }

    @Test func thePartsComeInTheOrderOfTheDesign() throws {
        var material = Self.material()
        material.observations.waits = [
            LockWait(
                time: 1, end: 2, waiter: BackendState(backend: 1, state: "active", statement: "SELECT 1"),
                holders: [],
                lock: "tuple")
        ]
        material.report.judgement.steps = [
            LoadStep(clients: 2, perSecond: 1, succeeded: 1, aborted: 0, deadlocks: 0)
        ]
        let text = try Self.page(material)
        let parts = [
            "tested", "findings", "timeline", "contention", "latency", "locks", "steps", "checks",
            "environment",
        ]
        let places = parts.map { part in text.ranges(of: "<section id=\"\(part)\">").first?.lowerBound }
        #expect(!places.contains(nil))
        #expect(places.compactMap { $0 } == places.compactMap { $0 }.sorted())
        #expect(text.contains("<code>contend run scenarios/deactivate-vs-rename.yaml --seed 20150528</code>"))
        for figure in ["97.3 %", "compare-and-swap losers", "1.2 ms", "1 void"] {
            #expect(text.contains(figure), "\(figure)")
        }
    }

    @Test func anEmptyRunHasAPage() throws {
        let text = try Self.page(Self.material(Fixtures.pass, []))
        #expect(text.contains("PASS"))
        #expect(
            !text.contains("id=\"timeline\"") && !text.contains("id=\"latency\"")
                && !text.contains("id=\"findings\""))
    }

    @Test func oneOperationIsEnoughForEveryChart() throws {
        let text = try Self.page(Self.material(Fixtures.pass, [Fixtures.operation]))
        #expect(text.contains("id=\"latency\"") && text.contains("2.5 ms"))
    }

    @Test func onlyUnknownsAreCountedAndHaveNoLatency() throws {
        let lost = (0..<5).map { number -> OperationRecord in
            var operation = Fixtures.lost
            (operation.id, operation.client) = (number, number)
            return operation
        }
        let text = try Self.page(Self.material(Fixtures.pass, lost))
        #expect(
            text.contains("5 operations never returned and has no latency")
                || text.contains("5 operations never returned and have no latency"))
        #expect(text.contains("\"end\":null"), "they are open on the timeline")
    }

    @Test func aRunThatDidNotHappenSaysWhy() throws {
        var report = Fixtures.pass
        report.judgement.verdict = .notRun
        report.judgement.tally = Tally()
        report.notices = ["replica 1 was not ready within 20 s"]
        let text = try Self.page(RunMaterial(report: report))
        #expect(text.contains("The experiment did not happen. replica 1 was not ready within 20 s"))
        #expect(text.contains("Nothing was tested"))
    }

    @Test func aRunThatLostItsGroundShowsWhatWasJudged() throws {
        var report = Fixtures.pass
        report.judgement.verdict = .notRun
        report.judgement.checks = [
            Check(
                kind: .assumption, name: "database-died", verdict: .notRun,
                explanation: "the server cannot be reached any more")
        ]
        let text = try Self.page(RunMaterial(report: report))
        #expect(text.contains("The experiment did not happen. the server cannot be reached any more"))
        #expect(!text.contains("Nothing was tested") && text.contains("throughput"))
        let summary = report.summary(.plain, directory: "reports/runs/orders/x")
        #expect(summary.contains("10 operations") && summary.contains("database-died"))
    }

    @Test func aVacuousRunIsDoubtfulInItsFirstPart() throws {
        var report = Fixtures.report
        report.judgement.checks = [
            Check(
                kind: .vacuity, name: "overlap", verdict: .unknown,
                explanation: "no two operations overlapped")
        ]
        #expect(
            try Self.page(Self.material(report)).contains(
                "Too little was tested: overlap: no two operations overlapped"))
    }

    @Test func whatIsMissingIsSaid() throws {
        var material = RunMaterial(report: Fixtures.report)
        material.notices = ["There is no history in the run directory."]
        let text = try Self.page(material)
        #expect(text.contains("<p class=\"alert\">There is no history in the run directory.</p>"))
        #expect(text.contains("The resolved scenario is not in the run directory."))
        #expect(text.contains("An acknowledged deactivate was undone"), "the story needs no history")
    }

    // MARK: - Bounds

    @Test func fiveHundredFindingsStaySmallTheFirstInFullTheRestAsATable() throws {
        var report = Fixtures.report
        report.judgement.findings = (1...500).map { number in
            var finding = Fixtures.finding
            finding.number = number
            finding.key = "key-\(number)"
            return finding
        }
        let text = try Self.page(Self.material(report))
        #expect(text.utf8.count < HTMLReport.limitBytes)
        #expect(text.components(of: "<article class=\"card finding") == 60)
        #expect(text.contains("440 findings without their stories"))
        #expect(text.components(of: "<code>7c01ab33</code>") == 500)
    }

    /// Everything that a service may say, as long and as odd as it can be, in every place that shows it.
    enum Hostile: CaseIterable {
        case script, controls, oneCharacter, bytes

        var text: String {
            switch self {
            case .script: String(repeating: "<script>alert(1)</script>", count: 400_000)
            case .controls: String(repeating: "\u{202E}\u{0}", count: 2_500_000)
            case .oneCharacter: "a" + String(repeating: "\u{301}", count: 5_000_000)
            case .bytes:
                String(
                    decoding: (0..<5_000_000).map { UInt8(truncatingIfNeeded: $0 &* 167 >> 3) }, as: UTF8.self
                )
            }
        }
    }

    @Test(arguments: Hostile.allCases) func hostileTextNeitherRunsNorGrowsThePage(_ kind: Hostile) throws {
        let hostile = kind.text
        var report = Fixtures.report
        var operation = Fixtures.operation
        operation.values = ["image": "17", "unique": .string(hostile)]
        operation.captures[String(hostile.unicodeScalars.prefix(300))] = .string(hostile)
        operation.name = String(hostile.unicodeScalars.prefix(200_000))
        operation.requests[0].target = "/" + hostile
        operation.requests[0].excerpt = hostile
        operation.requests = Requests(Array(repeating: operation.requests[0], count: 200))
        var finding = Fixtures.finding
        (finding.title, finding.story) = (hostile, Array(repeating: hostile, count: 6))
        finding.example = [operation, Fixtures.lost]
        report.judgement.findings = (1...80).map { number in
            var copy = finding
            copy.number = number
            return copy
        }
        report.judgement.checks = Array(
            repeating: Check(kind: .model, name: hostile, verdict: .pass, explanation: hostile), count: 20)
        (report.notices, report.warnings) = ([hostile], [hostile])
        var material = Self.material(report, [operation, Fixtures.lost])
        material.scenarioText = hostile
        material.logs = [LogFile(source: .replica(1), text: "2026-11-23T22:00:00.002Z " + hostile)]
        material.origin = WallClockOrigin(unixNanoseconds: 1_795_471_200_000_000_000, utcOffsetSeconds: 0)
        let text = try Self.page(material)
        let size = text.utf8.count
        #expect(size < HTMLReport.limitBytes)
        // As a count alone: a failure would print the page.
        let attacks = text.components(of: "<script>alert")
        #expect(attacks == 0)
        let scripts = text.components(of: "<script")
        #expect(scripts == 2, "our own, and its figures")
        let invisible = text.unicodeScalars.filter { $0 == "\u{202E}" || $0 == "\u{0}" }.count
        #expect(invisible == 0)
    }

    @Test func theTimelineShowsFourHundredOperationsAroundTheExample() throws {
        let many = (0..<5_000).map { number -> OperationRecord in
            var operation = Fixtures.operation
            (operation.id, operation.invoked, operation.returned) = (
                number, Int64(number) * 10, Int64(number) * 10 + 5
            )
            return operation
        }
        var report = Fixtures.report
        report.judgement.findings[0].example = [many[3_000]]
        let content = TimelineContent(Self.material(report, many), nil)
        let key = try #require(content.keys.first)
        #expect(key.total == 5_000)
        #expect(key.operations.count == 400)
        #expect(key.operations.contains { $0.id == 3_000 })
        #expect((2_700...2_900).contains(key.operations.first?.id ?? 0), "the example is in the middle")
        #expect(
            try Self.page(Self.material(report, many)).contains(
                "the 400 operations around the example are shown"))
        #expect(TimelineContent.window(Array(0..<5_000), around: [4_999]) == 4_600..<5_000)
        #expect(TimelineContent.window(Array(0..<5_000), around: []) == 0..<400)
    }
}
