// The monitor's record and the trace of a request, written and read back.

import Core
import Foundation
import TestSupport
import Testing

@testable import Histories

@Suite struct ObservationTests {
    private static let logged =
        "Process 7 waits for A; blocked by process 8.\nProcess 8 waits for B; blocked by process 7.\n"
        + "Process 7: SELECT 1\nProcess 8: SELECT 2"

    private static var cluster: DatabaseCounters {
        var counters = DatabaseCounters(time: 2, deadlocks: 0, commits: 3, rollbacks: 4, conflicts: 0)
        counters.members = [
            MemberCounters(
                member: 1, certificationFailures: 2, aborts: 3, pausedNanoseconds: 4_000_000, pauses: 5)
        ]
        return counters
    }

    private static let lines: [ObservationLine] = [
        .begin(time: 0),
        .counters(
            DatabaseCounters(time: 1, deadlocks: 2, commits: 3, rollbacks: 4, conflicts: 5, sessions: 6)),
        .backend(BackendRecord(time: 1, backend: 7, replica: nil, application: "app")),
        .sessions(
            SessionSample(time: 2, pools: [SessionSample.Pool(replica: 1, connections: 2, openSince: 1)])),
        .cycle(
            WaitCycle(time: 3, members: [BackendState(backend: 7, state: "active", statement: "a/b \"c\"")])),
        .error(
            ServerError(
                time: 4, backend: 7, code: "40P01", detail: logged,
                context: "while updating tuple (0,3) in "
                    + "relation \"images\"")),
        .conflict(LoggedConflict(time: 5, replica: 0, code: 517, elapsedMilliseconds: nil, count: 6)),
        .pool(
            HeldPool(
                time: 5, replica: 0,
                members: [
                    BackendState(
                        backend: 7, state: "idle in transaction", statement: "s", isIdleInTransaction: true)
                ])),
        .wait(
            LockWait(
                time: 5, end: 6, waiter: BackendState(backend: 7, state: "active", statement: "s"),
                holders: [], lock: "tuple (0,3) of images")),
        .notice("something is missing"), .lost(MonitorLoss(time: 6, message: "it went")),
        .end(time: 7, databaseBytes: 8),
    ]

    private func read(_ text: String) throws -> Observations {
        let file = FileManager.default.temporaryDirectory.appending(
            path: "contend-\(UUID().uuidString).jsonl")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(text.utf8).write(to: file)
        return Observations.read(file.path)
    }

    @Test func everyRecordIsReadBackAsItWasWritten() throws {
        var expected = Observations()
        let lines = Self.lines + [.counters(Self.cluster)]
        for line in lines { expected.add(line) }
        #expect(try read(lines.map(\.text).joined()) == expected)
        #expect(Observations.read("/nowhere/monitor.jsonl").isEmpty)
    }

    @Test func theCommittedSchemaDescribesEveryRecord() throws {
        let text = ObservationLine.schema.text
        #expect(Golden.difference(of: text, fromRepositoryFile: "schemas/monitor.schema.json") == nil)
        let validator = SchemaValidator(ObservationLine.schema, strict: true)
        for line in Self.lines {
            let value = try JSON.parse(line.text.utf8)
            #expect(validator.problems(value).isEmpty, "\(line.text)")
            #expect(!validator.problems(value.replacing(["event"], with: "moon")).isEmpty)
        }
    }

    /// A record without what it must have is damage, be it read leniently or not.
    @Test func aRecordThatLacksARequiredMemberIsDamage() throws {
        let optional: Set = [
            "sessions", "epoch", "replica", "open_since", "idle", "place", "context", "statement", "parties",
            "elapsed_milliseconds", "reason", "database_bytes", "regained",
        ]
        var count = 0
        for line in Self.lines {
            let value = try JSON.parse(line.text.utf8)
            for name in value.members.keys where !optional.contains(name) {
                let text = JSON.text(value.replacing([name], with: nil)) + "\n"
                #expect(try read(text).damage.count == 1, "\(text)")
                count += 1
            }
        }
        #expect(count > 30)
    }

    @Test func ofTwoSpellingsOfANameThatOfTodayCounts() throws {
        let line =
            #"{"event":"conflict","time":5,"replica":0,"code":5,"count":1,"elapsedMilliseconds":3,"#
            + #""elapsed_milliseconds":4,"someName":1,"some_name":2}"# + "\n"
        let observations = try read(line)
        #expect(observations.damage == [])
        #expect(observations.conflicts.first?.elapsedMilliseconds == 4)
    }

    @Test func namesOfBeforeAreRead() throws {
        let observations = try read(
            #"""
            {"event":"sessions","time":2,"pools":[{"active":1,"blocked":0,"connections":4,"idleInTransaction":3,            "openSince":1,"replica":0,"waiting":0}]}
            {"code":5,"count":1,"elapsedMilliseconds":3,"event":"conflict","replica":0,"time":5}

            """#.replacing("\\\n", with: ""))
        #expect(observations.damage == [])
        #expect(observations.sessions.first?.pools.first?.idleInTransaction == 3)
        #expect(observations.sessions.first?.pools.first?.openSince == 1)
        #expect(observations.conflicts.first?.elapsedMilliseconds == 3)
    }

    @Test func countersOfAnOlderVersionAreRead() throws {
        let line =
            #"{"commits":3,"conflicts":5,"deadlocks":2,"event":"counters","rollbacks":4,"time":1}"# + "\n"
        #expect(try read(line).counters.map(\.deadlocks) == [2])
    }

    /// As runs of older versions recorded them.
    @Test func linesThatHoldTheServersWordsAreRead() throws {
        let line = #"""
            {"backend":7,"code":"40P01","context":"while updating tuple (0,3) in relation \"images\"",\
            "detail":"Process 7 waits for A; blocked by process 8.\nProcess 8 waits for B; blocked by \
            process 7.\nProcess 7: SELECT 1\nProcess 8: SELECT 2","event":"error","time":4}
            {"code":517,"count":6,"event":"conflict","replica":0,"time":5}
            {"event":"pool","members":[{"backend":7,"state":"idle in transaction (aborted)",\
            "statement":"s"}],"replica":1,"time":6}

            """#.replacing("\\\n", with: "")
        let observations = try read(line)
        var expected = Observations()
        expected.add(Self.lines[5])
        #expect(observations.errors == expected.errors && observations.damage.isEmpty)
        #expect(observations.errors.first?.parties.map(\.statement) == ["SELECT 1", "SELECT 2"])
        #expect(observations.errors.first?.place == "images (0,3)")
        #expect(observations.conflicts.map(\.refusal) == [.staleSnapshot])
        #expect(observations.pools.first?.members.map(\.isIdleInTransaction) == [true])
    }

    @Test func aMonitorThatBeganAgainLeavesAGapInBetween() throws {
        let lines: [ObservationLine] = [
            .begin(time: 0), .lost(MonitorLoss(time: 1_000_000, message: "m")), .begin(time: 3_000_000),
            .end(time: 9_000_000),
        ]
        let observations = try read(lines.map(\.text).joined())
        #expect(observations.began == 0 && observations.losses.map(\.regained) == [3_000_000])
        #expect(observations.isWatchedInTheEnd)
        #expect(
            observations.gaps == [
                "the monitor lost the database 1 ms after the run began (m) and watched it again from 3 ms on"
            ])
        #expect(try !read(lines.dropLast(2).map(\.text).joined()).isWatchedInTheEnd)
    }

    @Test func aWholeRecordHasNoGapsWhereverItIsCutItHas() throws {
        let whole = Self.lines.filter { if case .lost = $0 { false } else { true } }.map(\.text)
        #expect(try read(whole.joined()).gaps.isEmpty)
        for count in 1..<whole.count {
            #expect(try !read(whole.prefix(count).joined()).gaps.isEmpty, "\(count) lines")
            let torn = whole.prefix(count).joined() + whole[count].dropLast(3)
            #expect(try !read(torn).gaps.isEmpty, "\(count) lines and a part")
        }
        #expect(try read("").gaps.isEmpty && read("").isEmpty, "nobody watched")
    }

    @Test func aDamagedLineIsNamedAndTheRestIsRead() throws {
        let text = Self.lines[1].text + "{}\n" + Self.lines[2].text + "torn"
        let observations = try read(text)
        #expect(observations.damage == ["line 2 of the monitor's record and 1 more cannot be read"])
        #expect(observations.counters.count == 1 && observations.backends.count == 1)
        #expect(observations.gaps == observations.damage)
    }

    @Test(arguments: ["9223372036854775807", "-9223372036854775808", "1e300"])
    func aNumberThatCannotBeAddedUpIsDamage(number: String) throws {
        let line = Self.lines[1].text
        let observations = try read(line.replacing(/"time":[0-9]+/, with: "\"time\":\(number)"))
        #expect(observations.damage == ["line 1 of the monitor's record cannot be read"])
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
