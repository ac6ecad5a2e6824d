// A run directory that an older contend wrote: histories of version 1, monitor lines of that time.

import Checking
import Core
import Foundation
import Histories
import Reporting
import RunStore
import TestSupport
import Testing

@testable import Engine

@Suite struct KeptRunTests {
    private let folder = Golden.repository.appending(path: "Tests/EngineTests/KeptRun").path

    @Test func whatItRecordedIsReadAsToday() throws {
        let history = try HistoryReader.read("\(folder)/history.jsonl")
        #expect(history.faults.map(\.target) == [.replica(1)])
        #expect(history.faults.allSatisfy { ($0.end ?? .min) > $0.start })
        #expect(history.header.isSequential == nil && !history.isCutOff)
        #expect(history.notices == [] && history.troubles == [])
        #expect(history.operations.count == 36)
        let observations = Observations.read("\(folder)/monitor.jsonl")
        #expect(observations.damage == [] && observations.losses == [])
        #expect(observations.errors.map(\.reason) == Array(repeating: .deadlock, count: 5))
        #expect(observations.errors.map(\.parties.count) == [2, 3, 2, 4, 3])
        #expect(observations.sessions.contains { $0.pools.contains { $0.idleInTransaction > 0 } })
        #expect(observations.waits.count == 10)
    }

    @Test func itIsShownJudgedAndReportedAsItWas() throws {
        let stored = try StoredRun(named: folder, out: "")
        let before = try stored.report()
        #expect(before.judgement.verdict == .degraded)
        let again = try Recheck(stored).execute().report
        #expect(again.judgement.verdict == before.judgement.verdict)
        #expect(again.judgement.findings.map(\.document) == before.judgement.findings.map(\.document))
        // Their places are those of the resolved scenario now.
        let told = { (judgement: Judgement) in
            judgement.checks.map { "\($0.kind) \($0.name) \($0.verdict) \($0.explored) \($0.explanation)" }
        }
        #expect(told(again.judgement) == told(before.judgement))
        #expect(again.figures.document == before.figures.document)
        #expect(again.identity.document == before.identity.document)
        let page = try stored.htmlReport()
        #expect(page.contains("id=\"timeline-data\"") && page.contains("pause"))
        #expect(!page.contains("<p class=\"alert\">"))
    }
}
