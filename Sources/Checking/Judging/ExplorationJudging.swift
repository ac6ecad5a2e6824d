// What an exploration says of itself: what was covered, and which schedule each finding was seen under.

import Core
import Histories

/// The checks of an exploration, and the schedules of its findings.
struct ExplorationJudging {
    let exploration: ExplorationRecord

    /// - Parameter findings: those of the whole run, by which what a schedule showed is confirmed.
    func checks(_ findings: [Finding]) -> [Check] {
        let classes = Set(findings.flatMap { [$0.classID] + $0.sides.map(\.classID) })
        let hasDeadlock = findings.contains { $0.kinds.contains(.deadlock) }
        // A deadlock explains the errors that it leads to.
        let isConfirmed = { hasDeadlock || classes.contains($0) }
        return [guided(isConfirmed)].compactMap(\.self)
            + exploration.coverage.map { coverage in
                var judged = GroupJudging(coverage, exploration)
                judged.isConfirmed = isConfirmed
                return judged.check
            } + [replays].compactMap(\.self)
    }

    /// Repetitions that met other statements than the finding did; of `contend replay` also what came of it.
    private var replays: Check? {
        let all = exploration.schedules.filter { $0.strategy == ScheduleRecord.replay }
        let diverged = all.filter { $0.ending == .diverged || $0.ending == .undecided }
        func check(_ verdict: Verdict, _ explanation: String) -> Check {
            Check(kind: .exploration, name: "replay", verdict: verdict, explanation: explanation)
        }
        if let first = diverged.first {
            return check(
                .unknown,
                "in \(diverged.count) of \(Figures.grouped(all.count, "replay")) the order no longer fits: "
                    + (first.reason ?? "a request did not go on")
                    + "; explore again to look for another order")
        }
        guard exploration.coverage.isEmpty, !all.isEmpty else { return nil }
        let shown = exploration.replays.map(\.reproduced).max() ?? 0
        return check(
            .pass,
            "the order of the finding was followed \(Figures.count(all.count, "time")); "
                + "it showed again in \(shown == 0 ? "none" : "\(shown)") of them")
    }

    /// The schedule under which the example of a finding ran, or another that shows it.
    func schedule(of finding: Finding) -> ScheduleRecord? {
        let round = finding.example.first { $0.round != nil }?.round
        let isDeadlock = finding.kinds.contains(.deadlock)
        let shown = exploration.schedules.filter { schedule in
            schedule.ending == .found
                && (schedule.classes.contains(finding.classID)
                    || isDeadlock
                        && (schedule.round == round || schedule.classes.contains(ScheduleRecord.circleClass)))
        }
        return shown.first { $0.round == round } ?? shown.first
    }

    /// How often that was repeated.
    func replay(of finding: Finding) -> ReplayRecord? {
        exploration.replays.last { $0.classID == finding.classID }
            ?? (finding.kinds.contains(.deadlock)
                ? exploration.replays.last { $0.classID == ScheduleRecord.circleClass } : nil)
    }
}

/// The check of one group of requests.
struct GroupJudging {
    private let coverage: CoverageRecord
    /// Its own, repetitions left out.
    private let schedules: [ScheduleRecord]
    /// Whether the whole run has a finding of this class.
    var isConfirmed: (String) -> Bool = { _ in false }

    init(_ coverage: CoverageRecord, _ exploration: ExplorationRecord) {
        self.coverage = coverage
        schedules = exploration.schedules.filter {
            $0.requests == coverage.requests && $0.isExplored
        }
    }

    var check: Check {
        let (verdict, sentence) = judged
        let strategies = StrategyName.allCases.compactMap { strategy in
            let count = schedules.count { $0.strategy == strategy.rawValue }
            return count > 0 ? "\(Figures.grouped(count)) \(strategy.rawValue)" : nil
        }
        let parts = strategies.count > 1 ? ": " + strategies.joined(separator: ", ") : ""
        var figures = [
            Figures.grouped(coverage.schedules, "schedule") + parts,
            Figures.grouped(coverage.decisions, "decision"),
        ]
        if coverage.pruned > 0 {
            figures.append("\(Figures.grouped(coverage.pruned)) left out as equivalent")
        }
        return Check(
            kind: .exploration, name: coverage.requests.joined(separator: " + "), verdict: verdict,
            explanation: ([sentence] + figures).joined(separator: " · "))
    }

    private var judged: (Verdict, String) {
        if let first = schedules.firstIndex(where: { $0.ending == .found }) {
            guard schedules[first].classes.contains(where: isConfirmed) else {
                return (.unknown, Self.unconfirmed(schedules[first]))
            }
            return (.pass, "a finding ended it, first seen in schedule \(first + 1)")
        }
        if coverage.schedules == 0 { return (.unknown, "no schedule was tried\(reason)") }
        if let silent {
            return (
                .unknown,
                "\(silent) sent no statement that could be held in a schedule that counts as held: its order was "
                    + "not chosen there; does the service always connect to ${{ database.url }}?"
            )
        }
        let bound =
            "every interleaving of these \(coverage.requests.count) requests with at most "
            + Figures.count(coverage.preemptions, "preemption")
        if coverage.isComplete { return (.pass, "\(bound) holds") }
        let first = schedules.first { $0.reason != nil }?.reason
        let example = coverage.undecided > 0 ? first.map { "; the first: \($0)" } ?? "" : ""
        return (
            coverage.undecided > 0 || coverage.hasUncut ? .unknown : .pass,
            "what was tried holds, but not \(bound) was tried\(reason)\(example)"
        )
    }

    private var reason: String { coverage.reason.map { ", as \($0)" } ?? "" }

    /// An operation whose request came to no decision in a schedule that went to its end.
    private var silent: String? {
        for schedule in schedules where schedule.ending == .held {
            let heard = Set(schedule.steps.map(\.request))
            if let request = coverage.requests.indices.first(where: { !heard.contains($0) }) {
                return coverage.requests[request]
            }
        }
        return nil
    }

    static func unconfirmed(_ schedule: ScheduleRecord) -> String {
        if schedule.classes == [ScheduleRecord.circleClass] {
            return "requests waited for each other in a circle, and the monitors have no deadlock of it: "
                + "run without --no-monitors"
        }
        return "round \(schedule.round) broke what the whole run does not confirm: "
            + "please report this with the run directory"
    }
}
