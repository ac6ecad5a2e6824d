// What an exploration may say: that interleavings hold only where they were tried, decided and seen.

import Core
import Histories
import Testing

@testable import Checking

@Suite struct ExplorationJudgingTests {
    private static func schedule(
        _ choices: [Int], _ ending: ScheduleRecord.Ending = .held, classes: [String] = [],
        strategy: String = "exhaustive", reason: String? = nil
    ) -> ScheduleRecord {
        ScheduleRecord(
            time: 0, round: 0, requests: ["a", "b"], strategy: strategy,
            steps: choices.map { ScheduleRecord.Step(request: $0, statement: "s", enabled: [0, 1]) },
            ending: ending, classes: classes, reason: reason)
    }

    private static func checks(
        _ schedules: [ScheduleRecord], complete: Bool = true, undecided: Int = 0, reason: String? = nil,
        findings: [Finding] = []
    ) -> [Check] {
        var exploration = ExplorationRecord()
        exploration.schedules = schedules
        exploration.coverage = [
            CoverageRecord(
                time: 0, requests: ["a", "b"], preemptions: 2, isComplete: complete,
                schedules: schedules.count, decisions: 4, undecided: undecided, reason: reason)
        ]
        return ExplorationJudging(exploration: exploration).checks(findings)
    }

    private static func finding(_ classID: String, _ kind: FindingKind = .lostUpdate) -> Finding {
        Finding(
            classID: classID, number: 1, kind: kind, check: "m", key: "k", title: "t", story: [], example: [],
            count: 1, judged: 1)
    }

    @Test func whatWasTriedAndDecidedHolds() {
        let check = Self.checks([
            Self.schedule([0, 1], strategy: "serial"), Self.schedule([1, 0], strategy: "exhaustive"),
        ])[0]
        #expect(check.verdict == .pass)
        #expect(check.name == "a + b")
        #expect(
            check.explanation
                == "every interleaving of these 2 requests with at most 2 preemptions holds · 2 schedules: "
                + "1 serial, 1 exhaustive · 4 decisions")
    }

    /// A service that does not go through the proxy has one schedule, and nothing was chosen in it.
    @Test(arguments: [[], [0, 0], [1]]) func aRequestWithoutAStatementIsNoPass(choices: [Int]) {
        let check = Self.checks([Self.schedule(choices)])[0]
        #expect(check.verdict == .unknown)
        #expect(check.explanation.contains("sent no statement that could be held"))
    }

    /// One schedule with its statements says nothing of another without.
    @Test func aRequestWithoutAStatementInOneScheduleIsNoPass() {
        let check = Self.checks([Self.schedule([0, 1]), Self.schedule([1])])[0]
        #expect(check.verdict == .unknown)
    }

    @Test func aStatementThatCannotBeSplitFromItsCommitIsNoPass() {
        var exploration = ExplorationRecord()
        exploration.schedules = [Self.schedule([0, 1]), Self.schedule([1, 0])]
        exploration.coverage = [
            CoverageRecord(
                time: 0, requests: ["a", "b"], preemptions: 2, isComplete: false, schedules: 2, decisions: 4,
                undecided: 0, hasUncut: true, reason: "`CALL p` commits by itself and could not be split")
        ]
        let check = ExplorationJudging(exploration: exploration).checks([])[0]
        #expect(check.verdict == .unknown)
        #expect(check.explanation.contains("`CALL p` commits by itself"))
    }

    @Test func whatWasNotDecidedIsNoPassAndSaysWhy() {
        let schedules = [
            Self.schedule([0, 1]), Self.schedule([1, 0], .undecided, reason: "request 1 (a) was silent"),
        ]
        let check = Self.checks(
            schedules, complete: false, undecided: 1, reason: "1 of its schedules were not decided")[0]
        #expect(check.verdict == .unknown)
        #expect(check.explanation.contains("request 1 (a) was silent"))
        #expect(!check.explanation.contains("preemptions holds"))
    }

    @Test func aLimitIsToldAndNothingTriedIsNoPass() {
        let cut = Self.checks([Self.schedule([0, 1])], complete: false, reason: "--schedules 1 was reached")[
            0]
        #expect(cut.verdict == .pass)
        #expect(cut.explanation.hasPrefix("what was tried holds, but not every interleaving"))
        #expect(Self.checks([], complete: false)[0].verdict == .unknown)
    }

    /// A schedule that showed a finding ends the search, so the whole run must have it.
    @Test func aFindingThatTheWholeRunDoesNotConfirmIsNoPass() {
        let schedules = [
            Self.schedule([0, 1]), Self.schedule([1, 0], .found, classes: ["x"]),
            Self.schedule([1, 0], .found, classes: ["x"], strategy: "replay"),
        ]
        let confirmed = Self.checks(schedules, complete: false, findings: [Self.finding("x")])[0]
        #expect(confirmed.verdict == .pass)
        #expect(confirmed.explanation.hasPrefix("a finding ended it, first seen in schedule 2"))
        #expect(Self.checks(schedules, complete: false, findings: [Self.finding("y")])[0].verdict == .unknown)
    }

    @Test func aCircleNeedsTheMonitorsDeadlock() {
        let schedules = [Self.schedule([0, 1], .found, classes: [ScheduleRecord.circleClass])]
        #expect(Self.checks(schedules, complete: false)[0].explanation.contains("--no-monitors"))
        let deadlock = Self.finding("d", .deadlock)
        #expect(Self.checks(schedules, complete: false, findings: [deadlock])[0].verdict == .pass)
        var exploration = ExplorationRecord()
        exploration.schedules = schedules
        #expect(ExplorationJudging(exploration: exploration).schedule(of: deadlock) == schedules[0])
    }

    @Test func aReplayThatDivergesIsNoPass() {
        var exploration = ExplorationRecord()
        exploration.schedules = [
            Self.schedule([0], .diverged, strategy: "replay", reason: "decision 2: another statement came")
        ]
        let check = ExplorationJudging(exploration: exploration).checks([])[0]
        #expect(check.verdict == .unknown)
        #expect(check.explanation.contains("decision 2: another statement came"))
        exploration.schedules = [Self.schedule([0, 1], strategy: "replay")]
        exploration.replays = [
            ReplayRecord(time: 0, round: 0, classID: "x", times: 1, reproduced: 0)
        ]
        let followed = ExplorationJudging(exploration: exploration).checks([])[0]
        #expect(followed.verdict == .pass)
        #expect(followed.explanation.contains("showed again in none"))
    }

    // MARK: Other orders

    private static func round(_ number: Int, _ answers: [Int], shown: String) -> [OperationRecord] {
        answers.indices.map { client in
            OperationRecord(
                id: 10 * number + client, client: client, name: ["a", "b"][client], phase: .load,
                round: number, invoked: 0, returned: 1, outcome: answers[client] < 300 ? .ok : .fail,
                requests: [
                    RequestRecord(
                        step: 0, attempt: 0, replica: client, method: "PUT", target: "/", sent: 0,
                        received: 1, status: answers[client])
                ])
        }
            + [5, 6].map { id in
                OperationRecord(
                    id: 10 * number + id, client: 0, name: "show", phase: .after, round: number,
                    captures: ["state": .string(shown)], invoked: 2, returned: 3, outcome: .ok)
            }
    }

    private static func orders(_ schedules: [ScheduleRecord]) -> [OrderOutcome] {
        var exploration = ExplorationRecord()
        exploration.schedules = schedules.enumerated().map { number, schedule in
            var schedule = schedule
            schedule.round = number
            return schedule
        }
        var finding = finding("x")
        finding.schedule = exploration.schedules.last
        let operations =
            round(0, [200, 409], shown: "one") + round(1, [409, 200], shown: "two")
            + round(2, [200, 200], shown: "wrong")
        return ExplorationJudging(exploration: exploration).orders(of: finding, among: operations)
    }

    @Test func theSerialOrdersStandBesideTheSchedule() throws {
        let orders = Self.orders([
            Self.schedule([0, 0, 1], strategy: "serial"), Self.schedule([1, 0, 0], strategy: "serial"),
            Self.schedule([0, 1, 0], .found, classes: ["x"]),
        ])
        #expect(orders.map(\.isSerial) == [true, true, false])
        #expect(orders.map(\.holds) == [true, true, false])
        #expect(orders.map { $0.requests.map(\.operation) } == [["a", "b"], ["b", "a"], ["a", "b"]])
        #expect(
            orders.map { $0.requests.map(\.answer) } == [["200", "409"], ["200", "409"], ["200", "200"]])
        #expect(orders.map { $0.requests.map(\.outcome) }[1] == [.ok, .fail])
        // Replicas that agree are told once.
        #expect(
            orders.map(\.reads) == [
                ["show: state = \"one\""], ["show: state = \"two\""], ["show: state = \"wrong\""],
            ])
    }

    /// A lock may end a serial plan in another order, and what was not decided has no outcome.
    @Test func whatWasNotSerialOrNotDecidedIsNotTold() {
        let found = Self.schedule([0, 1, 0], .found, classes: ["x"])
        let mixed = Self.schedule([0, 1, 0], strategy: "serial")
        #expect(Self.orders([mixed, mixed, found]).isEmpty)
        let undecided = Self.schedule([0, 0, 1], .undecided, strategy: "serial")
        #expect(Self.orders([undecided, undecided, found]).isEmpty)
        let silent = Self.schedule([0, 0], strategy: "serial")
        #expect(Self.orders([silent, silent, found]).isEmpty)
        #expect(Self.orders([found, found, found]).isEmpty)
    }

    /// A finding that one request after the other shows has no other schedule to compare with.
    @Test func aSerialScheduleThatBreaksIsToldOnce() {
        let serial = Self.schedule([0, 0, 1], strategy: "serial")
        let found = Self.schedule([1, 0, 0], .found, classes: ["x"], strategy: "serial")
        let orders = Self.orders([serial, serial, found])
        #expect(orders.last?.holds == false)
        #expect(orders.map(\.isSerial) == [true, true, true])
    }

    // MARK: Guided replays

    private static func guided(
        _ endings: [ScheduleRecord.Ending], covered: Bool? = nil, classes: [String] = [],
        findings: [Finding] = []
    ) -> Check {
        var exploration = ExplorationRecord()
        exploration.schedules = endings.map {
            schedule(
                [0, 1], $0, classes: $0 == .found ? classes : [], strategy: ScheduleRecord.guided,
                reason: $0 == .diverged ? "decision 2: another statement came" : nil)
        }
        exploration.replays = [
            ReplayRecord(
                time: 0, round: 0, classID: "x", times: endings.count,
                reproduced: classes.contains("x") ? endings.count { $0 == .found } : 0)
        ]
        if let covered {
            exploration.coverage = [
                CoverageRecord(
                    time: 0, requests: ["a", "b"], preemptions: 2, isComplete: covered, schedules: 1,
                    decisions: 2, undecided: 0, reason: covered ? nil : "the time of 60s was over")
            ]
        }
        return ExplorationJudging(exploration: exploration).checks(findings)[0]
    }

    @Test func aGuidedReplaySaysOneOfThreeThings() {
        let held = Self.guided([.held, .held])
        #expect(held.verdict == .pass && held.explanation.hasPrefix("holds now"))
        let open = Self.guided([.held, .diverged])
        #expect(open.verdict == .unknown)
        #expect(open.explanation.hasPrefix("the order no longer fits: decision 2: another statement came"))
        let broken = Self.guided([.found, .diverged], classes: ["x"], findings: [Self.finding("x")])
        #expect(broken.explanation.hasPrefix("breaks still: the finding shows again in 1 of 2 rounds"))
        let other = Self.guided([.found], classes: ["y"], findings: [Self.finding("y")])
        #expect(other.explanation.hasPrefix("breaks: another finding shows"))
        // What the whole run does not confirm is neither.
        #expect(Self.guided([.found], classes: ["x"]).verdict == .unknown)
    }

    /// Other orders stand in for the old one only if all of them were tried.
    @Test func aRegressionWhoseOrderNoLongerFitsPassesOnlyIfAllIsCovered() {
        #expect(Self.guided([.diverged], covered: true).verdict == .pass)
        #expect(Self.guided([.diverged], covered: false).verdict == .unknown)
        #expect(Self.guided([.undecided]).verdict == .unknown)
    }
}
