// The monitors' pure parts, fed by hand.

import Foundation
import Histories
import Testing

@testable import Clusters

@Suite struct MonitorTests {
    private func edge(_ waiter: Int, _ holder: Int, since: String = "1") -> WaitEdge {
        WaitEdge(waiter: waiter, holders: [holder], lock: "transactionid", since: since)
    }

    private func details(_ backends: Set<Int>) -> [Int: BackendDetail] {
        Dictionary(
            backends.map {
                ($0, BackendDetail(state: BackendState(backend: $0, state: "active", statement: "s\($0)")))
            }
        ) { $1 }
    }

    @Test func circlesAreFoundOnceEach() {
        #expect(WaitTracker.cycles([edge(1, 2), edge(2, 3), edge(4, 1)]).isEmpty)
        #expect(WaitTracker.cycles([edge(3, 1), edge(1, 2), edge(2, 3), edge(4, 1)]) == [[1, 2, 3]])
        #expect(WaitTracker.cycles([edge(1, 2), edge(2, 1), edge(3, 4), edge(4, 3)]) == [[1, 2], [3, 4]])
    }

    @Test func thoseThatWaitForHoldersAreFoundThroughOthers() {
        let edges = [edge(2, 1), edge(3, 2), edge(5, 4)]
        #expect(WaitTracker.waiters(for: [1], in: edges) == [2, 3])
        #expect(WaitTracker.waiters(for: [6], in: edges).isEmpty)
    }

    @Test func aCircleCountsWhenTheSameWaitsShowItSeveralTimes() {
        var tracker = WaitTracker()
        var told: [WaitCycle] = []
        for time in 1...5 {
            let wanted = tracker.sample([edge(1, 2), edge(2, 1)], at: Int64(time))
            told += tracker.note(details(wanted), at: Int64(time))
        }
        #expect(told.map(\.time) == [3] && told.first?.members.map(\.statement) == ["s1", "s2"])
    }

    /// The locks of one sample are not read at one instant: waits that never met look like a circle.
    @Test func waitsThatBeginAnewAreNoCircle() {
        var tracker = WaitTracker()
        for time in 1...20 {
            let wanted = tracker.sample([edge(1, 2, since: "\(time)"), edge(2, 1)], at: Int64(time))
            #expect(tracker.note(details(wanted), at: Int64(time)).isEmpty)
        }
    }

    @Test func aWaitIsRecordedWithItsHolderWhenItEnds() {
        var tracker = WaitTracker()
        for time in 1...4 {
            let wanted = tracker.sample([edge(1, 2)], at: Int64(time))
            _ = tracker.note(details(wanted), at: Int64(time))
        }
        #expect(tracker.takeFinished().isEmpty)
        _ = tracker.sample([], at: 5)
        let wait = tracker.takeFinished().first
        #expect(wait?.time == 1 && wait?.end == 4 && wait?.holders.map(\.backend) == [2])
    }

    @Test func theServersLogIsReadBetweenTheMarksOfTheRun() throws {
        let place = try Workplace()
        defer { place.remove() }
        let file = place.directory + "/postgresql.json"
        try Data("an older line with 40P01\n".utf8).write(to: URL(filePath: file))
        let log = ServerLog(file: file, database: "ours")
        func line(_ second: Int, _ database: String, _ code: String, _ message: String) -> String {
            """
            {"timestamp":"2026-12-31 23:59:\(50 + second).250 CET","pid":7,"dbname":"\(database)",\
            "state_code":"\(code)","message":"\(message)","detail":"d","statement":"s"}

            """
        }
        let text =
            line(0, "ours", "00000", "contend mark x begin") + line(1, "ours", "40P01", "deadlock detected")
            + line(1, "other", "40P01", "deadlock detected") + line(2, "ours", "23505", "40001 in a text")
            + "torn 40001\n" + line(3, "ours", "00000", "contend mark x end")
        let handle = try #require(FileHandle(forWritingAtPath: file))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data(text.utf8))
        let content = log.read(from: "contend mark x begin", begun: 500, to: "contend mark x end")
        #expect(content.hasEnd && content.deadlocks == 1)
        #expect(content.errors.map(\.time) == [1_000_000_500])
        #expect(content.errors.first?.statement == "s")
    }

    /// A starved monitor's first mark comes after the load's first failures.
    @Test func failuresBeforeTheFirstMarkHaveTimesOfTheRun() throws {
        let place = try Workplace()
        defer { place.remove() }
        let file = place.directory + "/postgresql.json"
        func line(_ stamp: String, _ code: String, _ message: String) -> String {
            """
            {"timestamp":"\(stamp)","pid":7,"dbname":"ours","state_code":"\(code)","message":"\(message)"}

            """
        }
        let begin = line("2026-12-31 23:59:52.000 CET", "00000", "contend mark x begin")
        let failures =
            line("2026-12-31 23:59:51.000 CET", "40001", "early")
            + line("2031-12-31 23:59:51.000 CET", "40001", "of no run")
        for (text, times) in [(failures + begin, [-1_000_000_000 + 500]), (failures, [500])]
            as [(String, [Int64])]
        {
            let log = ServerLog(file: file, database: "ours")
            try Data(text.utf8).write(to: URL(filePath: file))
            let content = log.read(from: "contend mark x begin", begun: 500, to: "contend mark x end")
            #expect(content.errors.map(\.time) == times && content.counts == ["40001": 2])
            try FileManager.default.removeItem(atPath: file)
        }
    }

    @Test func datesAreCountedAcrossTheYear() throws {
        let last = try #require(ServerLog.nanoseconds("2027-12-31 23:59:59.999 UTC"))
        let first = try #require(ServerLog.nanoseconds("2028-01-01 00:00:00.000 UTC"))
        let leap = try #require(ServerLog.nanoseconds("2028-03-01 00:00:00.000 UTC"))
        #expect(first - last == 1_000_000 && leap - first == 60 * 86_400 * 1_000_000_000)
        #expect(ServerLog.nanoseconds("1970-01-02 00:00:01.000 UTC") == 86_401_000_000_000)
        #expect(ServerLog.nanoseconds("yesterday") == nil)
    }

    @Test(arguments: [
        "9223372036854775807-01-01 00:00:00.000 UTC", "2262-01-01 00:00:00.000 UTC",
        "2026-99999999999999999-01 00:00:00.000 UTC", "2026-01-9223372036854775807 00:00:00.000 UTC",
        "2026-01-01 00:00:9223372036854775807.000 UTC", "2026-01-01 00:00:00.9223372036854775807 UTC",
        "0001-01-01 00:00:00.000 UTC",
    ])
    func whatNoCalendarHasIsNoStamp(stamp: String) {
        #expect(ServerLog.nanoseconds(stamp) == nil)
    }

    @Test func aSocketIsReadFromTheKernelsTable() throws {
        let line: Substring =
            "   1: 0100007F:9C40 0100007F:1538 01 00000000:00000000 00:00000000 00000000  1000 0 48213 1"
        let socket = try #require(BackendOwners.socket(in: line))
        #expect(socket.local == 40_000 && socket.remote == 5_432 && socket.inode == "48213")
    }
}
