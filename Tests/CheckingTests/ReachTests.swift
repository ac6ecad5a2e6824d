// Whom the load reached: refused connections test nothing, rounds that hardly anybody answered are not
// judged,
// every replica answers, and all of them have one database.

import Core
import Histories
import Testing

@testable import Checking
@testable import Scenarios

@Suite struct ReachTests {
    /// Rounds of four overlapping renames and a read through each of three replicas.
    private func bursts(_ rounds: Int) -> RunBuilder {
        var run = RunBuilder(.register(), writes: ["rename", "create"], reads: ["show"])
        run.rounds = rounds
        for round in 0..<rounds { add(round, to: &run) }
        return run
    }

    private func add(_ round: Int, to run: inout RunBuilder) {
        let start = Double(round) * 100
        let key = "k\(round)"
        run.add("create", start, start + 1, key: key, replica: round % 3, phase: .before, round: round)
        for client in 0..<4 {
            run.add(
                "rename", start + 10 + Double(client), start + 20, key: key,
                values: ["unique": .string("v\(client)")], replica: client % 3, round: round)
        }
        for replica in 0..<3 {
            run.add(
                "show", start + 30 + Double(replica), start + 30.5 + Double(replica), key: key,
                captures: ["name": "v3"], replica: replica, phase: .after, round: round)
        }
    }

    private func refuse(_ index: Int, in run: inout RunBuilder) {
        run.operations[index].outcome = .fail
        run.operations[index].requests[0].status = nil
        run.operations[index].requests[0].failure = .refused
        run.operations[index].requests[0].outcome = .fail
    }

    private func renames(_ run: RunBuilder, round: Int) -> [Int] {
        run.operations.indices.filter {
            run.operations[$0].round == round && run.operations[$0].name == "rename"
        }
    }

    private func doubts(_ run: RunBuilder) -> [String] {
        run.judged().checks.filter { $0.verdict == .unknown }.map(\.name)
    }

    @Test func refusedConnectionsMeetNobodyAndLoseNothing() {
        var run = bursts(1)
        #expect(run.judged().tally.contended == 4)
        let all = renames(run, round: 0)
        for index in all.dropFirst(2) { refuse(index, in: &run) }
        #expect(run.judged().tally.contended == 2)
        refuse(all[1], in: &run)
        #expect(run.judged().tally.contended == 0 && run.judged().tally.losers == 0)
        #expect(doubts(run).contains("overlap"))
    }

    @Test func roundsThatHardlyAnybodyAnsweredAreNotCounted() throws {
        var run = bursts(10)
        #expect(run.judged().verdict == .pass, "\(run.judged().checks)")
        for round in 0..<5 { for index in renames(run, round: round).dropFirst() { refuse(index, in: &run) } }
        // The one rename of such a round that was answered is not the one that is shown.
        for index in run.operations.indices
        where run.operations[index].name == "show" && (run.operations[index].round ?? 9) < 5 {
            run.operations[index].captures["name"] = "v0"
        }
        var judgement = run.judged()
        #expect(judgement.verdict == .pass, "\(judgement.checks)")
        #expect(judgement.tally.rounds == 5 && judgement.tally.unansweredRounds == 5)
        #expect(
            judgement.checks.first { $0.kind == .model }?.explanation.contains("0 of 5 rounds: under 60.0 %")
                == true)
        for index in renames(run, round: 5).dropFirst() { refuse(index, in: &run) }
        for index in run.operations.indices
        where run.operations[index].name == "show" && run.operations[index].round == 5 {
            run.operations[index].captures["name"] = "v0"
        }
        judgement = run.judged()
        let doubt = try #require(judgement.checks.first { $0.verdict == .unknown })
        #expect(doubt.name == "rounds")
        #expect(
            doubt.explanation.hasPrefix(
                "only 4 of 10 rounds tested anything: 6 were answered by less than half; "))
    }

    @Test func aRoundOfWhichHalfWasAnsweredIsJudged() {
        var run = bursts(4)
        for index in renames(run, round: 0).prefix(2) { refuse(index, in: &run) }
        #expect(run.judged().tally.rounds == 4)
        #expect(run.judged().verdict == .pass)
    }

    @Test func aViolationInARoundThatIsNotCountedIsAViolation() {
        var run = bursts(1)
        for index in renames(run, round: 0).dropFirst() { refuse(index, in: &run) }
        #expect(run.judged().verdict == .violation, "v3 was refused and is shown")
    }

    private func void(_ rounds: some Sequence<Int>, in run: inout RunBuilder) {
        for round in rounds {
            run.operations.removeAll { $0.round == round && $0.name != "create" }
            for index in run.operations.indices where run.operations[index].round == round {
                run.operations[index].outcome = .fail
                run.operations[index].requests[0].outcome = .fail
                run.operations[index].requests[0].status = 503
            }
        }
    }

    @Test func manyVoidRoundsAreADoubtAndFewAreNot() {
        for (rounds, isDoubtful) in [([4], false), ([4, 9], true)] {
            var run = bursts(39)
            void(rounds, in: &run)
            #expect(doubts(run) == (isDoubtful ? ["rounds"] : []), "\(rounds)")
            #expect(run.judged().tally.voidRounds == rounds.count)
        }
    }

    @Test func voidRoundsThatAFaultExplainsCountOnlyWhenTheyAreMostOfThem() {
        var run = bursts(20)
        void(0..<10, in: &run)
        #expect(doubts(run) == ["rounds"])
        run.faults = (0..<3).map {
            FaultRecord(kind: .kill, target: .replica($0), start: 0, end: RunBuilder.time(2_000))
        }
        #expect(doubts(run) == [])
        void([10], in: &run)
        #expect(doubts(run) == ["rounds"])
    }

    @Test func roundsThatAreVoidToTheEndSayThatTheServiceDidNotComeBack() throws {
        var run = bursts(100)
        void(98..<100, in: &run)
        #expect(doubts(run) == [])
        void(97..<98, in: &run)
        let doubt = try #require(run.judged().checks.first { $0.verdict == .unknown })
        #expect(
            doubt.explanation.hasPrefix("the last 3 rounds could not be prepared and no fault explains it"))
        #expect(doubt.explanation.hasSuffix("for instance create: 503"))
    }

    @Test func aClosedLoadThatWasRefusedTestsNothing() {
        var run = RunBuilder(.register(), writes: ["rename"], reads: ["show"])
        run.isBurst = false
        for number in 0..<10 {
            run.add("rename", Double(number), Double(number) + 3, values: ["unique": .int(number)])
        }
        run.add("show", 90, 91, captures: ["name": 9], phase: .final)
        #expect(run.judged().verdict == .pass)
        for index in 0..<5 { refuse(index, in: &run) }
        #expect(doubts(run) == [])
        refuse(5, in: &run)
        #expect(doubts(run) == ["connections"])
        run.faults = (0..<3).map {
            FaultRecord(kind: .kill, target: .replica($0), start: 0, end: RunBuilder.time(8))
        }
        #expect(doubts(run) == [], "a fault explains them")
    }

    @Test func aRoundOfWhichNothingCouldBeSentIsVoid() {
        var run = bursts(4)
        run.operations.removeAll { $0.round == 1 && $0.phase == .load }
        #expect(run.judged().tally.voidRounds == 1)
        run.operations.removeAll { $0.round == 3 && $0.phase != .before }
        #expect(run.judged().tally.voidRounds == 1, "the run was cut short")
    }

    @Test func operationsThatLackWhatOthersNeedAreCounted() throws {
        var run = RunBuilder(.register(), writes: ["create", "rename"], reads: ["show"])
        run.isBurst = false
        run.declarations[0].steps[0].captures = [Capture(name: "id", source: .status)]
        run.declarations[1].needs = Need(operation: "create")
        run.declarations[1].steps[0].request.target = Template(parts: [.literal("/"), .placeholder("id")])
        run.add("rename", 0, 2, values: ["unique": "a", "id": 1])
        run.add("rename", 1, 3, values: ["unique": "b", "id": 2])
        run.add("show", 10, 11, captures: ["name": "b"], phase: .final)
        for number in 0..<20 {
            run.add("create", 0, 1, captures: number < 2 ? [:] : ["id": .int(number)])
        }
        #expect(doubts(run) == [])
        run.operations[run.operations.count - 1].captures = [:]
        let doubt = try #require(run.judged().checks.first { $0.verdict == .unknown })
        #expect(doubt.name == "captures that others need")
        #expect(doubt.explanation.hasPrefix("3 of 20 create were ok without `id`, so that"))
    }

    // MARK: - Losers

    @Test(arguments: [(409, true), (412, true), (428, true), (401, false), (404, false), (429, false)])
    func onlyRefusalsByTheServicesRulesLose(status: Int, loses: Bool) {
        var run = bursts(1)
        let loser = renames(run, round: 0)[0]
        run.operations[loser].outcome = .fail
        run.operations[loser].requests[0].outcome = .fail
        run.operations[loser].requests[0].status = status
        #expect(run.judged().tally.losers == (loses ? 1 : 0))
    }

    @Test func whatIsDeclaredToBeARefusalLoses() {
        var run = bursts(1)
        let loser = renames(run, round: 0)[0]
        run.operations[loser].outcome = .fail
        run.operations[loser].requests[0].outcome = .fail
        run.operations[loser].requests[0].status = 404
        let rename = run.declarations.firstIndex { $0.name == "rename" } ?? 0
        run.declarations[rename].steps[0].outcome.fail = [
            AnswerPattern([.status(StatusSet([403...403]))])
        ]
        #expect(run.judged().tally.losers == 0)
        run.declarations[rename].steps[0].outcome.fail += [
            AnswerPattern([.status(StatusSet([404...404]))])
        ]
        #expect(run.judged().tally.losers == 1)
        refuse(loser, in: &run)
        #expect(run.judged().tally.losers == 0)
    }

    // MARK: - Claims

    @Test func claimsOfDifferentKeysMeetInTheirRound() {
        var run = RunBuilder(.claims, writes: ["create", "drop"])
        run.add("create", 0, 2, key: "a")
        run.add("create", 1, 3, key: "b")
        #expect(run.judged().verdict == .pass, "\(run.judged().checks)")
        #expect(run.judged().tally.contended == 2)
        run.operations[1].round = 1
        #expect(doubts(run) == ["overlap"])
    }

    @Test func operationsWithoutAnyKeyMeetInTheLoad() {
        var run = RunBuilder(writes: ["reserve"], reads: [])
        run.isBurst = false
        run.invariants = [
            Invariant(name: "ids are unique", kind: .unique(operation: "reserve", name: "id"))
        ]
        run.add("reserve", 0, 2, captures: ["id": 1])
        run.add("reserve", 1, 3, captures: ["id": 2])
        #expect(run.judged().verdict == .pass, "\(run.judged().checks)")
        run.operations[1].invoked = RunBuilder.time(2.5)
        #expect(doubts(run) == ["overlap"])
    }

    // MARK: - Replicas

    @Test func aReplicaThatNeverAnsweredIsToldAndIsNoPlainPass() throws {
        var run = bursts(4)
        #expect(run.judged().verdict == .pass)
        for index in run.operations.indices where run.operations[index].requests[0].replica == 1 {
            refuse(index, in: &run)
        }
        let doubt = try #require(run.judged().checks.first { $0.name == "replicas that answer" })
        #expect(doubt.verdict == .unknown)
        #expect(
            doubt.explanation.hasPrefix(
                "replica 1 never answered ok (of 9 requests replica 1 answered refused 9 times)"))
    }

    @Test func aReplicaThatOnlyRefusesByItsRulesAnswers() {
        var run = RunBuilder(.claims, writes: ["create", "drop"])
        run.add("create", 0, 2, replica: 0)
        for number in 1..<8 {
            run.add("create", 0, 2 + Double(number), .fail, replica: 1 + number % 2, status: 409)
        }
        #expect(run.judged().verdict == .pass, "\(run.judged().checks)")
    }

    /// Each round's key is made through one replica; the others say that there is no such thing.
    private func apart(_ status: Int) -> RunBuilder {
        var run = bursts(6)
        for index in run.operations.indices {
            let operation = run.operations[index]
            guard operation.name != "create",
                operation.requests[0].replica != (operation.round ?? 0) % 3
            else { continue }
            run.operations[index].outcome = status == 200 ? .ok : .fail
            run.operations[index].captures = [:]
            run.operations[index].requests[0].outcome = run.operations[index].outcome
            run.operations[index].requests[0].status = status
        }
        // What the one replica shows is what was written through it.
        for index in run.operations.indices where run.operations[index].name == "show" {
            guard run.operations[index].outcome == .ok, !run.operations[index].captures.isEmpty else {
                continue
            }
            let replica = (run.operations[index].round ?? 0) % 3
            run.operations[index].captures["name"] = .string("v\(replica == 0 ? 3 : replica)")
        }
        return run
    }

    @Test func replicasThatDoNotShareADatabaseAreTold() throws {
        let run = apart(404)
        let doubt = try #require(run.judged().checks.first { $0.name == "replicas share the database" })
        #expect(doubt.verdict == .unknown && doubt.kind == .assumption)
        #expect(
            doubt.explanation.hasPrefix(
                "they do not: replica 0 found nothing in all 12 requests about what other replicas had "
                    + "acknowledged and still showed, and so it is with 2 more; "))
    }

    @Test func anotherServiceNeedNotKnowWhatOneAcknowledged() {
        var run = apart(404)
        run.services = ["api", "index", "search"].map { Service(name: $0, replicas: 1) }
        #expect(!run.judged().checks.contains { $0.name == "replicas share the database" })
    }

    /// A change may be refused for any reason, and whoever made the entity may be asked before the others.
    @Test(arguments: [false, true])
    func refusedChangesAreNoSignOfASharedDatabase(isDeletedMeanwhile: Bool) {
        var run = RunBuilder(.status(), writes: ["deactivate", "delete"], reads: ["show"])
        for round in 0..<6 {
            let start = Double(round) * 100
            let key = "k\(round)"
            run.add("deactivate", start, start + 2, key: key, replica: 0, round: round)
            run.add("deactivate", start + 1, start + 3, .fail, key: key, replica: 1, round: round)
            run.add("deactivate", start + 3, start + 5, .fail, key: key, replica: 2, round: round)
            if isDeletedMeanwhile {
                run.add("delete", start + 11, start + 12, key: key, replica: 0, round: round)
            }
            for replica in 0..<3 {
                let sent = start + 10 + 5 * Double(replica)
                run.add(
                    "show", sent, sent + 0.5, replica == 0 ? .ok : .fail, key: key,
                    captures: replica == 0 ? ["status": "deactivated"] : [:], replica: replica, phase: .after,
                    round: round, status: replica == 0 ? 200 : 404)
            }
        }
        let isTold = run.judged().checks.contains { $0.name == "replicas share the database" }
        #expect(isTold == !isDeletedMeanwhile)
    }

    @Test func anEntityThatIsGoneEverywhereIsNoSignOfSeparateDatabases() {
        var run = RunBuilder(
            .status(), writes: ["deactivate", "once", "reactivate", "delete"], reads: ["show"])
        for round in 0..<6 {
            let start = Double(round) * 100
            let key = "k\(round)"
            run.add("deactivate", start, start + 2, key: key, replica: 0, round: round)
            run.add("delete", start + 1, start + 3, key: key, replica: 1, round: round)
            for replica in 0..<3 {
                run.add(
                    "show", start + 10 + Double(replica), start + 10.5 + Double(replica), .fail, key: key,
                    replica: replica, phase: .after, round: round, status: 404)
            }
        }
        #expect(run.judged().verdict == .pass, "\(run.judged().checks)")
    }

    // MARK: - Answers

    @Test func theTableOfAnswersCountsEveryRequest() {
        var run = bursts(2)
        for index in renames(run, round: 1).prefix(1) { refuse(index, in: &run) }
        run.add("rename", 300, 310, .unknown, key: "k0", values: ["unique": "x"], round: 0, failure: .timeout)
        run.operations[run.operations.count - 1].requests[0].status = nil
        let answers = run.judged().answers
        #expect(
            answers == [
                AnswerCount(operation: "rename", status: 200, outcome: .ok, count: 7),
                AnswerCount(operation: "rename", status: nil, failure: .refused, outcome: .fail, count: 1),
                AnswerCount(operation: "rename", status: nil, failure: .timeout, outcome: .unknown, count: 1),
                AnswerCount(operation: "create", status: 200, outcome: .ok, count: 2),
                AnswerCount(operation: "show", status: 200, outcome: .ok, count: 6),
            ])
        #expect(answers.reduce(0) { $0 + $1.count } == run.operations.count)
    }

    @Test func stepsHaveAnswersOfTheirOwn() {
        var run = RunBuilder(writes: ["edit"], reads: [])
        let edit = run.declarations[0].steps[0]
        run.declarations[0].steps = ["read", "write"].map {
            Step(name: $0, request: edit.request)
        }
        func request(_ step: Int, _ attempt: Int, _ status: Int, _ outcome: Outcome) -> RequestRecord {
            RequestRecord(
                step: step, attempt: attempt, replica: 0, method: step == 0 ? "GET" : "PUT", target: "/",
                sent: 0, received: 1, status: status, outcome: outcome)
        }
        run.add(
            "edit", 0, 2,
            requests: [
                request(0, 0, 200, .ok), request(1, 0, 412, .fail), request(0, 1, 200, .ok),
                request(1, 1, 200, .ok),
            ])
        #expect(
            run.judged().answers == [
                AnswerCount(operation: "edit", step: "read", status: 200, outcome: .ok, count: 2),
                AnswerCount(operation: "edit", step: "write", status: 200, outcome: .ok, count: 1),
                AnswerCount(operation: "edit", step: "write", status: 412, outcome: .fail, count: 1),
            ])
    }
}
