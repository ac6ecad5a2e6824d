// What an exploration says of itself: what was covered, and which schedule each finding was seen under.

import Core
import Histories

/// The checks of an exploration, and the schedules of its findings.
struct ExplorationJudging {
    let exploration: ExplorationRecord

    var checks: [Check] { exploration.coverage.map(check) + replays }

    private func check(_ coverage: CoverageRecord) -> Check {
        Check(
            kind: .exploration, name: coverage.requests.joined(separator: " + "), verdict: verdict(coverage),
            explanation: ([sentence(coverage)] + figures(coverage)).joined(separator: " · "))
    }

    /// Which of the schedules of these requests was the first to show one, from 1; repetitions do not count.
    private func firstFinding(_ coverage: CoverageRecord) -> Int? {
        exploration.schedules.filter { $0.requests == coverage.requests && $0.strategy != "replay" }
            .firstIndex { $0.ending == .found }.map { $0 + 1 }
    }

    private func verdict(_ coverage: CoverageRecord) -> Verdict {
        if firstFinding(coverage) != nil { return .pass }
        return coverage.undecided > 0 || coverage.schedules == 0 ? .unknown : .pass
    }

    private func sentence(_ coverage: CoverageRecord) -> String {
        let bound =
            "every interleaving of these \(coverage.requests.count) requests with at most "
            + Figures.count(coverage.preemptions, "preemption")
        if let first = firstFinding(coverage) { return "a finding ended it, first seen in schedule \(first)" }
        if coverage.isComplete { return "\(bound) holds" }
        let why = coverage.reason.map { ", as \($0)" } ?? ""
        if coverage.schedules == 0 { return "no schedule was tried\(why)" }
        let first = exploration.schedules.first {
            $0.requests == coverage.requests && $0.reason != nil
        }
        let example = coverage.undecided > 0 ? first?.reason.map { "; the first: \($0)" } ?? "" : ""
        return "what was tried holds, but not \(bound) was tried\(why)\(example)"
    }

    private func figures(_ coverage: CoverageRecord) -> [String] {
        [
            Figures.grouped(coverage.schedules, "schedule"), Figures.grouped(coverage.decisions, "decision"),
        ]
    }

    /// Repetitions that met other statements than the finding did.
    private var replays: [Check] {
        let all = exploration.schedules.filter { $0.strategy == "replay" }
        let diverged = all.filter { $0.ending == .diverged || $0.ending == .undecided }
        guard let first = diverged.first else { return [] }
        return [
            Check(
                kind: .exploration, name: "replay", verdict: .unknown,
                explanation:
                    "in \(diverged.count) of \(Figures.grouped(all.count, "replay")) the order no longer fits: "
                    + (first.reason ?? "a request did not go on")
                    + "; explore again to look for another order")
        ]
    }

    /// The schedule under which the example of a finding ran, or another that shows it.
    func schedule(of finding: Finding) -> ScheduleRecord? {
        let round = finding.example.first { $0.round != nil }?.round
        let shown = exploration.schedules.filter { $0.classes.contains(finding.classID) }
        return shown.first { $0.round == round } ?? shown.first
    }
}
