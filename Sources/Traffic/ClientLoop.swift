// One event loop and the virtual clients that live on it: their operations from the draw to the return, and
// the segment that they are recorded into.

import Core
import Histories
import NIOCore
import Scenarios

/// The virtual clients of one event loop.
///
/// The actor's executor is the event loop itself, and its clients' tasks prefer it too, so that a client's
/// code, its connection and its recording run on one thread without a hop.
actor ClientLoop {
    /// How long open operations may still take after a cancellation.
    static let graceNanoseconds: Int64 = 1_000_000_000
    /// A client whose connection was refused waits this long before its next operation.
    static let refusedPauseNanoseconds: Int64 = 10_000_000
    /// A client that could send nothing waits this long before it draws again.
    static let unsentPauseNanoseconds: Int64 = 1_000_000
    /// A start later than this after its intended instant is counted as late.
    static let lateNanoseconds: Int64 = 1_000_000

    nonisolated let index: Int
    nonisolated let executor: LoopExecutor
    nonisolated let figures: Locked<LoopFigures>
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// No operation starts any more.
    private(set) var isStopping = false

    private let plan: TrafficPlan
    private let eventLoop: any EventLoop
    private let writer: SegmentWriter
    private let carriers: Carriers
    private var renderer: RequestRenderer
    private var draws: ClientDraws
    /// Clients of an open load that wait for their next start, and the dispatcher that waits for one of them.
    private var idle: [Int] = []
    private var idleWaiter: UnsafeContinuation<Void, Never>?
    private var phase = 0
    private var prepared = 0
    private var sleepers: [Int: UnsafeContinuation<Void, Never>] = [:]
    private var nextSleeper = 0

    init(index: Int, eventLoop: any EventLoop, writer: sending SegmentWriter, plan: TrafficPlan) {
        self.index = index
        self.eventLoop = eventLoop
        self.executor = LoopExecutor(eventLoop)
        self.writer = writer
        self.plan = plan
        self.carriers = Carriers(plan, on: eventLoop)
        self.renderer = RequestRenderer(
            plan.replicas, values: plan.options.commands?.values ?? plan.replicas.map { _ in [:] })
        self.draws = ClientDraws(plan)
        self.figures = Locked(LoopFigures(plan.liveThresholds))
    }

    func adopt(_ setup: SetupCaptures) { draws.setup = setup }

    func closeConnections() { carriers.connections.close() }

    // MARK: Loads

    /// Each client sends its next operation when the last has returned, from its start on.
    func runClosed(_ clients: [Int], schedule: RampSchedule) async throws {
        let current = phase
        plan.clock.schedule(at: schedule.end, on: eventLoop) {
            self.assumeIsolated { if $0.phase == current { $0.carriers.connections.abandon() } }
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for client in clients {
                group.addTask(executorPreference: executor) {
                    await self.pause(until: schedule.start(of: client))
                    try await self.runClosed(client, until: schedule.end)
                }
            }
            try await group.waitForAll()
        }
    }

    private func runClosed(_ client: Int, until end: Int64) async throws(TrafficError) {
        try await orStop { () async throws(TrafficError) in
            while self.plan.clock.now() < end, !self.isStopping {
                try await self.performNext(of: client, until: end)
            }
        }
    }

    /// This loop's share of the starts of a schedule, each by an idle client; late when all are busy.
    func runOpen(_ clients: [Int], started: Int, schedule: StartSchedule, share: StartShare) async throws {
        // The last one is taken first: those that were not meant to start only when all others are busy.
        idle = clients.dropFirst(started).reversed() + clients.prefix(started).reversed()
        // A discarding group keeps nothing of the operations that are over, however many they are.
        try await withThrowingDiscardingTaskGroup { group in
            var turn = 0
            var late = 0
            while share.number(turn) < schedule.count, !isStopping {
                let intended = schedule.instant(of: share.number(turn))
                await pause(until: intended)
                while idle.isEmpty, !isStopping, plan.clock.now() < schedule.end {
                    await withUnsafeContinuation { idleWaiter = $0 }
                }
                guard !isStopping, !idle.isEmpty else { break }
                let lateness = plan.clock.now() - intended
                guard lateness <= 0 || plan.clock.now() < schedule.end, let client = idle.popLast() else {
                    break
                }
                if lateness > Self.lateNanoseconds { late += 1 }
                group.addTask(executorPreference: executor) {
                    try await self.runOnce(client, intended: intended)
                }
                turn += 1
            }
            var missed = 0
            while share.number(turn + missed) < schedule.count { missed += 1 }
            figures.withLock { figures in
                figures.late += late
                figures.missed += missed
            }
        }
    }

    private func runOnce(_ client: Int, intended: Int64) async throws(TrafficError) {
        defer {
            idle.append(client)
            wakeDispatcher()
        }
        try await orStop { () async throws(TrafficError) in
            try await self.performNext(of: client, intended: intended)
        }
    }

    private func wakeDispatcher() {
        idleWaiter?.resume()
        idleWaiter = nil
    }

    /// An error ends the load of this loop at once, instead of when the time is up.
    private func orStop(_ body: () async throws(TrafficError) -> Void) async throws(TrafficError) {
        do {
            try await body()
        } catch {
            stop()
            throw error
        }
    }

    /// One operation of the mix, or a short pause where none can be sent yet.
    ///
    /// What could not be sent before the `end` is neither sent nor recorded.
    func performNext(
        of client: Int, intended: Int64? = nil, until end: Int64 = .max
    ) async throws(TrafficError) {
        guard let assignment = draws.next(of: client, intended: intended),
            let operation = try await prepare(assignment)
        else { return await pause(until: plan.clock.now() + Self.unsentPauseNanoseconds) }
        guard !isStopping, plan.clock.now() < end else { return }
        try start(operation)
        let performed = try await finish(operation)
        if performed.wasRefused { await pause(until: plan.clock.now() + Self.refusedPauseNanoseconds) }
    }

    // MARK: Steps

    /// The three steps of one operation in a row; `nil` where it cannot be sent.
    func perform(_ assignment: Assignment) async throws(TrafficError) -> Performed? {
        guard let held = try await hold(assignment) else { return nil }
        try admit(held)
        return try await answer(to: held)
    }

    /// Makes an operation ready to be admitted; `nil` where it cannot be sent.
    func hold(_ assignment: Assignment) async throws(TrafficError) -> HeldOperation? {
        guard let operation = try await prepare(assignment) else { return nil }
        return HeldOperation(
            assignment: assignment, loop: self, open: NIOLoopBound(operation, eventLoop: eventLoop))
    }

    /// Makes several ready, their connections opened side by side.
    func hold(_ assignments: [Assignment]) async throws -> [HeldOperation] {
        try await withThrowingTaskGroup(of: HeldOperation?.self) { group in
            for assignment in assignments {
                group.addTask(executorPreference: executor) { try await self.hold(assignment) }
            }
            var held: [HeldOperation] = []
            while let next = try await group.next() { if let next { held.append(next) } }
            return held
        }
    }

    /// Records the operation and writes its first byte.
    func admit(_ held: HeldOperation) throws(TrafficError) {
        precondition(held.open.value.record.requests.isEmpty, "an operation is admitted once")
        try start(held.open.value)
    }

    /// Holds the event loop until the instant, then admits all, one right after the other.
    func admit(_ held: [HeldOperation], at instant: Int64) throws(TrafficError) {
        while plan.clock.now() < instant {}
        for operation in held { try admit(operation) }
    }

    /// Waits until an admitted operation has returned, its further requests sent.
    func answer(to held: HeldOperation) async throws(TrafficError) -> Performed {
        precondition(!held.open.value.record.requests.isEmpty, "only what was admitted is answered")
        return try await finish(held.open.value)
    }

    /// Whether the time of an admitted operation's request counts; does not wait.
    nonisolated func countTime(of held: HeldOperation, _ counts: Bool) {
        eventLoop.execute { held.open.value.carrier?.countTime(counts) }
    }

    /// Waits until all have returned.
    func answers(to held: [HeldOperation]) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for operation in held {
                group.addTask(executorPreference: executor) { _ = try await self.answer(to: operation) }
            }
            try await group.waitForAll()
        }
    }

    // MARK: One operation

    /// Everything that can be done before the first byte: values, first request, connection.
    ///
    /// `nil` where a placeholder cannot be filled, because an answer lacked the value. Such an operation is
    /// neither sent nor recorded, but counted: the run goes on.
    private func prepare(_ assignment: Assignment) async throws(TrafficError) -> OpenOperation? {
        var generator = SeededGenerator(seed: plan.options.seed, draw: assignment.draw)
        var memory = draws.memory(of: assignment)
        let values = draws.values(of: assignment, memory: &memory, using: &generator)
        let operation = assignment.operation
        var bindings = Bindings(values)
        for name in operation.secrets {
            bindings["secret.\(name)"] = plan.options.secrets[name].map(Value.string)
        }
        let replica = draws.replica(for: assignment, step: 0, request: 0, using: &generator)
        let request: OutgoingRequest
        do {
            request = try renderer.render(
                0, of: operation, in: bindings, replica: replica, cookies: memory.cookieHeader(in: plan))
        } catch {
            guard !assignment.isTold else {
                throw TrafficError(.binding, "operation \(operation.name) cannot be sent: \(error)")
            }
            let unsent = UnsentRequest(operation: operation.name, error: error, isFirst: true)
            figures.withLock { figures in
                figures.skipped[unsent, default: 0] += 1
                if assignment.phase == .load { figures.counters.skipped += 1 }
            }
            return nil
        }
        // Distinct over all loops: each counts in steps of their number.
        let id = index + plan.options.loops * prepared.take()
        let record = OperationRecord(
            id: id, client: assignment.client, name: operation.name, phase: assignment.phase,
            round: assignment.round, values: plan.recordRedactor.redact(values),
            intended: assignment.intended, invoked: 0)
        return OpenOperation(
            assignment, generator: generator, bindings: bindings, memory: memory, record: record,
            request: request, replica: replica,
            carrier: try await carriers.carrier(
                of: request, by: assignment.client, to: replica, on: self))
    }

    /// Stamps and records the operation, then writes its first byte.
    private func start(_ operation: OpenOperation) throws(TrafficError) {
        let sent = plan.clock.now()
        operation.record.invoked = sent
        operation.stamp(sent, in: plan)
        do { try writer.invoke(operation.record) } catch { throw TrafficError(recording: error) }
        operation.send(in: plan)
    }

    /// Awaits the answer and takes the further steps, until the operation has returned and is recorded.
    private func finish(_ operation: OpenOperation) async throws(TrafficError) -> Performed {
        while true {
            let received =
                await operation.carrier?.receive()
                ?? ReceivedAnswer(failure: .refused, received: plan.clock.now())
            operation.wasRefused = operation.carrier == nil
            if let outcome = try await take(received, in: operation) {
                return try complete(operation, outcome: outcome)
            }
        }
    }

    /// What the operation came to; `nil` if its next request was sent.
    private func take(
        _ received: ReceivedAnswer, in operation: OpenOperation
    ) async throws(TrafficError) -> Outcome? {
        let step = operation.plan.steps[operation.progress.step]
        let answer = step.answer(received)
        let (classified, reason) = step.declaration.outcome.classify(answer, isRead: !step.isWrite)
        // A deadline that was brought forward says nothing, whatever the rules make of a timeout.
        let outcome = isStopping && received.failure == .timeout ? .unknown : classified
        operation.note(
            received, outcome: outcome, meets: step.met(by: answer, outcome: outcome), in: plan)
        operation.keepCookies(from: received, in: plan)
        if operation.assignment.phase == .load { figures.withLock { $0.counters.requests += 1 } }
        if outcome == .ok { operation.capture(from: answer, by: step, in: plan) }
        if operation.assignment.isTold {
            operation.exchanges.append(
                Exchange(operation, received, outcome: outcome, reason: reason, in: plan))
        }
        let next = operation.progress.answered(
            outcome, retryMatches: !isStopping && step.isRetried(answer), using: &operation.generator)
        switch next {
        case .finish(let outcome): return outcome
        case .send(let step, _, let pause):
            if pause > 0 { await self.pause(until: plan.clock.now() + pause) }
            // Nothing would end a request that is sent after the others were told to end.
            guard !isStopping else { return operation.progress.cannotContinue() }
            return try await send(step, in: operation)
        }
    }

    /// Sends a further request; what the operation came to where that cannot be done.
    private func send(_ step: Int, in operation: OpenOperation) async throws(TrafficError) -> Outcome? {
        operation.replica = draws.replica(
            for: operation.assignment, step: step, request: operation.record.requests.count,
            using: &operation.generator)
        do {
            operation.request = try renderer.render(
                step, of: operation.plan, in: operation.bindings, replica: operation.replica,
                cookies: operation.memory.cookieHeader(in: plan))
        } catch {
            let unsent = UnsentRequest(operation: operation.plan.name, error: error, isFirst: false)
            figures.withLock { $0.skipped[unsent, default: 0] += 1 }
            return operation.progress.cannotContinue()
        }
        operation.carrier = try await carriers.carrier(
            of: operation.request, by: operation.assignment.client, to: operation.replica, on: self)
        operation.stamp(plan.clock.now(), in: plan)
        let request = operation.record.requests[operation.record.requests.count - 1]
        do {
            try writer.attempt(request, captures: operation.record.captures, of: operation.record.id)
        } catch { throw TrafficError(recording: error) }
        operation.send(in: plan)
        return nil
    }

    private func complete(_ operation: OpenOperation, outcome: Outcome) throws(TrafficError) -> Performed {
        operation.record.outcome = outcome
        operation.record.returned = operation.record.requests.last?.received ?? plan.clock.now()
        do { try writer.complete(operation.record) } catch { throw TrafficError(recording: error) }
        draws.keep(operation.memory, of: operation.assignment)
        let needed = operation.plan.isNeeded && outcome == .ok
        var values: [String: Value] = [:]
        if needed || operation.assignment.phase != .load {
            // Secrets stay out of what is inherited: a needing operation binds them itself.
            values = operation.bindings.values.filter { !$0.key.hasPrefix("secret.") }
        }
        if needed { plan.needs.offer(operation.plan.name, values: values, needed: operation.plan.handedOn) }
        if operation.assignment.phase == .load { figures.withLock { $0.add(operation.record) } }
        return Performed(
            outcome: outcome, wasRefused: operation.wasRefused, memory: operation.memory,
            record: operation.record, values: values, exchanges: operation.exchanges)
    }

    // MARK: Pauses and stopping

    /// Returns at the instant, or at once when the run is being stopped.
    func pause(until instant: Int64) async {
        guard instant > plan.clock.now(), !isStopping else { return }
        let sleeper = nextSleeper.take()
        await withUnsafeContinuation { continuation in
            sleepers[sleeper] = continuation
            plan.clock.schedule(at: instant, on: eventLoop) {
                self.assumeIsolated { $0.sleepers.removeValue(forKey: sleeper)?.resume() }
            }
        }
    }

    func beginPhase() {
        isStopping = false
        carriers.connections.beginPhase()
        phase += 1
    }

    /// No operation starts any more; those that are open get a bounded time.
    nonisolated func stop() {
        eventLoop.execute { self.assumeIsolated { $0.stopNow() } }
    }

    private func stopNow() {
        guard !isStopping else { return }
        isStopping = true
        for sleeper in sleepers.values { sleeper.resume() }
        sleepers.removeAll()
        wakeDispatcher()
        let stopped = phase
        plan.clock.schedule(at: plan.clock.now() + Self.graceNanoseconds, on: eventLoop) {
            self.assumeIsolated { if $0.phase == stopped, $0.isStopping { $0.carriers.interrupt() } }
        }
    }
}
