// Deadlocks from what PostgreSQL counted, logged and showed, and monitors that did not see all of it, by
// hand.

import Core
import Histories
import Scenarios
import Testing

@testable import Checking

@Suite struct DeadlockJudgingTests {
    static let detail = """
        Process 11 waits for ShareLock on transaction 741; blocked by process 12.
        Process 12 waits for ShareLock on transaction 740; blocked by process 11.
        Process 11: UPDATE images SET name = 'a' WHERE id = 1
          AND version = 3 /*traceparent='00-00000000000000010000000000000001-0000000000000001-01'*/
        Process 12: UPDATE images SET name = 'b' WHERE id = 2
        """

    private func writes() -> RunBuilder {
        RunBuilder(.register(initial: "first"), writes: ["rename"], reads: ["show"])
    }

    private func judged(_ run: RunBuilder, _ observations: Observations) -> Judgement {
        judge(run.history, by: run.scenario, observations: observations)
    }

    private func watched(deadlocks: Int) -> Observations {
        var observations = Observations()
        observations.counters = [0, deadlocks].enumerated().map {
            DatabaseCounters(
                time: Int64($0.offset) * 1_000_000_000, deadlocks: $0.element, commits: 0, rollbacks: 0,
                conflicts: 0)
        }
        observations.began = 0
        observations.ended = 1_000_000_000
        observations.backends = [BackendRecord(time: 0, backend: 10, replica: 0, application: "")]
        return observations
    }

    /// A deadlock as the server logs it, of backends that are parties with the statements given.
    private func deadlock(at milliseconds: Double, victim: Int, _ statements: [Int: String]) -> ServerError {
        let backends = statements.keys.sorted()
        let next = Dictionary(uniqueKeysWithValues: zip(backends, backends.dropFirst() + backends.prefix(1)))
        let waits = backends.map {
            "Process \($0) waits for ShareLock on transaction \($0); blocked by process \(next[$0] ?? 0)."
        }
        let said = backends.map { "Process \($0): \(statements[$0] ?? "")" }
        return ServerError(
            time: RunBuilder.time(milliseconds), backend: victim, code: "40P01",
            detail: (waits + said).joined(separator: "\n"))
    }

    @Test func theServersWordsForADeadlockGiveEachPartyItsStatement() throws {
        let parties = PostgresWords.parties(in: Self.detail)
        try #require(parties.map(\.waiter) == [11, 12] && parties.map(\.holder) == [12, 11])
        #expect(parties[0].resource == "ShareLock on transaction 741")
        #expect(plainStatement(parties[0].statement).hasSuffix("WHERE id = 1 AND version = 3"))
        #expect(statementShape(parties[1].statement) == "UPDATE images SET name = ? WHERE id = ?")
        #expect(PostgresWords.parties(in: "Process 11 waits for a lock; blocked by process 12.").isEmpty)
    }

    @Test func aDeadlockIsToldWithItsCircleItsStatementsAndTheVictimsAnswer() throws {
        var run = writes()
        run.add("rename", 0, 50, values: ["unique": "a"], replica: 2)
        run.add("rename", 1, 40, .unknown, values: ["unique": "b"], replica: 1, status: 500)
        var observations = watched(deadlocks: 1)
        observations.backends = [
            BackendRecord(time: 0, backend: 11, replica: 2, application: ""),
            BackendRecord(time: 0, backend: 12, replica: 1, application: ""),
        ]
        observations.errors = [
            ServerError(
                time: 30_000_000, backend: 12, code: "40P01", detail: Self.detail,
                context: "while updating tuple (0,3) in relation \"images\"")
        ]
        let judgement = judged(run, observations)
        let finding = try #require(judgement.findings.first { $0.kind == .deadlock })
        let story = finding.story.joined(separator: "\n")
        #expect(finding.key == "images (0,3)" && finding.count == 1 && finding.judged == 0)
        #expect(
            story.contains("counted 1 deadlock; its log explains 1 with all statements; 0 were seen live"))
        #expect(story.contains("backend 11 of replica 2 (rename of client 0) waits"))
        #expect(story.contains("backend 12 of replica 1 (probably rename of client 1) waits"))
        #expect(story.contains("UPDATE images SET name = 'b' WHERE id = 2"))
        #expect(story.contains("rolled backend 12 back; its client was probably answered 500"))
        #expect(finding.example.map(\.id) == [0, 1])
        #expect(judgement.findings.count == 1, "the 500 is the victim's: one cause, one finding")
        #expect(judgement.tally.deadlocks == 1)
    }

    /// Without traces, and with many writes under way at once.
    @Test func aDeadlockUnderLoadNamesTheOperationAndMatchesTheServerErrorToItsVictim() throws {
        var run = writes()
        for client in 0..<4 {
            run.add("rename", 0, 60, values: ["unique": .string("\(client)")], replica: client % 2)
        }
        run.add("rename", 1, 33, .unknown, values: ["unique": "x"], replica: 1, status: 500)
        run.add("rename", 1, 34, .unknown, values: ["unique": "y"], replica: 0, status: 500)
        var observations = watched(deadlocks: 1)
        observations.backends = [
            BackendRecord(time: 0, backend: 11, replica: 0, application: ""),
            BackendRecord(time: 0, backend: 12, replica: 1, application: ""),
        ]
        observations.errors = [deadlock(at: 30, victim: 12, [11: "UPDATE a", 12: "UPDATE b"])]
        let findings = judged(run, observations).findings
        let finding = try #require(findings.first { $0.kind == .deadlock })
        #expect(finding.title == "1 deadlock: 2 rename waited for each other in a circle.")
        let story = finding.story.joined(separator: "\n")
        #expect(story.contains("backend 11 of replica 0 (one of 3 rename) waits"), "\(story)")
        #expect(story.contains("backend 12 of replica 1 (probably rename of client 4) waits"), "\(story)")
        #expect(story.contains("rolled backend 12 back; its client was probably answered 500."), "\(story)")
        #expect(finding.example.map(\.id) == [4], "the victim is known")
        // The other 500 is of another replica: no deadlock explains it.
        #expect(findings.first { $0.kind == .conflictAs5xx }?.count == 1)
    }

    @Test func deadlocksWithAStatementInCommonAreOneFinding() throws {
        var run = writes()
        run.add("rename", 0, 50, values: ["unique": "a"])
        var observations = watched(deadlocks: 4)
        observations.errors = [
            deadlock(at: 10, victim: 1, [1: "UPDATE a SET n = 1", 2: "UPDATE b SET n = 2"]),
            deadlock(at: 20, victim: 1, [1: "UPDATE a SET n = 3", 2: "UPDATE b SET n = 4"]),
            deadlock(
                at: 30, victim: 1,
                [1: "UPDATE b SET n = 3", 2: "UPDATE c SET n = 4", 3: "UPDATE c SET n = 5"]),
            deadlock(at: 40, victim: 1, [1: "DELETE FROM z", 2: "INSERT INTO z DEFAULT VALUES"]),
        ]
        let found = judged(run, observations).findings.filter { $0.kind == .deadlock }
        #expect(found.map(\.count) == [3, 1])
        #expect(found.allSatisfy { $0.judged == 0 })
        let story = try #require(found.first?.story.joined(separator: "\n"))
        #expect(story.contains("1 circle of these was made of other statements as well."), "\(story)")
        // The class is that of the circle which is most frequent: a rare one does not change it.
        observations.errors.remove(at: 2)
        let fewer = judged(run, observations).findings.filter { $0.kind == .deadlock }
        #expect(fewer.first?.classID == found.first?.classID)
    }

    @Test(arguments: [true, false])
    func whatTheModelsSayOfADeadlockIsTold(hasModel: Bool) throws {
        var run = writes()
        if !hasModel { run.models = [] }
        run.add("rename", 0, 50, values: ["unique": "a"])
        run.add("show", 60, 61, captures: ["name": "a"], phase: .after)
        let finding = try #require(
            judged(run, watched(deadlocks: 1)).findings.first { $0.kind == .deadlock })
        #expect(finding.example.isEmpty, "no operation is known")
        var observations = watched(deadlocks: 1)
        observations.errors = [deadlock(at: 30, victim: 1, [1: "UPDATE a", 2: "UPDATE b"])]
        let told = try #require(judged(run, observations).findings.first { $0.kind == .deadlock }?.story.last)
        #expect(
            told
                == (hasModel
                    ? "Nothing acknowledged was lost: every model held."
                    : "Whether anything was lost is not known: the scenario has no model."))
    }

    @Test func aMonitorThatWasLostMakesTheRunUnknown() throws {
        var run = writes()
        run.add("rename", 0, 50, values: ["unique": "a"])
        run.add("rename", 1, 50, values: ["unique": "a"])
        run.add("show", 60, 61, captures: ["name": "a"], phase: .after)
        #expect(judged(run, watched(deadlocks: 0)).verdict == .pass)
        func unknown(_ change: (inout Observations) -> Void) -> [String] {
            var observations = watched(deadlocks: 0)
            change(&observations)
            let judgement = judged(run, observations)
            #expect(judgement.findings.isEmpty)
            return judgement.checks.filter { $0.verdict == .unknown }.map(\.name)
        }
        #expect(
            unknown {
                $0.losses = [MonitorLoss(time: 500_000_000, message: "server closed\nthe connection")]
                $0.counters.removeLast()
            } == ["monitoring", "deadlocks"])
        #expect(unknown { $0.ended = nil } == ["monitoring", "deadlocks"], "its end is missing")
        #expect(unknown { $0.damage = ["line 3 cannot be read"] } == ["monitoring", "deadlocks"])
        #expect(
            unknown {
                $0.began = nil
                $0.counters.removeLast()
            } == ["monitoring", "deadlocks"], "a record of an older version that was cut")
        #expect(unknown { $0.began = nil }.isEmpty, "a whole one of an older version")
    }

    /// The server's own counts speak of the time in which nobody watched, if they are of one epoch.
    @Test(
        arguments: [("a", "a", .pass), ("a", "b", .unknown), (nil, nil, .unknown)]
            as [(String?, String?, Verdict)])
    func noDeadlockIsClaimedOfAGapUnlessTheServersCountsCoverIt(
        first: String?, last: String?, verdict: Verdict
    ) throws {
        var run = writes()
        run.add("rename", 0, 50, values: ["unique": "a"])
        var observations = watched(deadlocks: 0)
        observations.losses = [MonitorLoss(time: 500_000_000, message: "closed", regained: 600_000_000)]
        observations.counters[0].epoch = first
        observations.counters[1].epoch = last
        let checks = judged(run, observations).checks
        #expect(checks.first { $0.name == "deadlocks" }?.verdict == verdict)
        let monitoring = try #require(checks.first { $0.name == "monitoring" })
        #expect(monitoring.verdict == .unknown)
        #expect(monitoring.explanation.contains("500 ms after the run began (closed) and watched it again"))
    }

    @Test func aDatabaseThatNobodyUsedIsNotSaidToBeFreeOfDeadlocks() {
        var run = writes()
        run.add("rename", 0, 50, values: ["unique": "a"])
        func verdict(sessions: [Int?], backends: Int) -> Verdict? {
            var observations = watched(deadlocks: 0)
            observations.backends = (0..<backends).map {
                BackendRecord(time: 0, backend: $0, replica: nil, application: "")
            }
            for (index, count) in sessions.enumerated() { observations.counters[index].sessions = count }
            return judged(run, observations).checks.first { $0.name == "deadlocks" }?.verdict
        }
        #expect(verdict(sessions: [nil, nil], backends: 0) == .unknown)
        #expect(verdict(sessions: [1, 2], backends: 0) == .unknown, "the monitor's own connection")
        #expect(verdict(sessions: [1, 40], backends: 0) == .pass, "connections too short to be seen")
        #expect(verdict(sessions: [1, 2], backends: 1) == .pass)
    }

    @Test func aDeadlockThatOnlyTheCountersShowIsFoundAndSaidToBeUnexplained() throws {
        var run = writes()
        run.add("rename", 0, 50, values: ["unique": "a"])
        let finding = try #require(
            judged(run, watched(deadlocks: 3)).findings.first { $0.kind == .deadlock })
        #expect(finding.count == 3 && finding.title.contains("no statement is known"))
    }

    /// A server that others use as well counts the deadlocks of all.
    @Test func deadlocksWithoutACountAreNoMonitorThatDidNotWatch() throws {
        var run = writes()
        run.add("rename", 0, 50, values: ["unique": "a"])
        var observations = watched(deadlocks: 0)
        observations.counters = []
        observations.errors = [deadlock(at: 30, victim: 12, [11: "UPDATE a", 12: "UPDATE b"])]
        let judgement = judged(run, observations)
        let check = try #require(judgement.checks.first { $0.name == "deadlocks" })
        #expect(check.verdict == .degraded)
        #expect(
            check.explanation
                == "the database has no count of this run's deadlocks alone; its log explains 1 with "
                + "all statements; 0 were seen live")
    }

    @Test func aCleanDatabaseIsSaidToBeClean() {
        var run = writes()
        run.add("rename", 0, 50, values: ["unique": "a"])
        let judgement = judged(run, watched(deadlocks: 0))
        #expect(judgement.findings.isEmpty)
        #expect(judgement.checks.contains { $0.kind == .liveness && $0.verdict == .pass })
    }
}
