// `contend explore`: schedule after schedule, each judged at once; what is found is repeated.

import Checking
import Clusters
import Core
import Exploration
import Histories
import Reporting
import RunStore
import Scenarios
import Traffic

/// The load phase of an exploration.
struct Explorer {
    let trial: Trial
    let options: ExploreOptions
    let round: ScheduledRound
    let recording: ScheduleRecording
    /// What `setup` sent, which every round may rest on.
    let setup: [OperationRecord]
    /// Told whenever another class of finding is known.
    let found: @Sendable (Int) -> Void

    /// So many rounds in a row that cannot be prepared end it.
    static let voidLimit = 5

    /// One group of requests, and what is known of it.
    private struct Group {
        var operations: [String]
        var portfolio: Portfolio
        var schedules = 0
        var decisions = 0
        var undecided = 0
        var void = 0
        var hasFinding = false
        /// A statement whose commit could not be held by itself.
        var uncut: String?
    }

    struct Progress {
        var round = 0
        var schedules = 0
        var voidInARow = 0
        /// Classes whose schedules were repeated.
        var classes: Set<String> = []
        /// Trials that show something, which may be another class.
        var shown: [Attempt] = []
        var deadline: Int64
        /// Of the first round on.
        var footprints: (any FootprintReader)?
        /// Why it ended before everything was tried.
        var ending: String?
    }

    var clock: RunClock { trial.clock }

    func run(_ operations: [String]) async throws {
        var progress = Progress(deadline: .max)
        if let replay = options.replay {
            let isSettled = try await self.replay(replay, &progress)
            guard replay.explores, !isSettled else { return }
        }
        progress.deadline = clock.now() + options.within.nanoseconds
        var hasReader = !options.prunes
        let names = Set(options.strategies)
        var groups = Self.groups(of: options, operations).map { group in
            Group(
                operations: group,
                portfolio: Portfolio(
                    operations: group, strategies: names, preemptions: options.preemptions, seed: trial.seed))
        }
        // Every group's likely schedules before all schedules of any.
        for index in groups.indices {
            try await warmUp(groups[index].operations, &progress)
            if !hasReader {
                // The service has made its tables by now.
                hasReader = true
                progress.footprints = await reader()
            }
            while try await step(.quick, &groups[index], &progress) {}
        }
        var isLeft = true
        while isLeft, progress.ending == nil {
            isLeft = false
            for index in groups.indices where !groups[index].hasFinding {
                if try await step(.thorough, &groups[index], &progress) { isLeft = true }
            }
        }
        for group in groups { try cover(group, progress) }
    }

    /// All groups of the mix, those of different operations first.
    private static func groups(of options: ExploreOptions, _ mix: [String]) -> [[String]] {
        guard options.operations.isEmpty else { return [options.operations] }
        func extend(_ group: [Int]) -> [[Int]] {
            guard group.count < options.requests else { return [group] }
            return ((group.last ?? 0)..<mix.count).flatMap { extend(group + [$0]) }
        }
        let groups = extend([])
        return (1...options.requests).reversed().flatMap { distinct in
            groups.filter { Set($0).count == distinct }
        }.map { $0.map { mix[$0] } }
    }

    /// One schedule of the group; whether there was one.
    private func step(
        _ part: Portfolio.Part, _ group: inout Group, _ progress: inout Progress
    ) async throws -> Bool {
        guard !Task.isCancelled, progress.ending == nil else { return false }
        guard progress.schedules < options.schedules else {
            progress.ending = "--schedules \(options.schedules) was reached"
            return false
        }
        guard clock.now() < progress.deadline else {
            progress.ending = "the time of \(options.within.inUnits) was over"
            return false
        }
        guard let (strategy, plan) = group.portfolio.next(part) else { return false }
        progress.schedules += 1
        group.schedules += 1
        guard let record = try await attempt(&progress, group.operations, plan, strategy.rawValue) else {
            group.void += 1
            group.portfolio.giveUp()
            return true
        }
        group.decisions += record.trace.steps.count
        group.uncut = group.uncut ?? record.trace.steps.first { $0.turn.isUncut }?.turn.statement
        guard record.schedule.ending == .held || record.schedule.ending == .found else {
            group.undecided += 1
            group.portfolio.giveUp()
            return true
        }
        group.portfolio.learn(record.trace)
        if record.schedule.ending == .found {
            group.hasFinding = true
            // Fewest preemptions first needs no shortening of two requests.
            let isLong = strategy.isByChance || group.operations.count > 2
            progress.shown = [record]
            while let next = progress.shown.popLast() {
                let new = Set(next.schedule.classes).subtracting(progress.classes)
                guard !new.isEmpty else { continue }
                progress.classes.formUnion(new)
                found(progress.classes.count)
                try await verify(next, new, isLong: isLong, &progress)
                if options.untilFinding { progress.ending = "a finding was repeated (--until finding)" }
            }
        }
        return true
    }

    /// One round that teaches nothing: drivers prepare a statement once a connection, so it has other
    /// decisions than all later ones.
    ///
    /// It is judged with the whole run.
    func warmUp(_ operations: [String], _ progress: inout Progress) async throws {
        guard !Task.isCancelled, progress.ending == nil, clock.now() < progress.deadline else { return }
        let plan = Plan(rule: .stay(order: Array(operations.indices)))
        _ = try await attempt(&progress, operations, plan, ScheduleRecord.warmUp)
    }

    /// Tells what statements touch; without it every order is tried.
    private func reader() async -> (any FootprintReader)? {
        do {
            return try await round.cluster.footprints()
        } catch {
            trial.tell(.warning("\(error.message): statements that do not conflict are tried in every order"))
            return nil
        }
    }

    // MARK: Trials

    struct Attempt {
        var trace: Trace
        var schedule: ScheduleRecord
    }

    /// Runs, judges and records one trial; `nil` if its round could not be prepared.
    func attempt(
        _ progress: inout Progress, _ operations: [String], _ plan: Plan, _ strategy: String,
        expected: [Turn]? = nil, guide: GuidedOrder? = nil
    ) async throws -> Attempt? {
        let number = progress.round
        progress.round += 1
        guard
            let outcome = try await round.run(
                number, operations: operations, plan: plan, expected: expected, guide: guide,
                footprints: progress.footprints)
        else {
            progress.voidInARow += 1
            guard progress.voidInARow < Self.voidLimit else {
                throw RunError(
                    .notRun,
                    "\(Self.voidLimit) rounds in a row could not be prepared: an operation of `before` was not "
                        + "ok, or an explored one lacks a value; `contend run --once` shows why")
            }
            return nil
        }
        progress.voidInARow = 0
        var schedule = ScheduleRecord(
            time: clock.now(), round: number, requests: operations, strategy: strategy,
            steps: outcome.trace.steps.map {
                ScheduleRecord.Step(
                    request: $0.turn.request, statement: $0.turn.statement,
                    enabled: $0.enabled)
            }, ending: .held)
        schedule.classes = classes(of: outcome, under: schedule)
        if !outcome.circle.isEmpty { schedule.classes.append(ScheduleRecord.circleClass) }
        switch outcome.ending {
        case .complete: schedule.ending = schedule.classes.isEmpty ? .held : .found
        case .diverged(let reason):
            schedule.ending = .diverged
            schedule.reason = trial.redactor.redact(reason)
        case .stuck(let reason):
            // What it shows came by chance, but for a circle: nobody chose the order.
            schedule.ending = outcome.circle.isEmpty ? .undecided : .found
            schedule.reason = reason
        }
        if schedule.ending == .held, let silent = outcome.unanswered {
            schedule.ending = .undecided
            schedule.reason = "\(silent) got no answer"
        }
        if schedule.ending == .held, guide != nil, let refused = outcome.refused {
            schedule.ending = .diverged
            schedule.reason = refused
        }
        if schedule.ending != .found { schedule.classes = [] }
        try recording.write { writer throws(HistoryError) in try writer.schedule(schedule) }
        return Attempt(trace: outcome.trace, schedule: schedule)
    }

    /// What the round breaks, by its own operations and those of `setup`.
    private func classes(of outcome: ScheduledRound.Outcome, under schedule: ScheduleRecord) -> [String] {
        var header = trial.header
        header.marksEnd = false
        var history = History(header: header, operations: setup + outcome.operations)
        history.exploration.schedules = [schedule]
        let judgement = RunJudging(history: history, isSequential: false).judgement(by: trial.scenario)
        return judgement.newFindings.map(\.classID).sorted()
    }

    /// How often each class showed again.
    func repeated(
        _ operations: [String], _ decisions: [Turn], _ classes: Set<String>, _ times: Int,
        _ progress: inout Progress, as strategy: String = ScheduleRecord.replay
    ) async throws -> [String: Int] {
        var reproduced = Dictionary(uniqueKeysWithValues: classes.map { ($0, 0) })
        let plan = Plan(
            prefix: decisions.map(\.request), rule: .stay(order: Array(operations.indices)))
        for _ in 0..<times where !Task.isCancelled {
            let again = try await attempt(
                &progress, operations, plan, strategy, expected: decisions)
            for classID in again?.schedule.classes ?? [] { reproduced[classID]? += 1 }
        }
        return reproduced
    }

    /// `contend replay`: one schedule alone; whether that settles what was asked.
    private func replay(
        _ replay: ExploreOptions.Replay, _ progress: inout Progress
    ) async throws -> Bool {
        let requests = replay.schedule.requests
        try await warmUp(requests, &progress)
        let classes = Set(replay.schedule.classes)
        var reproduced: [String: Int]
        var isSettled = true
        if replay.isGuided {
            reproduced = Dictionary(uniqueKeysWithValues: classes.map { ($0, 0) })
            let guide = GuidedOrder(replay.schedule)
            let plan = Plan(rule: .stay(order: Array(requests.indices)))
            var endings: [ScheduleRecord.Ending?] = []
            for _ in 0..<replay.times where !Task.isCancelled {
                let again = try await attempt(
                    &progress, requests, plan, ScheduleRecord.guided, guide: guide)
                endings.append(again?.schedule.ending)
                for classID in again?.schedule.classes ?? [] { reproduced[classID]? += 1 }
            }
            isSettled = endings.contains(.found) || endings.allSatisfy { $0 == .held }
        } else {
            let decisions = replay.schedule.steps.map {
                Turn(request: $0.request, statement: $0.statement)
            }
            reproduced = try await repeated(requests, decisions, classes, replay.times, &progress)
        }
        for (classID, count) in reproduced.sorted(by: { $0.key < $1.key }) {
            let record = ReplayRecord(
                time: clock.now(), round: 0, classID: classID, times: replay.times, reproduced: count)
            try recording.write { writer throws(HistoryError) in try writer.replayed(record) }
        }
        return isSettled
    }

    // MARK: Coverage

    private func cover(_ group: Group, _ progress: Progress) throws {
        let open = group.undecided + group.void
        let reason: String? =
            if group.hasFinding { "it ended with a finding" } else if let uncut = group.uncut {
                "`\(TextStyle.cut(uncut, to: 60))` commits by itself and could not be split"
            } else if open > 0 {
                "\(open) of its schedules were not decided"
            } else if group.portfolio.isExhausted {
                nil
            } else {
                progress.ending
                    ?? (Task.isCancelled ? "it was ended early" : "the exhaustive strategy was left out")
            }
        let record = CoverageRecord(
            time: clock.now(), requests: group.operations, preemptions: options.preemptions,
            isComplete: reason == nil, schedules: group.schedules, decisions: group.decisions,
            undecided: open, pruned: group.portfolio.pruned, hasUncut: group.uncut != nil, reason: reason)
        try recording.write { writer throws(HistoryError) in try writer.coverage(record) }
    }
}
