// contend's side of the supervisor: starts it, sends commands down the lifeline, and waits for each answer
// within a limit.

import Core
import Foundation
import Glibc

/// A running supervisor.
final class SupervisorClient: Sendable {
    /// A process that it started; `key` is never used again.
    struct Handle: Sendable, Hashable {
        var key: Int
        var pid: Int32
    }

    /// What may happen to the supervisor that contend did not ask for.
    enum Loss: Sendable, Hashable {
        /// It was sent TERM, and stops everything by itself.
        case toldToEnd
        /// It is gone; contend itself ends what it leaves.
        case died
    }

    /// How long contend waits.
    ///
    /// A supervisor that keeps it waiting longer is ended, and what it had started with it.
    struct Limits: Sendable {
        /// Until a new supervisor serves.
        var launchMilliseconds: Int64 = 120_000
        /// For an answer, beside the graces that a stop may take.
        var answerMilliseconds: Int64 = 120_000
        /// Until the socket takes a command.
        var sendMilliseconds: Int64 = 60_000
        /// For clean-up (logs are copied, data is deleted, a database is dropped), beside the graces.
        var cleanUpMilliseconds: Int64 = 120_000
    }

    private struct Waiting {
        var continuation: CheckedContinuation<SupervisorReply?, Never>
        var deadline: Int64
    }

    private struct State {
        var nextID = 0
        var waiting: [Int: Waiting] = [:]
        var ends: [Int: ProcessEnd] = [:]
        var pid: Int32?
        /// What it would leave behind: kept here as well, so that contend can take over.
        var left = Takeover()
        var isGone = false
        /// Nothing of it is left either.
        var isOver = false
        /// What could not be cleaned up, once that is known.
        var problems: [String]?
    }

    private let state = Locked(State())
    private let channel: Locked<LineChannel>
    private let lifeline: Int32
    private let limits: Limits
    /// Called on the reading thread for every process that ends.
    private let onEnd: @Sendable (_ key: Int, ProcessEnd) -> Void
    /// Called on the reading thread when the supervisor goes without contend's having told it to.
    private let onLoss: @Sendable (Loss) -> Void

    private init(
        lifeline: Int32, limits: Limits, onEnd: @escaping @Sendable (Int, ProcessEnd) -> Void,
        onLoss: @escaping @Sendable (Loss) -> Void
    ) {
        self.lifeline = lifeline
        self.limits = limits
        self.onEnd = onEnd
        self.onLoss = onLoss
        channel = Locked(LineChannel(writing: lifeline))
    }

    deinit { close(lifeline) }

    /// Starts `command` as the supervisor and waits until it serves.
    static func launch(
        _ command: [String], environment: [String: String], log: String, limits: Limits = Limits(),
        onEnd: @escaping @Sendable (_ key: Int, ProcessEnd) -> Void,
        onLoss: @escaping @Sendable (Loss) -> Void = { _ in }
    ) async throws(ClusterError) -> SupervisorClient {
        guard let lifeline = makePipe(), let replies = makePipe() else {
            throw ClusterError(.supervisor, "no pipe to a supervisor could be made: \(systemMessage(errno))")
        }
        let spawn = ProcessSpawn(
            arguments: command, environment: environment, directory: nil,
            input: .descriptor(lifeline.reading), output: .descriptor(replies.writing), error: .file(log),
            leadership: .ownSession)
        let client = SupervisorClient(
            lifeline: lifeline.writing, limits: limits, onEnd: onEnd, onLoss: onLoss)
        let result = LivingSupervisors.start(spawn)
        close(lifeline.reading)
        close(replies.writing)
        switch result {
        case .failure(let error):
            close(replies.reading)
            throw ClusterError(
                .supervisor,
                "\(command.first ?? "the supervisor") could not be started: \(systemMessage(error.code))")
        case .success(let pid):
            client.state.withLock { $0.left.supervisor = pid }
            // The thread holds the client weakly between lines: when the client goes, the lifeline closes.
            let reader = ReplyReader(descriptor: replies.reading, supervisor: pid, client: client)
            Thread.detachNewThread { reader.run() }
        }
        let deadline = monotonicMilliseconds() + limits.launchMilliseconds
        while client.supervisorPid == nil {
            if client.isGone || monotonicMilliseconds() > deadline {
                client.endSupervisor()
                throw ClusterError(
                    .supervisor,
                    "the supervisor (\(command.joined(separator: " "))) did not answer; see \(log)")
            }
            await rest(milliseconds: 2)
        }
        return client
    }

    private static func makePipe() -> (reading: Int32, writing: Int32)? {
        var ends: [Int32] = [-1, -1]
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, type, 0, &ends) == 0 else { return nil }
        return (ends[0], ends[1])
    }

    var supervisorPid: Int32? { state.withLock { $0.pid } }
    var isGone: Bool { state.withLock { $0.isGone } }

    /// How the process ended; `nil` while it runs.
    func end(of handle: Handle) -> ProcessEnd? { state.withLock { $0.ends[handle.key] } }

    // MARK: - Commands

    /// Names a process before it is started, so that its end can never arrive unexpected.
    func reserveKey() -> Int {
        state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
    }

    func start(_ process: SupervisedProcess) async throws(ClusterError) -> Handle {
        state.withLock { $0.left.processes[process.key] = process }
        switch await send(.start(process)) {
        case .started(_, let key, let pid):
            return Handle(key: key, pid: pid)
        case .failed(_, let message):
            state.withLock { $0.left.processes[process.key] = nil }
            throw ClusterError(
                .supervisor,
                "\(process.name) could not be started: \(process.arguments.first ?? ""): \(message)")
        case .serving, .done, .ended, .closing, .finished, nil:
            throw Self.lost
        }
    }

    func signal(_ handle: Handle, _ signal: Int32) async throws(ClusterError) {
        try await expectDone(.signal(key: handle.key, signal: signal))
    }

    /// Ends the process and its descendants; returns when they are gone.
    func stop(_ handle: Handle, steps: [StopStep]? = nil) async throws(ClusterError) {
        try await expectDone(.stop(key: handle.key, steps: steps))
    }

    func register(_ cleanUp: CleanUp) async throws(ClusterError) {
        state.withLock { $0.left.cleanUps.append(cleanUp) }
        try await expectDone(.register(cleanUp))
    }

    /// Stops and cleans up everything, whatever has become of the supervisor; what could not be, a sentence
    /// each.
    func finish() async -> [String] {
        if case .finished(_, let problems)? = await send(.finish) {
            // Its answer comes a moment before its own end, which belongs to "nothing is left".
            let deadline = monotonicMilliseconds() + 5_000
            while !isGone, monotonicMilliseconds() < deadline { await rest(milliseconds: 1) }
            return problems
        }
        // It is gone, or told to end: what follows has limits of its own.
        while !state.withLock({ $0.isOver }) { await rest(milliseconds: 5) }
        return state.withLock { $0.problems ?? [] }
    }

    static let lost = ClusterError(
        .supervisor,
        "the supervisor of this run was ended from outside, so contend ended what that had started")

    private func expectDone(_ order: SupervisorCommand.Order) async throws(ClusterError) {
        switch await send(order) {
        case .done: return
        case .failed(_, let message): throw ClusterError(.supervisor, message)
        case .serving, .started, .ended, .closing, .finished, nil: throw Self.lost
        }
    }

    private func send(_ order: SupervisorCommand.Order) async -> SupervisorReply? {
        await withCheckedContinuation { continuation in
            let id = state.withLock { state -> Int? in
                guard !state.isGone else { return nil }
                state.nextID += 1
                let most = limit(of: order, state.left.processes)
                state.waiting[state.nextID] = Waiting(
                    continuation: continuation, deadline: monotonicMilliseconds() + most)
                return state.nextID
            }
            guard let id else { return continuation.resume(returning: nil) }
            let line = SupervisorCommand(id: id, order: order).line
            let condition = channel.withLock { channel in
                let condition = channel.write(line: line)
                guard condition == .waiting else { return condition }
                return channel.flush(withinMilliseconds: limits.sendMilliseconds)
            }
            // The reader notices, and answers everybody who waits.
            if condition == .ended { endSupervisor() }
        }
    }

    /// Milliseconds until an answer must have come.
    private func limit(of order: SupervisorCommand.Order, _ processes: [Int: SupervisedProcess]) -> Int64 {
        func graces(_ steps: [StopStep]) -> Int64 {
            steps.reduce(0) {
                min($0 + min($1.graceMilliseconds, SupervisorCore.longestGraceMilliseconds), .max / 4)
            }
        }
        switch order {
        case .start, .signal, .register:
            return limits.answerMilliseconds
        case .stop(let key, let steps):
            return limits.answerMilliseconds + SupervisorCore.killLimitMilliseconds
                + graces(steps ?? processes[key]?.stop ?? [])
        case .finish:
            return limits.answerMilliseconds + limits.cleanUpMilliseconds
                + 2 * SupervisorCore.killLimitMilliseconds + graces(processes.values.flatMap(\.stop))
        }
    }

    /// One that does not answer is ended, so that contend can take over.
    private func endSupervisor() {
        let pid = state.withLock { $0.isGone ? nil : $0.left.supervisor }
        if let pid { LivingSupervisors.kill(pid) }
    }

    // MARK: - Replies, on the reading thread

    fileprivate func received(_ reply: SupervisorReply) {
        switch reply {
        case .serving(let pid):
            state.withLock { $0.pid = pid }
        case .ended(let key, let end):
            // The table of replicas learns of it first: whoever sees the end may rely on it.
            onEnd(key, end)
            state.withLock { $0.ends[key] = end }
        case .closing:
            onLoss(.toldToEnd)
        case .started(let id, let key, let pid):
            let identity = ProcessTable.entry(of: pid)?.identity
            state.withLock { $0.left.identities[key] = identity }
            answer(id, reply)
        case .finished(let id, let problems):
            state.withLock { $0.problems = problems }
            answer(id, reply)
        case .done(let id), .failed(let id, _):
            answer(id, reply)
        }
    }

    private func answer(_ id: Int, _ reply: SupervisorReply) {
        state.withLock { $0.waiting.removeValue(forKey: id) }?.continuation.resume(returning: reply)
    }

    /// Nothing has come for a while: somebody may have waited too long.
    fileprivate func nothingCame() {
        let now = monotonicMilliseconds()
        if state.withLock({ state in state.waiting.values.contains { $0.deadline < now } }) {
            endSupervisor()
        }
    }

    /// The supervisor has ended and was collected.
    fileprivate func ended() {
        let (waiting, left, hasServed, isDone) = state.withLock { state in
            state.isGone = true
            defer { state.waiting = [:] }
            return (Array(state.waiting.values), state.left, state.pid != nil, state.problems != nil)
        }
        if !isDone, hasServed { onLoss(.died) }
        for one in waiting { one.continuation.resume(returning: nil) }
        let problems = isDone ? nil : left.run()
        state.withLock { state in
            state.problems = problems ?? state.problems
            state.isOver = true
        }
    }
}

/// Reads replies until the supervisor closes them, then collects it.
private final class ReplyReader: Sendable {
    /// Between two looks for answers that are overdue.
    static let idleMilliseconds: Int32 = 250

    let descriptor: Int32
    let supervisor: Int32
    private let client: WeakClient

    init(descriptor: Int32, supervisor: Int32, client: SupervisorClient) {
        self.descriptor = descriptor
        self.supervisor = supervisor
        self.client = WeakClient(client)
    }

    func run() {
        var channel = LineChannel(reading: descriptor)
        var condition = LineChannel.Condition.waiting
        while condition == .waiting {
            var descriptors = [pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)]
            guard poll(&descriptors, 1, Self.idleMilliseconds) > 0 else {
                client.value?.nothingCame()
                continue
            }
            let lines: [[UInt8]]
            (lines, condition) = channel.readLines(untilEmpty: false)
            for line in lines {
                if let reply = SupervisorReply(line: line) { client.value?.received(reply) }
            }
        }
        close(descriptor)
        LivingSupervisors.collect(supervisor)
        client.value?.ended()
    }
}

private final class WeakClient: Sendable {
    weak let value: SupervisorClient?
    init(_ value: SupervisorClient) { self.value = value }
}
