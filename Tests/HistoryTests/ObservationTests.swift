// The monitor's record and the trace of a request, written and read back.

import Foundation
import History
import Testing

@Suite struct ObservationTests {
    private static let lines: [ObservationLine] = [
        .counters(DatabaseCounters(time: 1, deadlocks: 2, commits: 3, rollbacks: 4, conflicts: 5)),
        .backend(BackendRecord(time: 1, backend: 7, replica: nil, application: "app")),
        .sessions(
            SessionSample(time: 2, pools: [SessionSample.Pool(replica: 1, connections: 2, openSince: 1)])),
        .cycle(
            WaitCycle(time: 3, members: [BackendState(backend: 7, state: "active", statement: "a/b \"c\"")])),
        .error(ServerError(time: 4, backend: 7, code: "40P01", detail: "d\ne")),
        .conflict(LoggedConflict(time: 5, replica: 0, code: 517, elapsedMilliseconds: nil, count: 6)),
        .notice("something is missing"),
    ]

    private func read(_ text: String) throws -> Observations {
        let file = FileManager.default.temporaryDirectory.appending(
            path: "contend-\(UUID().uuidString).jsonl")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(text.utf8).write(to: file)
        return try Observations.read(file.path)
    }

    @Test func everyRecordIsReadBackAsItWasWritten() throws {
        var expected = Observations()
        for line in Self.lines { expected.add(line) }
        let text = Self.lines.map(\.text).joined()
        #expect(try read(text) == expected)
        #expect(try read(text + "{\"event\":\"cyc") == expected, "a torn last line is left out")
        #expect(try Observations.read("/nowhere/monitor.jsonl").isEmpty)
    }

    @Test func aDamagedRecordNamesItsLine() {
        let error = #expect(throws: HistoryError.self) {
            _ = try read(Self.lines[0].text + "{}\n" + Self.lines[1].text)
        }
        #expect(error?.line == 2)
    }

    @Test(arguments: ["9223372036854775807", "-9223372036854775808", "1e300"])
    func aNumberThatCannotBeAddedUpIsARecordOfNoMonitor(number: String) {
        let line = Self.lines[0].text
        #expect(throws: HistoryError.self) {
            _ = try read(line.replacing(/"time":[0-9]+/, with: "\"time\":\(number)"))
        }
    }

    @Test(arguments: [
        RequestTrace(seed: 1, operation: 0, request: 0),
        RequestTrace(seed: .max, operation: 9_999, request: 31),
    ])
    func aTraceIsFoundInAStatementsComment(trace: RequestTrace) {
        let identifiers = String(decoding: trace.identifiers, as: UTF8.self)
        #expect(identifiers.utf8.count == RequestTrace.identifiersLength)
        #expect(RequestTrace(in: "SELECT 1 /*traceparent='00-\(identifiers)-01'*/") == trace)
        #expect(RequestTrace(in: "SELECT 1") == nil)
        #expect(RequestTrace(in: "00-00-\(identifiers)-01") == trace, "what comes before does not hide it")
        for broken in [
            "00-\(identifiers.dropLast())-01", "01-\(identifiers)-01", "00-\(identifiers.uppercased())-0G",
        ] {
            #expect(RequestTrace(in: broken) == nil, "\(broken)")
        }
    }
}
