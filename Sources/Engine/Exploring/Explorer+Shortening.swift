// The schedule of a finding repeated, and made shorter: each step confirmed by a trial and its repetition.

import Core
import Exploration
import Histories

extension Explorer {
    /// Repeats the schedule of a finding, and tells a shorter one in its place if that shows it as surely.
    func verify(
        _ found: Attempt, _ classes: Set<String>, isLong: Bool, _ progress: inout Progress
    ) async throws {
        func repeated(_ attempt: Attempt, _ classes: Set<String>, _ strategy: String) async throws
            -> [String: Int]
        {
            try await self.repeated(
                attempt.schedule.requests, attempt.trace.steps.map(\.turn), classes, options.replays,
                &progress, as: strategy)
        }
        let reproduced = try await repeated(
            found, classes, isLong ? ScheduleRecord.shorten : ScheduleRecord.replay)
        var told = reproduced.mapValues { (attempt: found, reproduced: $0) }
        // One that did not show again too: of several that wait for a row, the server chooses who goes on,
        // and a shorter schedule may leave it no choice.
        var rest = isLong ? classes : []
        while let classID = rest.min() {
            rest.remove(classID)
            guard let shorter = try await shortened(found, classID, &progress) else { continue }
            let shown = rest.intersection(shorter.schedule.classes).union([classID])
            rest.subtract(shown)
            for (classID, again) in try await repeated(shorter, shown, ScheduleRecord.replay)
            where again >= reproduced[classID] ?? 0 { told[classID] = (shorter, again) }
        }
        for (classID, told) in told.sorted(by: { $0.key < $1.key }) {
            let isShorter = told.attempt.schedule.round != found.schedule.round
            let replay = ReplayRecord(
                time: clock.now(), round: told.attempt.schedule.round, classID: classID,
                times: options.replays, reproduced: told.reproduced,
                original: isShorter
                    ? ReplayRecord.Original(
                        requests: found.schedule.requests.count, switches: found.schedule.switches) : nil)
            try recording.write { writer throws(HistoryError) in try writer.replayed(replay) }
        }
    }

    /// The most rounds for one class, those that confirm or warm up among them.
    static let shorteningLimit = 100

    /// A schedule with fewer switches or requests that shows the same class; `nil` if there is none.
    ///
    /// The requests of a shorter one run one after the other as well, for something to compare with.
    func shortened(
        _ found: Attempt, _ classID: String, _ progress: inout Progress
    ) async throws -> Attempt? {
        let end = progress.round + Self.shorteningLimit
        var shortening = Shortening(found.trace, requests: found.schedule.requests.count)
        var best: Attempt?
        while progress.round < end, !Task.isCancelled, clock.now() < progress.deadline,
            let candidate = shortening.next()
        {
            let requests = candidate.requests.map { found.schedule.requests[$0] }
            // Each of them may have another replica than before, which has not prepared its statements.
            if requests.count < shortening.best.requests.count { try await warmUp(requests, &progress) }
            guard
                let shown = try await attempt(&progress, requests, candidate.plan, ScheduleRecord.shorten),
                shown.schedule.ending == .found
            else { continue }
            progress.shown.append(shown)
            guard shown.schedule.classes.contains(classID),
                shortening.isShorter(shown.trace, of: candidate)
            else { continue }
            let plan = Plan(prefix: shown.trace.choices, rule: candidate.plan.rule)
            let again = try await attempt(
                &progress, requests, plan, ScheduleRecord.shorten, expected: shown.trace.steps.map(\.turn))
            guard let again, again.schedule.classes.contains(classID) else { continue }
            shortening.accept(candidate, shown.trace)
            best = shown
        }
        if let best, best.schedule.requests.count < found.schedule.requests.count {
            try await runSerially(best.schedule.requests, &progress)
        }
        return best
    }

    /// More requests have too many orders.
    private static let serialLimit = 3

    private func runSerially(_ requests: [String], _ progress: inout Progress) async throws {
        guard options.strategies.contains(.serial), requests.count <= Self.serialLimit else { return }
        var serial = SerialStrategy(requests: requests.count)
        while !Task.isCancelled, let plan = serial.next() {
            _ = try await attempt(&progress, requests, plan, StrategyName.serial.rawValue)
        }
    }
}
