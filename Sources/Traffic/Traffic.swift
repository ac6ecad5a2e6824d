// The load as the rest of contend sees it: event loops with their clients, driven through the parts of a run.

import Core
import Histogram
public import History
import NIOCore
import NIOPosix
public import Scenario

/// Virtual clients that drive one scenario against its replicas and record every operation.
public final class Traffic: Sendable {
    /// The most setup requests: one for each key, and in a burst for each round.
    static let setupLimit = 100_000

    struct Totals: Sendable {
        var durationNanoseconds: Int64 = 0
        /// When the load phase began, nanoseconds since the run's origin.
        var began: Int64?
        var roundsDone = 0
        var voidRounds = 0
        var notices: [String] = []
        var spread: Histogram<UInt64>?
        var isFinished = false
    }

    let plan: TrafficPlan
    let loops: [ClientLoop]
    let mix: OperationMix
    let totals = Locked(Totals())
    private let group: MultiThreadedEventLoopGroup

    /// `now` gives nanoseconds since the run's origin on the monotonic clock; it is called on every event
    /// loop.
    public init(
        _ scenario: Scenario, replicas: [Address], recorder: HistoryRecorder, options: TrafficOptions,
        now: @escaping @Sendable () -> Int64
    ) throws(TrafficError) {
        guard !replicas.isEmpty else { throw TrafficError(.connection, "there is no replica to send to") }
        var options = options
        options.loops = max(1, options.loops)
        let plan = TrafficPlan(
            scenario: scenario,
            operations: Dictionary(
                scenario.operations.enumerated().map { index, declaration in
                    (declaration.name, OperationPlan(declaration, index: index, in: scenario))
                }, uniquingKeysWith: { first, _ in first }),
            keySpace: KeySpace(scenario.load.keys, token: token(of: options.seed)), replicas: replicas,
            sockets: try Traffic.resolve(replicas), options: options,
            redactor: Traffic.redactor(for: scenario, options: options), needs: NeedsRegistry(),
            budget: AnswerBudget(limitBytes: options.answersLimitBytes), now: now,
            isBurst: { if case .burst = scenario.load.shape { true } else { false } }(),
            liveThresholds: scenario.thresholds.filter { $0.abortsEarlyAfter != nil })
        var entries: [OperationMix.Entry] = []
        for entry in scenario.load.mix {
            entries.append(.init(operation: try plan.operation(entry.operation), weight: entry.weight))
        }
        mix = OperationMix(entries)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: options.loops)
        var loops: [ClientLoop] = []
        do {
            for (index, eventLoop) in group.makeIterator().enumerated() {
                let writer = try recorder.makeSegment(named: "loop-\(index)")
                loops.append(ClientLoop(index: index, eventLoop: eventLoop, writer: writer, plan: plan))
            }
        } catch {
            group.shutdownGracefully { _ in }
            throw TrafficError(.recording, "the history cannot be opened: \(error)")
        }
        self.plan = plan
        self.group = group
        self.loops = loops
    }

    deinit { if !totals.withLock({ $0.isFinished }) { group.shutdownGracefully { _ in } } }

    public var counters: TrafficCounters {
        var sum = TrafficCounters()
        for loop in loops {
            let counted = loop.counted.withLock { $0 }
            sum.ok += counted.ok
            sum.fail += counted.fail
            sum.unknown += counted.unknown
            sum.requests += counted.requests
            sum.skipped += counted.skipped
        }
        totals.withLock {
            sum.roundsDone = $0.roundsDone
            sum.voidRounds = $0.voidRounds
        }
        return sum
    }

    /// The `setup` requests.
    ///
    /// Cancelling ends it with an error.
    public func setUp() async throws(TrafficError) {
        for loop in loops { await loop.beginPhase() }
        try await stoppable { try await self.sendSetup() }
    }

    private func sendSetup() async throws(TrafficError) {
        var setup = SetupCaptures()
        var count = 0
        for (number, request) in plan.scenario.setup.enumerated() {
            let values = try setupKeys(of: request)
            for value in values {
                guard count < Traffic.setupLimit else { throw Self.setupIsTooLong }
                guard await !loops[0].isStopping else {
                    throw TrafficError(.setup, "interrupted during the setup, before the load began")
                }
                let key = request.forEach.flatMap { name in value.map { (name: name, value: $0) } }
                let captures = try await loops[0].setUp(request, number: number, of: count, key: key)
                count += 1
                if let missing = request.captures.first(where: {
                    captures[$0.name] == nil && isMentioned($0.name, after: number)
                }) {
                    throw TrafficError(
                        .setup,
                        "setup request \(number + 1) was answered as expected, but its answer holds no "
                            + "\(missing.name), which later requests need; look at its `capture`")
                }
                if let key {
                    setup.byKey[key.name, default: [:]][key.value, default: [:]].merge(captures) { $1 }
                } else {
                    setup.common.merge(captures) { $1 }
                }
                await loops[0].adopt(setup)
            }
        }
        for loop in loops { await loop.adopt(setup) }
    }

    /// Whether a later setup request, an operation or a model uses what a setup request captures.
    private func isMentioned(_ name: String, after number: Int) -> Bool {
        plan.operations.values.contains { $0.mentions.contains(name) }
            || plan.scenario.setup.dropFirst(number + 1).contains { $0.request.placeholders.contains(name) }
    }

    private static let setupIsTooLong = TrafficError(
        .setup, "setup would send more than \(Traffic.setupLimit) requests; use fewer keys or rounds")

    /// The values that a setup request is sent for; one `nil` if it is sent once.
    private func setupKeys(of request: SetupRequest) throws(TrafficError) -> [String?] {
        guard let name = request.forEach else { return [nil] }
        guard let key = plan.keySpace.keys.firstIndex(where: { $0.name == name }) else {
            throw TrafficError(.setup, "setup is for each \(name), which `load.keys` does not declare")
        }
        let count = plan.keySpace.keys[key].count
        guard case .burst(let rounds, _) = plan.scenario.load.shape else {
            return (0..<count).map { plan.keySpace.value(of: key, at: $0, round: nil) }
        }
        guard rounds <= Traffic.setupLimit, rounds * count <= Traffic.setupLimit else {
            throw Self.setupIsTooLong
        }
        return (0..<rounds).flatMap { round in
            (0..<count).map { plan.keySpace.value(of: key, at: $0, round: round) }
        }
    }

    /// The load phase.
    ///
    /// Bursts run only `rounds` if given, so that a caller can judge between batches; cancelling ends it
    /// early, with every open operation recorded as it stands.
    public func run(rounds: Range<Int>? = nil) async throws(TrafficError) {
        for loop in loops { await loop.beginPhase() }
        let begin = plan.now()
        totals.withLock { $0.began = $0.began ?? begin }
        defer { totals.withLock { $0.durationNanoseconds += plan.now() - begin } }
        try await stoppable {
            switch self.plan.scenario.load.shape {
            case .closed(let clients, let duration):
                try await self.runClosed(
                    steps: [clients], begin: begin, until: begin + duration.nanoseconds)
            case .ramp(let clients, let duration):
                try await self.runClosed(
                    steps: clients, begin: begin, until: begin + duration.nanoseconds)
            case .open(let perSecond, let start, let clients, let duration):
                let schedule = StartSchedule(
                    begin: begin, end: begin + duration.nanoseconds, perSecond: perSecond)
                try await self.runOpen(clients: clients, started: start, schedule: schedule)
            case .burst(let count, let clients):
                try await self.runRounds(rounds ?? 0..<count, clients: clients)
            }
        }
    }

    /// Closes the connections and gives the figures.
    public func finish() async -> TrafficSummary {
        var latency: [String: Histogram<UInt64>] = [:]
        var late = 0
        var missed = 0
        var skipped: [UnsentRequest: Int] = [:]
        for loop in loops {
            let part = await loop.figures()
            for (name, histogram) in part.latency {
                if latency[name] == nil { latency[name] = histogram } else { latency[name]?.add(histogram) }
            }
            late += part.late
            missed += part.missed
            skipped.merge(part.skipped) { $0 + $1 }
            await loop.closeConnections()
        }
        let wasFinished = totals.withLock { totals in
            defer { totals.isFinished = true }
            return totals.isFinished
        }
        if !wasFinished { try? await group.shutdownGracefully() }
        let totals = totals.withLock { $0 }
        var summary = TrafficSummary(
            counters: counters, durationNanoseconds: totals.durationNanoseconds,
            releaseSpreadP50Nanoseconds: totals.spread.map { Int64($0.valueAtPercentile(50)) },
            releaseSpreadMaximumNanoseconds: totals.spread.map { Int64($0.maxRecorded) }, latency: latency)
        summary.lateStarts = late
        summary.missedStarts = missed
        summary.notices = totals.notices + missingValueNotices(skipped)
        if plan.budget.refused > 0 {
            summary.notices.append(
                "\(plan.budget.refused) answers were given up half-read: all that were under way held more than "
                    + "\(plan.budget.limitBytes >> 20) MiB together; use fewer clients or smaller answers")
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

    // MARK: Parts

    /// Runs a part of the load; a cancellation or an error stops every loop, each within a bounded time.
    func stoppable<Result: Sendable>(
        _ body: @escaping @Sendable () async throws -> Result
    ) async throws(TrafficError) -> Result {
        do {
            return try await withTaskCancellationHandler {
                try await body()
            } onCancel: {
                for loop in loops { loop.stop() }
            }
        } catch let error as TrafficError {
            throw error
        } catch {
            throw TrafficError(.connection, "the load ended unexpectedly: \(error)")
        }
    }

    /// Does the same on every loop at once; when one fails the others are stopped.
    func onEveryLoop(_ body: @escaping @Sendable (ClientLoop) async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for loop in loops {
                group.addTask(executorPreference: loop.executor) {
                    do {
                        try await body(loop)
                    } catch {
                        for other in self.loops { other.stop() }
                        throw error
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    func note(_ notice: String) {
        totals.withLock { totals in
            if totals.notices.count < 100, !totals.notices.contains(notice) { totals.notices.append(notice) }
        }
    }

    private static func resolve(_ replicas: [Address]) throws(TrafficError) -> [SocketAddress] {
        var sockets: [SocketAddress] = []
        for replica in replicas {
            do {
                sockets.append(try SocketAddress.makeAddressResolvingHost(replica.host, port: replica.port))
            } catch {
                throw TrafficError(.connection, "the replica's host \(replica.host) has no address: \(error)")
            }
        }
        return sockets
    }

    private static func redactor(for scenario: Scenario, options: TrafficOptions) -> Redactor? {
        let values = scenario.sensitiveValues + options.secrets.values
        return values.isEmpty ? nil : Redactor(values)
    }
}
