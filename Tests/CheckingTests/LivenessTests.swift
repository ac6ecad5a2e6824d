// Exhausted pools, livelocks and starvation from what monitors and clients saw, by hand.

import Core
import Histories
import Scenarios
import Testing

@testable import Checking

@Suite struct LivenessTests {
    private func writes() -> RunBuilder {
        RunBuilder(.register(initial: "first"), writes: ["rename"], reads: ["show"])
    }

    private func judged(_ run: RunBuilder, _ observations: Observations) -> Judgement {
        judge(run.history, by: run.scenario, observations: observations)
    }

    @Test func theLongestWaitTheHottestRowAndIdleHoldersAreTold() throws {
        func wait(_ milliseconds: Int64, _ lock: String, behind state: String) -> LockWait {
            LockWait(
                time: 0, end: milliseconds * 1_000_000,
                waiter: BackendState(backend: 1, state: "active", statement: "UPDATE images SET name = 'a'"),
                holders: [BackendState(backend: 2, state: state, statement: "SELECT 1")], lock: lock)
        }
        var observations = Observations()
        observations.waits = [
            wait(40, "tuple (0,3) of images", behind: "active"),
            wait(900, "transactionid", behind: "idle in transaction"),
            wait(50, "tuple (0,3) of images", behind: "active"), wait(60, "transactionid", behind: "active"),
            wait(70, "transactionid", behind: "active"),
        ]
        let check = try #require(judged(writes(), observations).checks.first { $0.name == "lock waits" })
        #expect(check.verdict == .pass)
        #expect(
            check.explanation
                == "5 waits seen, the longest 900.000 ms for transactionid: UPDATE images SET name = 'a'; "
                + "most, 2, on tuple (0,3) of images; 1 wait behind a transaction that did nothing")
    }

    /// Between begin and end; no finding, whatever it comes to.
    @Test func whatOtherNodesWonIsToldAndIsNoDeadlock() throws {
        func counters(_ time: Int64, _ failures: Int, _ aborts: Int, _ pauses: Int) -> DatabaseCounters {
            var counters = DatabaseCounters(
                time: time, deadlocks: 0, commits: 0, rollbacks: 0, conflicts: 0, sessions: Int(time),
                epoch: "1")
            counters.members = (0..<2).map {
                MemberCounters(
                    member: $0, certificationFailures: failures, aborts: $0 * aborts,
                    pausedNanoseconds: pauses * 3_000_000, pauses: $0 * pauses)
            }
            return counters
        }
        var observations = Observations()
        observations.counters = [counters(0, 5, 5, 5), counters(9, 5, 5, 5)]
        let none = judged(writes(), observations).checks.first { $0.name == "certification" }
        #expect(none?.explanation == "the database refused no transaction for one of another node")
        observations.counters[1] = counters(9, 7, 8, 6)
        let (findings, checks) = (
            judged(writes(), observations).findings, judged(writes(), observations).checks
        )
        let told = try #require(checks.first { $0.name == "certification" })
        #expect(
            told.explanation
                == "the database refused 7 transactions because one of another node came first: "
                + "4 certification failures at COMMIT, 3 ended before it; no deadlock; "
                + "flow control stopped writing 1 time, for 3.000 ms in all")
        #expect(told.verdict == .pass && findings.isEmpty)
        #expect(checks.first { $0.name == "deadlocks" }?.verdict == .pass)
    }

    private func samples(_ idle: [Int], every milliseconds: Int64, since: Int64 = 0) -> [SessionSample] {
        idle.enumerated().map { position, idle in
            SessionSample(
                time: Int64(position) * milliseconds * 1_000_000,
                pools: [
                    SessionSample.Pool(
                        replica: 0, connections: 4, active: 4 - idle, idleInTransaction: idle,
                        openSince: since)
                ])
        }
    }

    @Test func anExhaustedPoolIsFlaggedWithinASecondAndConfirmedByItsFailures() throws {
        var run = writes()
        for client in 0..<4 {
            run.add(
                "rename", 0, 3000, .fail, values: ["unique": .string("\(client)")], client: client,
                replica: 0,
                status: 503)
        }
        var observations = Observations()
        observations.sessions = samples(Array(repeating: 4, count: 29), every: 100)
        let stretch = try #require(PoolDeadlockJudging.stretches(observations.sessions).first)
        #expect(stretch.flagged - stretch.start < 1_000_000_000)
        let finding = try #require(judged(run, observations).findings.first { $0.kind == .poolDeadlock })
        #expect(finding.title.hasPrefix("A pool deadlock"), "\(finding.title)")
        // What the pool kept waiting is no finding of its own.
        for index in run.operations.indices {
            run.operations[index].outcome = .unknown
            run.operations[index].requests[0].outcome = .unknown
        }
        #expect(judged(run, observations).findings.map(\.kind) == [.poolDeadlock])
        run.operations[0].outcome = .ok
        run.operations[0].requests[0].outcome = .ok
        let slow = try #require(judged(run, observations).findings.first { $0.kind == .poolDeadlock })
        #expect(slow.title.hasPrefix("A suspected pool deadlock"), "\(slow.title)")
    }

    @Test func aPoolWhoseRestWaitsForItsIdleHoldersIsOneOnlyWhenTheHoldersFail() throws {
        var run = writes()
        for client in 0..<4 {
            run.add(
                "rename", 0, 3000, client < 2 ? .fail : .ok, values: ["unique": .string("\(client)")],
                client: client, replica: 0, status: client < 2 ? 503 : 200)
        }
        var observations = Observations()
        observations.sessions = (0..<29).map {
            SessionSample(
                time: $0 * 100_000_000,
                pools: [
                    SessionSample.Pool(
                        replica: 0, connections: 4, waiting: 2, idleInTransaction: 2, blocked: 2, openSince: 0
                    )
                ])
        }
        let idle = BackendState(
            backend: 1, state: "idle in transaction", statement: "SELECT 1 /*traceparent=''*/")
        observations.pools = [HeldPool(time: 600_000_000, replica: 0, members: [idle, idle])]
        let finding = try #require(judged(run, observations).findings.first { $0.kind == .poolDeadlock })
        #expect(finding.title.hasPrefix("A pool deadlock"), "\(finding.title)")
        #expect(finding.story.contains { $0.contains("2 × SELECT 1") }, "\(finding.story)")
        // A holder that answers in the end was only slow.
        run.operations[0].outcome = .ok
        run.operations[0].requests[0].outcome = .ok
        #expect(!judged(run, observations).findings.contains { $0.kind == .poolDeadlock })
    }

    /// One holder that is slow because its replica is overloaded, and seven that wait for its lock.
    private func overloaded(until end: Int) -> Observations {
        var observations = Observations()
        observations.sessions = (0...end / 100).map {
            SessionSample(
                time: Int64($0) * 100_000_000,
                pools: [
                    SessionSample.Pool(
                        replica: 0, connections: 8, waiting: 7, idleInTransaction: 1, blocked: 7, openSince: 0
                    )
                ])
        }
        return observations
    }

    @Test func clientsThatGiveUpOnAnOverloadedReplicaConfirmNothing() {
        var run = writes()
        for client in 0..<8 {
            // Of an open load, requests wait for longer than clients do, whatever the pool does.
            let gaveUp = client.isMultiple(of: 2)
            run.add(
                "rename", -4000, gaveUp ? 1000 : 780 + Double(client), gaveUp ? .unknown : .ok,
                values: ["unique": .string("\(client)")], client: client, replica: 0,
                failure: gaveUp ? .timeout : nil)
        }
        #expect(!judged(run, overloaded(until: 700)).findings.contains { $0.kind == .poolDeadlock })
        // Those that waited for the lock may be refused after the holder was answered.
        run.add("rename", -100, 790, .fail, values: ["unique": "late"], client: 8, replica: 0, status: 503)
        #expect(!judged(run, overloaded(until: 700)).findings.contains { $0.kind == .poolDeadlock })
    }

    @Test func oneThatOutlastsTheClientsPatienceIsConfirmed() throws {
        var run = writes()
        for client in 0..<16 {
            // The service gives up later than the clients: nobody is left to hear of it.
            let began = client < 8 ? -5.0 : 1000
            run.add(
                "rename", began, began + 1000, .unknown, values: ["unique": .string("\(client)")],
                client: client % 8, replica: 0, failure: .timeout)
        }
        run.add("rename", 3100, 3110, values: ["unique": "later"], client: 1, replica: 0)
        let finding = try #require(
            judged(run, overloaded(until: 3000)).findings.first { $0.kind == .poolDeadlock })
        #expect(finding.title.hasPrefix("A pool deadlock"), "\(finding.title)")
    }

    @Test func aReplicaThatNeverAnswersAgainConfirmsIt() throws {
        var run = writes()
        for client in 0..<8 {
            run.add(
                "rename", -400, 3000, .unknown, values: ["unique": .string("\(client)")], client: client,
                replica: 0, failure: .timeout)
        }
        let finding = try #require(
            judged(run, overloaded(until: 2900)).findings.first { $0.kind == .poolDeadlock })
        #expect(finding.title.hasPrefix("A pool deadlock"), "\(finding.title)")
        // Another replica's answers are of another pool.
        run.add("rename", 2950, 3100, values: ["unique": "elsewhere"], client: 9, replica: 1)
        #expect(judged(run, overloaded(until: 2900)).findings.contains { $0.kind == .poolDeadlock })
        run.add("rename", 2950, 3100, values: ["unique": "later"], client: 10, replica: 0)
        #expect(!judged(run, overloaded(until: 2900)).findings.contains { $0.kind == .poolDeadlock })
    }

    @Test func aPoolThatAnswersOrHasAConnectionLeftIsNoDeadlock() {
        var run = writes()
        run.add("rename", 0, 3000, .fail, values: ["unique": "a"], replica: 0, status: 503)
        var observations = Observations()
        observations.sessions = samples(Array(repeating: 3, count: 29), every: 100)
        #expect(judged(run, observations).findings.isEmpty)
        // Nobody watched for a moment, in which the pool may have moved.
        #expect(
            PoolDeadlockJudging.stretches(
                samples(Array(repeating: 4, count: 9), every: 100),
                losses: [MonitorLoss(time: 450_000_000, message: "", regained: 460_000_000)]
            ).isEmpty)
        observations.sessions = samples([4, 4, 4, 3, 4, 4, 4, 3], every: 100)
        #expect(PoolDeadlockJudging.stretches(observations.sessions).isEmpty)
        observations.sessions = samples(Array(repeating: 4, count: 29), every: 100)
        run.add("rename", 1000, 1500, values: ["unique": "b"], replica: 0)
        #expect(!judged(run, observations).findings.contains { $0.kind == .poolDeadlock })
    }

    private func step(_ clients: Int, _ perSecond: Int, _ abortedPerSuccess: Double) -> LivelockJudging.Step {
        var step = LivelockJudging.Step(clients: clients, start: 0, end: 10_000_000_000)
        step.answered = perSecond * 10
        step.succeeded = perSecond * 10
        step.aborted = Int(Double(step.succeeded) * abortedPerSuccess)
        return step
    }

    /// Measured by hand on PostgreSQL 15, one hot row, SERIALIZABLE.
    @Test func immediateRetriesAreALivelockAndJitteredPausesAreHealthy() {
        let immediate = [step(2, 480, 0.75), step(8, 535, 4.6), step(32, 136, 11.7)]
        #expect(LivelockJudging.collapsed(immediate)?.step.clients == 32)
        let jittered = [step(2, 480, 0.4), step(8, 535, 1.0), step(32, 500, 1.5)]
        #expect(LivelockJudging.collapsed(jittered) == nil)
        let overloaded = [step(2, 480, 0), step(8, 535, 0), step(32, 136, 0.1)]
        #expect(LivelockJudging.collapsed(overloaded) == nil, "slow, but no attempt is wasted")
        let disturbed = [step(2, 844, 0.1), step(8, 775, 0.6), step(64, 372, 3.0)]
        #expect(LivelockJudging.collapsed(disturbed) == nil, "a quarter of the attempts comes through")
    }

    @Test func aServiceThatCountsItsAttemptsBeyondAllBoundsBreaksNothing() {
        var run = writes()
        for client in 0..<3 {
            run.add(
                "rename", 0, 50, values: ["unique": .string("\(client)")], captures: ["attempts": .int(.max)],
                client: client)
        }
        #expect(judged(run, Observations()).findings.contains { $0.kind == .livelock })
    }

    @Test(arguments: [(48, false), (49, true)])
    func oneOperationWithoutBoundIsALivelock(attempts: Int, isFound: Bool) {
        var run = writes()
        run.add("rename", 0, 50, values: ["unique": "a"], captures: ["attempts": .string("\(attempts)")])
        #expect(judged(run, Observations()).findings.contains { $0.kind == .livelock } == isFound)
    }

    /// Reads, changes, and writes back if nobody was faster: of all that try at once one comes through.
    private func compareAndSet(_ clients: Int, losing attempts: (Int) -> Int) -> RunBuilder {
        var run = writes()
        for client in 0..<clients {
            let end = Double(client) + 1
            func request(_ step: Int, _ attempt: Int, _ outcome: Outcome) -> RequestRecord {
                RequestRecord(
                    step: step, attempt: attempt, replica: 0, method: step == 0 ? "GET" : "PUT", target: "/",
                    sent: 0, received: RunBuilder.time(end), status: outcome == .ok ? 200 : 412,
                    outcome: outcome)
            }
            let tries = attempts(client)
            let requests = (0..<tries).flatMap { attempt in
                [request(0, attempt, .ok), request(1, attempt, attempt == tries - 1 ? .ok : .fail)]
            }
            run.add("rename", 0, end, values: ["unique": .string("\(client)")], requests: requests)
        }
        return run
    }

    @Test func theLoserOfAHealthyCompareAndSetMayTryAsOftenAsThereAreClients() {
        let healthy = compareAndSet(60) { $0 + 1 }
        #expect(healthy.operations.map(\.attempts).max() == 60, "steps of one attempt are one attempt")
        let judgement = judged(healthy, Observations())
        #expect(!judgement.findings.contains { $0.kind == .livelock }, "\(judgement.findings.map(\.title))")
        // The same where clients go on, and one of them loses against many that come through.
        var unlucky = compareAndSet(4) { $0 == 3 ? 100 : 1 }
        unlucky.operations[3].returned = RunBuilder.time(1_000)
        #expect(judged(unlucky, Observations()).findings.contains { $0.kind == .livelock })
        for number in 0..<100 {
            let start = 100 + Double(number)
            unlucky.add("rename", start, start + 0.5, values: ["unique": .string("w\(number)")], client: 0)
        }
        #expect(!judged(unlucky, Observations()).findings.contains { $0.kind == .livelock })
    }

    @Test(arguments: [
        (517, 0, DatabaseRefusal.staleSnapshot), (5, 1, .upgradeDeadlock), (5, 1500, .contention),
    ])
    func sqlitesRefusalsAreToldApart(code: Int, elapsed: Int, refusal: DatabaseRefusal) {
        #expect(SQLiteWords.refusal(code: code, elapsedMilliseconds: elapsed) == refusal)
        var request = RequestRecord(step: 0, attempt: 0, replica: 0, method: "PUT", target: "/", sent: 0)
        request.excerpt = "{\"database_code\":\"SQLite \(code)\",\"elapsed_ms\":\(elapsed)}"
        #expect(request.refusal == refusal)
    }

    @Test func upgradeDeadlocksOfSQLiteAreCountedInAnswersAndLogs() throws {
        var run = writes()
        run.add("rename", 0, 50, values: ["unique": "a"])
        var observations = Observations()
        observations.conflicts = [
            LoggedConflict(time: 0, replica: 0, code: 5, elapsedMilliseconds: 0, count: 7),
            LoggedConflict(time: 0, replica: 0, code: 517, elapsedMilliseconds: 0, count: 2),
        ]
        let finding = try #require(judged(run, observations).findings.first { $0.kind == .deadlock })
        #expect(finding.count == 7)
        observations.conflicts.removeFirst()
        #expect(judged(run, observations).findings.isEmpty)
    }

    @Test func aReplicaThatAnswersNextToNothingStarves() throws {
        var run = writes()
        run.isBurst = false
        for number in 0..<200 {
            let start = Double(number) * 10
            run.add(
                "rename", start, start + 9, values: ["unique": .string("\(number)")], client: 0, replica: 0)
        }
        run.add("rename", 0, 1990, values: ["unique": "slow"], client: 1, replica: 1)
        let finding = try #require(
            judged(run, Observations()).findings.first { $0.kind == .starvation })
        #expect(finding.key == "replica 1")
        #expect(finding.title == "Replica 1 answered 1 request while the others answered 200 on average.")
        #expect(finding.example.map { $0.value("unique") } == ["slow"], "one that it kept waiting")
    }
}
