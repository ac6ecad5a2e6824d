// Judging as a whole: unknown attempts, determinism, counting, and runs of realistic size within the budget.

import Core
import Histories
import Scenarios
import Testing

@testable import Checking

@Suite struct JudgeTests {
    @Test func unknownAttemptMayTakeEffectLater() {
        var run = RunBuilder(.register(initial: "first"), writes: ["rename"], reads: ["show"])
        func request(_ attempt: Int, _ at: Double, _ outcome: Outcome, method: String = "PUT")
            -> RequestRecord
        {
            RequestRecord(
                step: 0, attempt: attempt, replica: 0, method: method, target: "/",
                sent: RunBuilder.time(at), received: RunBuilder.time(at + 0.5), outcome: outcome)
        }
        run.add(
            "rename", 0, 2, values: ["unique": "a"], requests: [request(0, 0, .unknown), request(1, 1, .ok)])
        run.add("rename", 1, 3, values: ["unique": "b"])
        run.add("show", 10, 11, captures: ["name": "b"], phase: .after)
        run.add("show", 12, 13, captures: ["name": "a"], phase: .after)
        #expect(run.judged().findings.isEmpty, "the first attempt came late")
        run.operations[0].requests = [request(0, 0, .unknown, method: "GET"), request(1, 1, .ok)]
        #expect(run.judged().findings.count == 1, "a safe method has no effect")
    }

    @Test func writeWithoutAnAnswerMayTakeEffectLaterOrNever() {
        var run = RunBuilder(.register(initial: "first"), writes: ["rename"], reads: ["show"])
        run.add("rename", 0, 2, .unknown, values: ["unique": "a"])
        run.add("rename", 1, 3, values: ["unique": "b"])
        run.add("show", 10, 11, captures: ["name": "b"], phase: .after)
        #expect(run.judged().findings.isEmpty, "never")
        run.add("show", 12, 13, captures: ["name": "a"], phase: .after)
        #expect(run.judged().findings.isEmpty, "after it was given up")
        run.add("show", 14, 15, captures: ["name": "b"], phase: .after)
        #expect(run.judged().findings.count == 1, "once at most")
    }

    @Test func contentionIsCountedAsByComparingAllPairs() {
        for seed in UInt64(1)...200 {
            var generator = SeededGenerator(state: seed)
            var run = RunBuilder(.register(), writes: ["rename"], reads: ["show"])
            for _ in 0..<10 {
                let from = Double(Int.random(in: 0...30, using: &generator))
                let to = from + Double(Int.random(in: 0...4, using: &generator))
                run.add(
                    Bool.random(using: &generator) ? "rename" : "show", from, to,
                    key: Bool.random(using: &generator) ? "k" : "l")
            }
            let operations = run.history.operations
            let expected = operations.indices.filter { index in
                operations.indices.contains { other in
                    let (one, two) = (operations[index], operations[other])
                    return index != other && one.values["key"] == two.values["key"]
                        && (one.name == "rename" || two.name == "rename")
                        && one.invoked <= two.returned ?? .max && two.invoked <= one.returned ?? .max
                }
            }
            let facts = RunFacts(run.history, run.scenario)
            let contended = run.operations.indices.filter(facts.entities.isContended)
            #expect(contended == expected, "seed \(seed)")
        }
    }

    @Test func refusedWriteWithAnUnknownAttemptMayStillTakeEffect() {
        var run = RunBuilder(.register(initial: "first"), writes: ["rename"], reads: ["show"])
        let requests = [Outcome.unknown, .fail].enumerated().map { attempt, outcome in
            RequestRecord(
                step: 0, attempt: attempt, replica: 0, method: "PUT", target: "/",
                sent: Int64(attempt), received: Int64(attempt + 1), outcome: outcome)
        }
        run.add("rename", 0, 2, .fail, values: ["unique": "a"], requests: requests)
        run.add("rename", 1, 3, values: ["unique": "b"])
        run.add("show", 10, 11, captures: ["name": "a"], phase: .after)
        #expect(run.judged().findings.isEmpty)
        run.operations[0].requests.removeFirst()
        #expect(run.judged().findings.map(\.kind) == [.refusedButApplied])
    }

    @Test func wholeNumbersAreEqualHoweverTheyAreWritten() {
        var run = RunBuilder(.version(), writes: ["update"], reads: ["show"])
        run.add("update", 0, 2, captures: ["from": .double(1), "to": 2])
        run.add("update", 1, 3, .fail, captures: ["from": 1, "to": 3])
        run.add("show", 10, 11, captures: ["version": .double(2)], phase: .after)
        #expect(run.judged().verdict == .pass, "\(run.judged().checks)")
    }

    @Test func countsAndOrderDoNotDependOnTheOrderInMemory() {
        var run = Self.bursts(rounds: 12, clients: 6, losing: 4)
        let first = run.judged()
        #expect(first.findings.first?.count == 4)
        #expect(first.findings.first?.judged == 12)
        for seed in 0..<5 {
            var generator = SeededGenerator(state: UInt64(seed))
            run.operations.shuffle(using: &generator)
            let again = run.judged()
            #expect(again.findings == first.findings)
            #expect(again.checks == first.checks)
        }
    }

    @Test func twoHundredRoundsOfTwelveClientsAndThreeModelsStayWithinASmallBudget() {
        var run = Self.bursts(rounds: 200, clients: 12, losing: 31)
        run.options.budget = 40_000
        let judgement = run.judged()
        #expect(judgement.verdict == .violation)
        #expect(judgement.findings.map(\.kind) == [.lostUpdate])
        #expect(judgement.findings.first?.count == 31 && judgement.findings.first?.judged == 200)
        #expect(judgement.checks.filter { $0.kind == .model }.map(\.verdict) == [.violation, .pass, .pass])
        #expect(judgement.checks.allSatisfy { $0.explored < 40_000 })
    }

    /// Rounds on fresh keys: a third of the clients deactivate, the others rename with distinct names and
    /// tag; `losing` rounds end with the deactivation undone.
    private static func bursts(rounds: Int, clients: Int, losing: Int) -> RunBuilder {
        var run = RunBuilder(
            .status(), .register(initial: "first"), .tags(),
            writes: ["deactivate", "once", "reactivate", "delete", "rename", "tag", "untag"],
            reads: ["show", "list"])
        run.rounds = rounds
        for round in 0..<rounds {
            let start = Double(round) * 100
            let key = "image-\(round)"
            var last = ""
            var tags: [Value] = []
            for client in 0..<clients {
                let from = start + Double((client * 7) % 5)
                let name = "\(round)-\(client)"
                switch client % 3 {
                case 0: run.add("deactivate", from, start + 20, key: key, client: client, round: round)
                case 1:
                    run.add(
                        "rename", from, start + 20 + Double(client), key: key,
                        values: ["unique": .string(name)], client: client, round: round)
                    last = name
                default:
                    run.add(
                        "tag", from, start + 20, key: key, values: ["tag": .string(name)], client: client,
                        round: round)
                    tags.append(.string(name))
                }
            }
            for replica in 0..<3 {
                let at = start + 60 + Double(replica * 4)
                run.add(
                    "show", at, at + 1, key: key,
                    captures: [
                        "status": round < losing ? "active" : "deactivated", "name": .string(last),
                    ], client: 0, replica: replica, phase: .after, round: round)
                run.add(
                    "list", at + 2, at + 3, key: key, captures: ["tags": .array(tags)], client: 0,
                    replica: replica, phase: .after, round: round)
            }
        }
        return run
    }

    @Test func longHistoryOfOneCounterIsToldFromItsLastQuietMoment() throws {
        var run = RunBuilder(.quota(limit: 100_000), writes: ["reserve", "release"], reads: ["usage"])
        run.isBurst = false
        var count = 0
        for number in 0..<1500 {
            let start = Double(number) * 10
            for offset in 0..<3 {
                run.add("reserve", start, start + 5 + Double(offset), values: ["units": 1], client: offset)
                count += 1
            }
            if number == 1200 { count -= 1 }
            run.add("usage", start + 8.5, start + 9, captures: ["used": .int(count)], client: 0)
        }
        let finding = try run.onlyFinding()
        #expect(finding.kind == .lostUpdate)
        #expect(finding.example.count == 4, "\(finding.story)")
        #expect(finding.story.first == "Earlier operations are all explained and leave 3600.")
        #expect(finding.story.contains("Together: 3600 and 3 added before it make at least 3603."))
    }
}
