// The load as the rest of contend sees it: event loops with their clients, driven through the parts of a run.

import Core
import Histogram
public import Histories
import NIOCore
public import Scenarios

/// Virtual clients that drive one scenario against its replicas and record every operation.
public final class LoadGenerator: Sendable {
    private struct Totals: Sendable {
        var durationNanoseconds: Int64 = 0
        /// When the load phase began, nanoseconds since the run's origin.
        var began: Int64?
        var roundsDone = 0
        var voidRounds = 0
    }

    let plan: TrafficPlan
    let loops: ClientLoops
    let driver: RoundDriver
    private let totals = Locked(Totals())
    /// What `setup` has captured, and how many requests it took.
    let setupSoFar = Locked((captures: SetupCaptures(), count: 0))

    public init(
        _ scenario: Scenario, replicas: [Address], recorder: HistoryRecorder, options: TrafficOptions,
        clock: TrafficClock
    ) throws(TrafficError) {
        plan = try TrafficPlan(scenario, replicas: replicas, options: options, clock: clock)
        loops = try ClientLoops(plan, recorder: recorder)
        driver = RoundDriver(plan: plan, loops: loops)
    }

    deinit { loops.group.shutdownGracefully { _ in } }

    public var counters: TrafficCounters {
        var sum = TrafficCounters()
        for loop in loops.all { sum.add(loop.figures.withLock { $0.counters }) }
        totals.withLock {
            sum.roundsDone = $0.roundsDone
            sum.voidRounds = $0.voidRounds
        }
        return sum
    }

    // MARK: Load

    /// The load phase.
    ///
    /// Bursts run only `rounds` if given, so that a caller can judge between batches; cancelling ends it
    /// early, with every open operation recorded as it stands.
    public func run(rounds: Range<Int>? = nil) async throws(TrafficError) {
        try await phase {
            let begin = self.plan.clock.now()
            let end: (Duration) -> Int64 = { begin + $0.nanoseconds }
            switch self.plan.scenario.load.shape {
            case .closed(let clients, let duration):
                try await self.runClosed(RampSchedule(clients: [clients], begin: begin, end: end(duration)))
            case .ramp(let clients, let duration):
                try await self.runClosed(RampSchedule(clients: clients, begin: begin, end: end(duration)))
            case .open(let perSecond, let start, let clients, let duration):
                let schedule = StartSchedule(begin: begin, end: end(duration), perSecond: perSecond)
                try await self.runOpen(clients: clients, started: start, schedule: schedule)
            case .burst(let count, let clients):
                try await self.runRounds(rounds ?? 0..<count, clients: clients)
            }
        }
    }

    /// A part of the load phase, which counts as its duration.
    func phase(_ body: @escaping @Sendable () async throws -> Void) async throws(TrafficError) {
        await loops.beginPhase()
        let begin = plan.clock.now()
        totals.withLock { $0.began = $0.began ?? begin }
        defer { totals.withLock { $0.durationNanoseconds += plan.clock.now() - begin } }
        try await stoppable(body)
    }

    /// One round more is over.
    func noteRound(isVoid: Bool) {
        totals.withLock { if isVoid { $0.voidRounds += 1 } else { $0.roundsDone += 1 } }
    }

    private func runRounds(_ rounds: Range<Int>, clients: Int) async throws {
        for number in rounds {
            if await loops.isStopping { return }
            guard let round = try await driver.prepare(number, clients: clients) else {
                noteRound(isVoid: true)
                continue
            }
            if plan.options.sequential {
                for assignment in round.assignments {
                    if await loops.isStopping { return }
                    _ = try await driver.perform(assignment)
                }
            } else {
                try await driver.release(driver.hold(round.assignments))
            }
            if await loops.isStopping { return }
            try await driver.readAfter(round)
            noteRound(isVoid: false)
        }
    }

    /// As many clients at once as the schedule says; they only become more.
    private func runClosed(_ schedule: RampSchedule) async throws {
        if plan.options.sequential {
            var turn = 0
            while plan.clock.now() < schedule.end, await !loops.isStopping {
                try await driver.performNext(of: turn % schedule.clients(at: plan.clock.now()))
                turn += 1
            }
            return
        }
        let clients = schedule.clients.last ?? 0
        try await loops.onEach { loop in
            try await loop.runClosed(self.loops.clients(of: loop, among: clients), schedule: schedule)
        }
    }

    /// Starts at a fixed rate, by `started` clients and by more when those are busy.
    private func runOpen(clients: Int, started: Int, schedule: StartSchedule) async throws {
        if plan.options.sequential {
            for number in 0..<schedule.count {
                let intended = schedule.instant(of: number)
                await loops.all[0].pause(until: intended)
                guard await !loops.isStopping, plan.clock.now() < schedule.end else { return }
                try await driver.performNext(of: number % clients, intended: intended)
            }
            return
        }
        try await loops.onEach { loop in
            let own = self.loops.clients(of: loop, among: clients)
            guard let share = StartShare(of: own, among: clients) else { return }
            let startedHere = own.filter { $0 < started }.count
            try await loop.runOpen(own, started: startedHere, schedule: schedule, share: share)
        }
    }

    /// Runs a part of the run; a cancellation or an error stops every loop, each within a bounded time.
    func stoppable<Result: Sendable>(
        _ body: @escaping @Sendable () async throws -> Result
    ) async throws(TrafficError) -> Result {
        do {
            return try await withTaskCancellationHandler(operation: body, onCancel: { loops.stop() })
        } catch let error as TrafficError {
            throw error
        } catch {
            throw TrafficError(.connection, "the load ended unexpectedly: \(error)")
        }
    }

    // MARK: Thresholds

    /// Whether any threshold may end the load.
    public var canAbortEarly: Bool { !plan.liveThresholds.isEmpty }

    /// The first threshold of the scenario that is exceeded by now, if one is.
    public func exceededThreshold() async -> ExceededThreshold? {
        guard let began = totals.withLock({ $0.began }) else { return nil }
        for (index, threshold) in plan.liveThresholds.enumerated() {
            var live = LiveThreshold(threshold)
            for loop in loops.all { live.add(loop.figures.withLock { $0.live[index] }) }
            let seconds = Double(plan.clock.now() - (live.began ?? began)) / 1e9
            let planned = threshold.operation == nil ? plannedOperations : nil
            guard live.isExceeded(after: seconds, planned: planned) else { continue }
            var measured = live.measured(after: seconds)
            if case .latency(let percentile) = threshold.measure, percentile < 100 {
                measured = latency(percentile, of: threshold.operation)
            }
            return ExceededThreshold(
                threshold: threshold, measured: measured ?? 0, operations: live.operations)
        }
        return nil
    }

    /// How many operations the whole load has at most, where that is known.
    private var plannedOperations: Int? {
        guard case .burst(let rounds, let clients) = plan.scenario.load.shape else { return nil }
        return rounds * clients
    }

    /// Seconds, from the loops' histograms: read once, when it is already known that the limit is exceeded.
    private func latency(_ percentile: Double, of operation: String?) -> Double {
        var all: Histogram<UInt64>?
        for (name, histogram) in loops.figures.latency where operation == nil || name == operation {
            if all == nil { all = histogram } else { all?.add(histogram) }
        }
        return Double(all?.valueAtPercentile(percentile) ?? 0) / 1e6
    }

    // MARK: Figures

    /// Closes the connections and gives the figures.
    public func finish() async -> TrafficSummary {
        let figures = loops.figures
        for loop in loops.all { await loop.closeConnections() }
        try? await loops.group.shutdownGracefully()
        var summary = TrafficSummary(
            counters: counters, durationNanoseconds: totals.withLock { $0.durationNanoseconds },
            lateStarts: figures.late, missedStarts: figures.missed,
            notices: plan.notices.withLock { $0 } + missingValueNotices(figures.skipped))
        if plan.budget.refused > 0 {
            summary.notices.append(
                "\(plan.budget.refused) answers were given up half-read: all that were under way held more than "
                    + "\(plan.budget.limitBytes >> 20) MiB together; use fewer clients or smaller answers")
        }
        if plan.scenario.defaults.cookies, !plan.hasCookies.withLock({ $0 }) {
            summary.notices.append("no answer set a cookie, so that `cookies: true` kept none")
        }
        for (name, count) in plan.needs.dropped.sorted(by: { $0.key < $1.key }) {
            summary.notices.append(
                "\(count) operations \(name) were not kept for those that need one: "
                    + "\(NeedsRegistry.waitingLimit) were waiting already")
        }
        return summary
    }

    /// What was not sent or not offered, because an answer lacked a value.
    private func missingValueNotices(_ skipped: [UnsentRequest: Int]) -> [String] {
        func times(_ count: Int) -> String { count == 1 ? "once" : "\(count) times" }
        var notices = skipped.map { unsent, count in
            "\(unsent.operation) \(unsent.isFirst ? "was not sent" : "ended before its last step") "
                + "\(times(count)): \(unsent.error)"
        }
        for (operation, names) in plan.needs.lacking {
            notices += names.map { name, count in
                "\(operation) was ok \(times(count)) without a value for \(name), "
                    + "and was not offered to the operations that need it"
            }
        }
        return notices.sorted()
    }
}
