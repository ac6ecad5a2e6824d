// Processor time: from tables of processes, and from real ones.

import Foundation
import Testing

@testable import Clusters

@Suite struct CPUClockTests {
    private static func entry(_ pid: Int32, parent: Int32, group: Int32, ticks: UInt64, start: UInt64 = 1)
        -> ProcessEntry
    {
        var entry = ProcessEntry(
            identity: ProcessIdentity(pid: pid, start: start), parent: parent, group: group, state: "S")
        entry.ticks = ticks
        return entry
    }

    @Test func allFourFiguresOfAProcessCount() throws {
        let zeros = Array(repeating: "0", count: 8).joined(separator: " ")
        let entry = try #require(ProcessEntry(stat: "42 (a b) S 7 42 \(zeros) 1 20 300 4000 0 0 0 0 99"))
        #expect(entry.ticks == 4_321 && entry.identity.start == 99)
    }

    @Test func aReplicaIsItsWholeGroupAndAServerAllBelowItButTheMonitor() {
        let table = ProcessTable([
            Self.entry(10, parent: 1, group: 10, ticks: 100),
            Self.entry(11, parent: 10, group: 10, ticks: 20),
            Self.entry(20, parent: 1, group: 20, ticks: 5), Self.entry(21, parent: 20, group: 21, ticks: 50),
            Self.entry(22, parent: 20, group: 22, ticks: 700),
        ])
        #expect(table.ticks(ofGroup: 10)?.ticks == 120)
        #expect(table.ticks(below: 20, leaving: 22)?.ticks == 55)
        #expect(table.ticks(below: 20, leaving: nil)?.ticks == 755)
        #expect(table.ticks(ofGroup: 99) == nil && table.ticks(below: 99, leaving: nil) == nil)
    }

    @Test func aBackendThatEndedIsInItsServersTime() {
        let before = ProcessTable([
            Self.entry(20, parent: 1, group: 20, ticks: 5), Self.entry(21, parent: 20, group: 21, ticks: 50),
        ])
        // It used 30 more, ended, and the server waited for it.
        let after = ProcessTable([Self.entry(20, parent: 1, group: 20, ticks: 85)])
        let clocks = [before, after].map { table in
            CPUClock(
                replicas: [],
                database: [
                    table.ticks(below: 20, leaving: nil)
                        .map { CPUClock.Reading(process: $0.root, ticks: $0.ticks) }
                ])
        }
        let used = clocks[1].seconds(since: clocks[0])
        #expect(used.database == 30 / Double(sysconf(Int32(_SC_CLK_TCK))))
        #expect(used.service == nil, "no replica was contend's own")
    }

    @Test func aReplicaThatWasReplacedMakesTheServicesTimeUnknown() {
        func clock(_ start: UInt64, _ ticks: UInt64) -> CPUClock {
            CPUClock(
                replicas: [
                    CPUClock.Reading(process: ProcessIdentity(pid: 10, start: start), ticks: ticks),
                    CPUClock.Reading(process: ProcessIdentity(pid: 11, start: 1), ticks: ticks),
                ], database: [])
        }
        #expect(
            clock(1, 300).seconds(since: clock(1, 100)).service == 400 / Double(sysconf(Int32(_SC_CLK_TCK))))
        #expect(clock(2, 300).seconds(since: clock(1, 100)).service == nil)
    }

    @Test func aProcessThatWorksIsSeenWorking() async throws {
        let worker = ProcessSpawn(
            arguments: ["/bin/sh", "-c", "while :; do :; done"], environment: [:], output: .none)
        let pid = try worker.start().get()
        defer {
            kill(pid, SIGKILL)
            var status: Int32 = 0
            waitpid(pid, &status, 0)
        }
        let begin = try #require(ProcessTable.scan().ticks(ofGroup: pid))
        let hasWorked = try await eventually {
            try #require(ProcessTable.scan().ticks(ofGroup: pid)).ticks >= begin.ticks + 5
        }
        #expect(hasWorked)
    }
}
