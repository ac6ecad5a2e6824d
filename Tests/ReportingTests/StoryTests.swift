// The parts of a story that are worked out: what was expected, the curl lines, and who pressed on which key.

import Checking
import Core
import Histories
import RunStore
import Scenarios
import Testing

@testable import Reporting

@Suite struct StoryTests {
    static let scenario = """
        version: 1
        name: story
        secrets: [API_TOKEN]
        target:
          service: { urls: ["http://127.0.0.1:1"] }
        defaults:
          headers: { authorization: "Bearer ${{ secret.API_TOKEN }}", x-note: plain }
        operations:
          create:
            http: POST /images
            json: { name: first, size: 3 }
            capture: { image: json $.id }
          rename:
            http: PATCH /images/${{ image }}
            headers: { x-note: "${{ unique }}" }
            json: { name: "it's ${{ unique }}", image: "${{ image }}" }
          deactivate:
            http: POST /images/${{ image }}/deactivate
          show:
            http: GET /images/${{ image }}
            effect: none
            capture: { status: json $.status }
        models:
          status:
            state-machine:
              key: ${{ image }}
              initial: active
              transitions: [{ operation: deactivate, from: [active], to: deactivated }]
              observe: { operation: show, state: "${{ status }}" }
        load:
          burst: { rounds: 1, clients: 2 }
          each-round: { before: create, mix: { rename: 1, deactivate: 1 }, after: [show] }
        """

    static func loaded(_ text: String = scenario) throws -> Scenario {
        try ScenarioFile(text: text, path: "story.yaml") { _ in "" }.resolve([:], environment: [:])
    }

    static func operation(
        _ id: Int, _ name: String, _ begin: Int64, _ end: Int64?, outcome: Outcome = .ok,
        captures: [String: Value] = [:],
        target: String = "/images/7"
    ) -> OperationRecord {
        OperationRecord(
            id: id, client: id, name: name, phase: .load, values: ["image": "7", "unique": "u'1"],
            captures: captures,
            invoked: begin, returned: end, outcome: outcome,
            requests: [
                RequestRecord(
                    step: 0, attempt: 0, replica: id, method: name == "show" ? "GET" : "PATCH",
                    target: target, sent: begin,
                    received: end, status: 200, outcome: outcome)
            ])
    }

    @Test func whatWasExpectedIsWhatEveryOrderLeadsTo() throws {
        let model = try #require(try Self.loaded().models.first)
        let example = [
            Self.operation(0, "rename", 0, 10), Self.operation(1, "deactivate", 1, 9),
            Self.operation(2, "show", 20, 21, captures: ["status": "active"]),
        ]
        let states = try #require(ExpectedStates(example, in: model))
        #expect(states.expected == ["deactivated"])
        #expect(states.seen == "active")
        var unknown = example
        unknown[1].outcome = .unknown
        #expect(ExpectedStates(unknown, in: model) == nil, "what may not have happened leads to nothing")
        var right = example
        right[2].captures = ["status": "deactivated"]
        #expect(ExpectedStates(right, in: model) == nil)
        #expect(ExpectedStates(example, in: nil) == nil)
    }

    @Test func curlLinesHoldHeadersBodyAndNoSecret() throws {
        let commands = CurlCommands(scenario: try Self.loaded())
        let line = try #require(commands.lines([Self.operation(1, "rename", 0, 10)]).first)
        #expect(
            line == """
                curl -i -X 'PATCH' "$REPLICA_1"'/images/7' -H 'authorization: Bearer '"$API_TOKEN" \
                -H 'x-note: u'\\''1' -H 'content-type: application/json' \
                --data-raw '{"image":"7","name":"it'\\''s u'\\''1"}'
                """)
        let read = try #require(commands.lines([Self.operation(0, "show", 0, 10)]).first)
        #expect(read.hasPrefix("curl -i \"$REPLICA_0\"'/images/7' -H 'authorization"))
        #expect(!read.contains("--data"))
    }

    @Test func curlLinesOverTLSNameCertificatesAndConnectByName() throws {
        let text = Self.scenario.replacing(
            #"urls: ["http://127.0.0.1:1"]"#, with: "command: [a], tls: { ca: ca.pem, server-name: api.test }"
        )
        let commands = CurlCommands(scenario: try Self.loaded(text))
        let line = try #require(commands.lines([Self.operation(0, "show", 0, 10)]).first)
        #expect(
            line.hasPrefix(
                #"curl -i --cacert "$CA" --connect-to api.test::127.0.0.1: "$REPLICA_0"'/images/7'"#))
        #expect(
            commands.variables([0, 1])
                == "REPLICA_0=https://api.test:PORT REPLICA_1=https://api.test:PORT CA=FILE")
        #expect(CurlCommands(scenario: try Self.loaded()).variables([0]) == "REPLICA_0=http://127.0.0.1:1")
    }

    @Test func aHostileTargetStaysOneWordOfTheShell() throws {
        let target = "/'; rm -rf / #`id`$(id)"
        let line = try #require(
            CurlCommands(scenario: try Self.loaded()).lines([Self.operation(0, "show", 0, 1, target: target)])
                .first)
        #expect(line.contains("\"$REPLICA_0\"'/'\\''; rm -rf / #`id`$(id)'"))
    }

    /// Against counting every pair; equal stamps are concurrent.
    @Test(arguments: 1...40) func contentionIsWhatComparingAllPairsGives(seed: UInt64) {
        var state = seed &* 0x9E37_79B9_7F4A_7C15
        func draw(_ limit: UInt64) -> Int64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Int64(state % limit)
        }
        let operations = (0..<12).map { id -> OperationRecord in
            let begin = draw(40)
            let end = draw(8) == 0 ? nil : begin + 1 + draw(12)
            return Self.operation(
                id, draw(3) == 0 ? "show" : "rename", begin, end, outcome: end == nil ? .unknown : .ok)
        }.sorted { ($0.invoked, $0.id) < ($1.invoked, $1.id) }
        let scenario = try? Self.loaded()
        let found = KeyContention(HTMLReportTests.history(operations), scenario).entries.first
        func overlap(_ left: OperationRecord, _ right: OperationRecord) -> Bool {
            left.invoked <= right.returned ?? .max && right.invoked <= left.returned ?? .max
        }
        let contended = operations.filter { one in
            operations.contains {
                $0.id != one.id && overlap($0, one) && ($0.name != "show" || one.name != "show")
            }
        }
        let most = operations.map { one in
            operations.filter { $0.invoked <= one.invoked && ($0.returned ?? .max) >= one.invoked }.count
        }.max()
        #expect(found?.contended == contended.count, "seed \(seed)")
        #expect(found?.most == most, "seed \(seed)")
        #expect(found?.key == "7")
    }

    @Test func everyOperationOfTheLoadIsInTheFigures() {
        let operations = (0..<100).map {
            Self.operation(
                $0, $0 % 2 == 0 ? "show" : "rename", Int64($0) * 1_000_000, Int64($0) * 1_000_000 + 2_000_000)
        }
        let figures = LoadFigures(HTMLReportTests.history(operations))
        #expect(figures.byOperation.map(\.name) == ["rename", "show"])
        #expect(figures.byOperation.map(\.latencies.count) == [50, 50])
        #expect(figures.byReplica.count == LoadFigures.groupLimit)
        #expect(figures.heat.reduce(0) { $0 + $1.reduce(0, +) } == 100)
        #expect(figures.throughput[.ok]?.reduce(0, +) == 100)
        #expect(LatencySection.values(figures.byOperation[0]) == [2_000, 2_000, 2_000, 2_000, 2_000])
    }

    @Test func latencyRowsEndAtTheirBoundaries() {
        let boundaries = LoadFigures.boundaries
        #expect(boundaries[LoadFigures.row(of: 0)] == 1)
        #expect(boundaries[LoadFigures.row(of: 1_000)] == 1_000)
        #expect(boundaries[LoadFigures.row(of: 1_001)] == 2_000)
        #expect(LoadFigures.row(of: .max) == boundaries.count - 1)
    }

    @Test func aFindingWithoutOperationsClaimsNoExampleAndItsCountIsNoShare() throws {
        var finding = Fixtures.finding
        (finding.kind, finding.count, finding.judged) = (.deadlock, 21, 0)
        #expect(finding.detail(of: "r", .plain).contains("An example, in order of invocation"))
        finding.example = []
        let lines = finding.detail(of: "r", .plain) + finding.story(of: "r", .plain)
        #expect(!lines.contains { $0.contains("in order of invocation") })
        #expect(
            lines.filter { $0.contains("21 times") }.count == 2 && !lines.contains { $0.contains("of 0") })
        var report = Fixtures.report
        report.judgement.findings = [finding]
        let page = try HTMLReportTests.page(HTMLReportTests.material(report))
        #expect(page.contains("Seen 21 times.") && !page.contains("of 0 judged"))
        #expect(MarkdownReport(RunSuite([SuiteRun(report, exitCode: 3)])).text.contains("21 times · class"))
    }

    @Test func ofManyOperationsTheFirstAndTheLastAreShown() throws {
        var finding = Fixtures.finding
        finding.kind = .invariantViolated
        finding.example = (0..<30).map { number in
            Self.operation(number, "reserve", Int64(number), Int64(number) + 1, target: "/made/\(number)/")
        }
        #expect(finding.example.ends(16).map(\.id) == Array(0..<12) + [26, 27, 28, 29])
        #expect(finding.example.ends(30).count == 30)
        var report = Fixtures.report
        report.judgement.findings = [finding]
        let page = try HTMLReportTests.page(HTMLReportTests.material(report, finding.example))
        let table = try #require(page.ranges(of: "<table class=\"operations\">").first)
        let end = try #require(page[table.upperBound...].firstRange(of: "</table>"))
        let shown = page[table.upperBound..<end.lowerBound]
        #expect(shown.contains("/made/0/") && shown.contains("/made/29/") && !shown.contains("/made/20/"))
        #expect(page.contains("14 further operations in the middle left out."))
        let timeline = page[end.upperBound...]
        #expect((0..<30).allSatisfy { timeline.contains("/made/\($0)/") }, "the timeline has them all")
        #expect(finding.detail(of: "r", .plain).contains("The operations, in order of invocation"))
    }
}
