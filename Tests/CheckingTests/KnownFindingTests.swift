// Findings that are accepted for a while: what they change, what they do not, and what is said of them.

import Core
import Testing

@testable import Checking
@testable import Scenarios

@Suite struct KnownFindingTests {
    /// A lost update on one key, its check, and one threshold.
    private func judgement(threshold: Verdict = .pass) -> Judgement {
        let finding = Finding(
            classID: "7c01ab33", number: 1, kind: .lostUpdate, check: "status", key: "1", title: "lost",
            story: [], example: [], count: 1, judged: 1)
        let checks = [
            Check(kind: .model, name: "status", verdict: .violation, explanation: ""),
            Check(kind: .threshold, name: "rate", verdict: threshold, explanation: ""),
        ]
        return Judgement(verdict: .violation, findings: [finding], checks: checks, tally: Tally())
    }

    private func known(_ classID: String = "7c01ab33", until: String = "2027-01-31", scenario: String = "s")
        throws -> [KnownFinding]
    {
        [
            KnownFinding(
                scenario: scenario, classID: classID, reason: "ticket 17",
                until: try #require(CalendarDay(until)))
        ]
    }

    private let day = CalendarDay("2026-11-26T10:00:00Z")

    @Test func anAcceptedFindingIsToldAndDoesNotFail() throws {
        let judged = judgement().accepting(try known(), of: "s", on: day)
        #expect(judged.verdict == .pass)
        #expect(judged.findings.first?.acceptance == Acceptance(reason: "ticket 17", until: "2027-01-31"))
        #expect(judged.newFindings.isEmpty && judged.notices.isEmpty)
    }

    @Test func nothingElseIsAcceptedWithIt() throws {
        #expect(judgement(threshold: .degraded).accepting(try known(), of: "s", on: day).verdict == .degraded)
        #expect(judgement(threshold: .unknown).accepting(try known(), of: "s", on: day).verdict == .unknown)
        var two = judgement()
        var other = two.findings[0]
        other.classID = "00000000"
        two.findings.append(other)
        #expect(two.accepting(try known(), of: "s", on: day).verdict == .violation)
    }

    @Test func whatWasNotDecidedBesideAnAcceptedFindingStaysUnknown() throws {
        var undecided = judgement()
        undecided.checks[0].isUndecided = true
        #expect(undecided.accepting(try known(), of: "s", on: day).verdict == .unknown)
    }

    @Test func anAcceptedLostUpdateExplainsNoServerErrorAway() throws {
        var run = RunBuilder(.register(initial: "first"), writes: ["rename"], reads: ["show"])
        run.add("rename", 0, 50, values: ["unique": "a"], client: 0)
        run.add("rename", 10, 60, .unknown, values: ["unique": "b"], client: 1, status: 500)
        run.add("show", 100, 110, captures: ["name": "first"], client: 0)
        let found = judge(run.history, by: run.scenario)
        let lost = try #require(found.findings.first { $0.kind.severity == .safety })
        #expect(!found.findings.contains { $0.kind == .conflictAs5xx })
        var scenario = run.scenario
        scenario.knownFindings = [
            KnownFinding(
                scenario: scenario.name, classID: lost.classID, reason: "known",
                until: try #require(CalendarDay("2999-12-31")))
        ]
        let judged = judge(run.history, by: scenario)
        #expect(judged.findings.contains { $0.kind == .conflictAs5xx }, "\(judged.findings.map(\.title))")
    }

    @Test func theLastDayCountsAndTheDayAfterDoesNot() throws {
        let list = try known(until: "2026-11-26")
        #expect(judgement().accepting(list, of: "s", on: day).verdict == .pass)
        let late = judgement().accepting(list, of: "s", on: CalendarDay("2026-11-27"))
        #expect(late.verdict == .violation && late.newFindings.count == 1)
        #expect(late.notices.first?.contains("until 2026-11-26 and counts again") == true)
        #expect(judgement().accepting(list, of: "s", on: nil).verdict == .violation, "no date, no acceptance")
    }

    @Test func oneThatWasNotFoundIsFlaggedForItsOwnScenarioOnly() throws {
        let judged = judgement().accepting(try known("aaaaaaaa"), of: "s", on: day)
        #expect(judged.verdict == .violation)
        #expect(judged.notices.first?.contains("aaaaaaaa was not found this time") == true)
        let other = judgement().accepting(try known(scenario: "other"), of: "s", on: day)
        #expect(other.notices.isEmpty && other.verdict == .violation)
    }

    @Test func aReplicaThatDiedStillFailsBesideAnAcceptedFinding() throws {
        let judged = judgement().accepting(try known(), of: "s", on: day).adding([
            .replicaDied("replica 0", cause: "exit 1", log: [], scenario: "s", of: 2)
        ])
        #expect(judged.verdict == .degraded)
    }

    @Test(arguments: [
        "2027-02-29", "2027-13-01", "2027-00-10", "27-01-01", "2027-1-1", "2027-01-00", "tomorrow", "",
        "2027-01-01-01", "+027-01-01",
    ])
    func whatIsNoDayIsRefused(text: String) { #expect(CalendarDay(text) == nil) }

    @Test func daysAreReadAndWritten() {
        #expect(CalendarDay("2028-02-29")?.description == "2028-02-29")
        #expect(CalendarDay("0999-12-31T23:59:59Z")?.description == "0999-12-31")
    }
}
