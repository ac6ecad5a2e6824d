// One event loop and the virtual clients that live on it: their connections, their draws, and the segment
// they record into.

import Core
import Histogram
import History
import NIOCore
import NIOPosix
import Scenario

/// What all event loops share and none changes.
struct TrafficPlan: Sendable {
    let scenario: Scenario
    let operations: [String: OperationPlan]
    let keySpace: KeySpace
    let replicas: [Address]
    let sockets: [SocketAddress]
    let options: TrafficOptions
    let redactor: Redactor?
    let needs: NeedsRegistry
    let budget: AnswerBudget
    let now: @Sendable () -> Int64
    let isBurst: Bool
    /// Those that may end the load.
    let liveThresholds: [Threshold]

    func operation(_ name: String) throws(TrafficError) -> OperationPlan {
        guard let plan = operations[name] else {
            throw TrafficError(.binding, "operation \(name) is not defined in scenario \(scenario.name)")
        }
        return plan
    }
}

/// The virtual clients of one event loop.
///
/// The actor's executor is the event loop itself, and its clients' tasks prefer it too, so that a client's
/// code, its connection and its recording run on one thread without a hop.
actor ClientLoop {
    /// Connections of one loop to one replica that are being opened at once, so that no listen queue
    /// overflows.
    static let connectsAtOnce = 32
    /// How long open operations may still take after a cancellation.
    static let graceNanoseconds: Int64 = 1_000_000_000
    /// A client whose connection was refused waits this long before its next operation.
    static let refusedPauseNanoseconds: Int64 = 10_000_000

    /// One client between operations.
    struct Client {
        var connections: [HTTPConnection?]
        /// Operations drawn so far.
        var drawn = 0
        /// Requests sent so far, for round robin.
        var requests = 0
        /// Draws from each `sequence`, by operation and name.
        var sequences: [String: Int] = [:]
    }

    struct ConstantPlace: Hashable {
        var operation: Int
        var step: Int
        var replica: Int
    }

    nonisolated let index: Int
    nonisolated let eventLoop: any EventLoop
    nonisolated let plan: TrafficPlan
    nonisolated let counted = Locked(TrafficCounters())
    /// One for each of the plan's live thresholds.
    nonisolated let live: Locked<[LiveThreshold]>
    nonisolated let executor: LoopExecutor

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    let writer: SegmentWriter
    let renderer: RequestRenderer
    /// Rendered requests that mention no value.
    var constants: [ConstantPlace: OutgoingRequest] = [:]
    var clients: [Int: Client] = [:]
    var setup = SetupCaptures()
    var latency: [String: Histogram<UInt64>] = [:]
    /// Operations that a burst has prepared but not released, in the order of clients.
    var ready: [OpenOperation] = []
    /// Clients of an open load that wait for their next start; the dispatcher that waits for one of them.
    var idle: [Int] = []
    var idleWaiter: UnsafeContinuation<Void, Never>?
    var late = 0
    var missed = 0
    /// What could not be sent, and how often.
    var skipped: [UnsentRequest: Int] = [:]
    /// Every exchange in words while it is set, for `run --once` and for what `setup` says of a refusal.
    var journal: [Exchange]?

    private(set) var isStopping = false
    private var phase = 0
    private var nextID: Int
    private var sleepers: [Int: UnsafeContinuation<Void, Never>] = [:]
    private var nextSleeper = 0
    /// By replica, so that one that accepts nothing holds up nobody else.
    private var connecting: [Int: Int] = [:]
    private var connectWaiters: [Int: [UnsafeContinuation<Void, Never>]] = [:]
    private var connectAttempts: [Int: EventLoopPromise<any Channel>] = [:]
    private var nextAttempt = 0
    /// The time for new connections is over; those under way are given up.
    private var hasAbandonedConnects = false

    init(index: Int, eventLoop: any EventLoop, writer: sending SegmentWriter, plan: TrafficPlan) {
        self.index = index
        self.eventLoop = eventLoop
        self.executor = LoopExecutor(eventLoop)
        self.writer = writer
        self.plan = plan
        self.renderer = RequestRenderer(plan.replicas)
        self.nextID = index
        self.live = Locked(plan.liveThresholds.map { LiveThreshold($0) })
    }

    func adopt(_ setup: SetupCaptures) { self.setup = setup }

    /// Distinct over all loops: each counts in steps of their number.
    func takeID() -> Int {
        defer { nextID += plan.options.loops }
        return nextID
    }

    func withClient<Result>(_ client: Int, _ change: (inout Client) -> Result) -> Result {
        change(
            &clients[
                client,
                default: Client(connections: [HTTPConnection?](repeating: nil, count: plan.replicas.count))])
    }

    // MARK: Connections

    /// The client's connection to a replica, opened if there is none; `nil` if it was refused.
    func connection(of client: Int, to replica: Int) async throws(TrafficError) -> HTTPConnection? {
        let existing = withClient(client) { $0.connections[replica] }
        if let existing, existing.isUsable { return existing }
        existing?.close()
        while connecting[replica, default: 0] >= Self.connectsAtOnce {
            await withUnsafeContinuation { connectWaiters[replica, default: []].append($0) }
        }
        connecting[replica, default: 0] += 1
        let result = hasAbandonedConnects ? .success(nil) : await connect(to: replica)
        connecting[replica, default: 0] -= 1
        if connectWaiters[replica]?.isEmpty == false { connectWaiters[replica]?.removeFirst().resume() }
        let opened = try result.get()
        withClient(client) { $0.connections[replica] = opened }
        return opened
    }

    private func connect(to replica: Int) async -> Result<HTTPConnection?, TrafficError> {
        let limit = plan.options.bodyLimitBytes
        let now = plan.now
        let budget = plan.budget
        let attempt = nextAttempt
        nextAttempt += 1
        let promise = eventLoop.makePromise(of: (any Channel).self)
        connectAttempts[attempt] = promise
        defer { connectAttempts[attempt] = nil }
        do {
            ClientBootstrap(group: eventLoop)
                .connectTimeout(.nanoseconds(plan.scenario.defaults.timeout.nanoseconds))
                .channelOption(.tcpOption(.tcp_nodelay), value: 1)
                .channelOption(
                    .recvAllocator,
                    value: AdaptiveRecvByteBufferAllocator(minimum: 512, initial: 1024, maximum: 65_536)
                )
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(
                            HTTPConnection(bodyLimitBytes: limit, budget: budget, now: now))
                    }
                }
                .connect(to: plan.sockets[replica])
                .whenComplete { result in
                    // What comes too late is closed; the promise has failed by then.
                    self.assumeIsolated { loop in
                        if loop.connectAttempts[attempt] == nil { try? result.get().close(promise: nil) }
                    }
                    promise.completeWith(result)
                }
            let channel = try await promise.futureResult.get()
            return .success(try channel.pipeline.syncOperations.handler(type: HTTPConnection.self))
        } catch let error as IOError where Self.ownShortages.contains(error.errnoCode) {
            return .failure(
                TrafficError(
                    .connection,
                    "this machine cannot open more connections (\(error)): use fewer clients or replicas, "
                        + "or raise the limit (ulimit -n)"))
        } catch {
            return .success(nil)
        }
    }

    /// Errors of connecting that are contend's own and say nothing about the service.
    private static let ownShortages: Set<CInt> = [EMFILE, ENFILE, EADDRNOTAVAIL, ENOBUFS, ENOMEM]

    func closeConnections() {
        for client in clients.values { for connection in client.connections { connection?.close() } }
        clients.removeAll()
    }

    // MARK: Pauses and stopping

    /// Returns at the instant, or at once when the run is being stopped.
    func pause(until instant: Int64) async {
        let delay = instant - plan.now()
        guard delay > 0, !isStopping else { return }
        let sleeper = nextSleeper
        nextSleeper += 1
        await withUnsafeContinuation { continuation in
            sleepers[sleeper] = continuation
            eventLoop.scheduleTask(in: .nanoseconds(delay)) {
                self.assumeIsolated { $0.sleepers.removeValue(forKey: sleeper)?.resume() }
            }
        }
    }

    func beginPhase() {
        isStopping = false
        hasAbandonedConnects = false
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
        eventLoop.scheduleTask(in: .nanoseconds(Self.graceNanoseconds)) {
            self.assumeIsolated { $0.interrupt(phase: stopped) }
        }
    }

    func wakeDispatcher() {
        idleWaiter?.resume()
        idleWaiter = nil
    }

    /// Gives up, at the instant, connections that are still being opened in this phase.
    func abandonConnects(at instant: Int64) {
        let current = phase
        eventLoop.scheduleTask(in: .nanoseconds(max(0, instant - plan.now()))) {
            self.assumeIsolated { if $0.phase == current { $0.abandonConnects() } }
        }
    }

    private func abandonConnects() {
        hasAbandonedConnects = true
        let attempts = connectAttempts.values
        connectAttempts.removeAll()
        for promise in attempts { promise.fail(ChannelError.connectTimeout(.zero)) }
    }

    private func interrupt(phase stopped: Int) {
        guard phase == stopped, isStopping else { return }
        abandonConnects()
        for client in clients.values { for connection in client.connections { connection?.interrupt() } }
    }
}

extension ClientLoop {
    /// Three significant digits from 1 µs to 10 min; longer counts as 10 min.
    static let longestLatencyMicroseconds: UInt64 = 600_000_000

    func recordLatency(of operation: String, microseconds: UInt64) {
        latency[
            operation,
            default: Histogram(
                highestTrackableValue: Self.longestLatencyMicroseconds, numberOfSignificantValueDigits: .three
            )
        ].record(min(max(1, microseconds), Self.longestLatencyMicroseconds))
    }
}
