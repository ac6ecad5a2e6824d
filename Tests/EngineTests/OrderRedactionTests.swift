// What reads showed in other orders leaves a run as redacted as everything else of a finding.

import Core
import Histories
import RunStore
import Testing

@testable import Checking
@testable import Engine

@Suite struct OrderRedactionTests {
    @Test func whatReadsShowedInOtherOrdersIsRedacted() {
        var finding = Finding(
            classID: "7c01ab33", number: 1, kind: .lostUpdate, check: "status", key: "17", title: "t",
            story: [],
            example: [], count: 1, judged: 1)
        finding.orders = [
            OrderOutcome(requests: [], reads: ["show: token = \"hunter2\""], holds: true, isSerial: true)
        ]
        let identity = RunIdentity(
            run: "r", command: "contend explore s.yaml", scenario: "s", scenarioFile: "s.yaml",
            parameters: [],
            seed: 1, database: "postgresql", replicas: 2, clients: 2, sequential: false,
            started: "2026-01-01T00:00:00Z")
        var report = RunReport(identity, unjudged: .notRun, notices: [])
        report.judgement.findings = [finding]
        let told = Redactor(["hunter2"]).redact(report).judgement.findings[0].orders
        #expect(told.map(\.reads) == [["show: token = \"[redacted]\""]])
    }
}
