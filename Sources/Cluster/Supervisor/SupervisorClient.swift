// contend's side of the supervisor: starts it, sends commands down the lifeline, and reads replies on a
// thread of its own.

import Foundation
import Glibc
import History

/// A running supervisor.
final class SupervisorClient: Sendable {
    /// A process that it started; `key` is never used again.
    struct Handle: Sendable, Hashable {
        var key: Int
        var pid: Int32
    }

    private struct State {
        var nextID = 0
        var waiting: [Int: CheckedContinuation<SupervisorReply?, Never>] = [:]
        var ends: [Int: ProcessEnd] = [:]
        var pid: Int32?
        var isGone = false
        var isFinishing = false
    }

    private let state = Locked(State())
    private let lifeline: Int32
    /// Called on the reading thread for every process that ends.
    private let onEnd: @Sendable (_ key: Int, ProcessEnd) -> Void
    /// Called on the reading thread when the supervisor goes without having been told to.
    private let onLoss: @Sendable () -> Void

    private init(
        lifeline: Int32, onEnd: @escaping @Sendable (Int, ProcessEnd) -> Void,
        onLoss: @escaping @Sendable () -> Void
    ) {
        self.lifeline = lifeline
        self.onEnd = onEnd
        self.onLoss = onLoss
    }

    deinit { close(lifeline) }

    /// Starts `command` as the supervisor and waits until it serves.
    static func launch(
        _ command: [String], environment: [String: String], log: String,
        onEnd: @escaping @Sendable (_ key: Int, ProcessEnd) -> Void,
        onLoss: @escaping @Sendable () -> Void = {}
    ) async throws(ClusterError) -> SupervisorClient {
        guard let lifeline = makePipe(), let replies = makePipe() else {
            throw ClusterError(.supervisor, "no pipe to a supervisor could be made: \(systemMessage(errno))")
        }
        let spawn = ProcessSpawn(
            arguments: command, environment: environment, directory: nil,
            input: .descriptor(lifeline.reading), output: .descriptor(replies.writing), error: .file(log),
            leadership: .ownSession)
        let result = spawn.start()
        close(lifeline.reading)
        close(replies.writing)
        let client = SupervisorClient(lifeline: lifeline.writing, onEnd: onEnd, onLoss: onLoss)
        switch result {
        case .failure(let error):
            close(replies.reading)
            throw ClusterError(
                .supervisor,
                "\(command.first ?? "the supervisor") could not be started: \(systemMessage(error.code))")
        case .success(let pid):
            // The thread holds the client weakly between lines: when the client goes, the lifeline closes.
            let reader = ReplyReader(descriptor: replies.reading, supervisor: pid, client: client)
            Thread.detachNewThread { reader.run() }
        }
        let deadline = monotonicMilliseconds() + 20_000
        while client.supervisorPid == nil {
            if client.isGone || monotonicMilliseconds() > deadline {
                throw ClusterError(
                    .supervisor,
                    "the supervisor (\(command.joined(separator: " "))) did not answer; see \(log)")
            }
            await rest(milliseconds: 2)
        }
        return client
    }

    var supervisorPid: Int32? { state.withLock { $0.pid } }
    var isGone: Bool { state.withLock { $0.isGone } }

    /// How the process ended; `nil` while it runs.
    func end(of handle: Handle) -> ProcessEnd? { state.withLock { $0.ends[handle.key] } }

    /// Names a process before it is started, so that its end can never arrive unexpected.
    func reserveKey() -> Int {
        state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
    }

    func start(_ process: SupervisedProcess) async throws(ClusterError) -> Handle {
        switch await send(.start(process)) {
        case .started(_, let key, let pid):
            return Handle(key: key, pid: pid)
        case .failed(_, let message):
            throw ClusterError(
                .supervisor,
                "\(process.name) could not be started: \(process.arguments.first ?? ""): \(message)")
        case .serving, .done, .ended, .finished, nil:
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
        try await expectDone(.register(cleanUp))
    }

    /// Stops and cleans up everything; what could not be, a sentence each.
    func finish() async -> [String] {
        state.withLock { $0.isFinishing = true }
        if case .finished(_, let problems)? = await send(.finish) {
            // Its answer comes a moment before its own end, which belongs to "nothing is left".
            let deadline = monotonicMilliseconds() + 5_000
            while !isGone, monotonicMilliseconds() < deadline { await rest(milliseconds: 1) }
            return problems
        }
        return [Self.lost.message]
    }

    static let lost = ClusterError(
        .supervisor,
        "the supervisor is gone (was it killed?): replicas of this run may still be there and have to be ended by hand"
    )

    private func expectDone(_ order: SupervisorCommand.Order) async throws(ClusterError) {
        switch await send(order) {
        case .done: return
        case .failed(_, let message): throw ClusterError(.supervisor, message)
        case .serving, .started, .ended, .finished, nil: throw Self.lost
        }
    }

    private func send(_ order: SupervisorCommand.Order) async -> SupervisorReply? {
        await withCheckedContinuation { continuation in
            let id = state.withLock { state -> Int? in
                guard !state.isGone else { return nil }
                state.nextID += 1
                state.waiting[state.nextID] = continuation
                return state.nextID
            }
            guard let id else { return continuation.resume(returning: nil) }
            write(SupervisorCommand(id: id, order: order))
        }
    }

    /// A broken pipe is noticed by the reader, which answers everybody who waits.
    private func write(_ command: SupervisorCommand) {
        let bytes = Array((JSON.text(command.value) + "\n").utf8)
        state.withLock { _ in
            var sent = 0
            while sent < bytes.count {
                let count = bytes[sent...].withUnsafeBytes { send(lifeline, $0) }
                guard count > 0 else { return }
                sent += count
            }
        }
    }

    /// The lifeline is a socket so that a write to a supervisor that is gone raises no SIGPIPE in contend.
    private func send(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
        Glibc.send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
    }

    fileprivate func received(_ reply: SupervisorReply) {
        switch reply {
        case .serving(let pid):
            state.withLock { $0.pid = pid }
        case .ended(let key, let end):
            // The table of replicas learns of it first: whoever sees the end may rely on it.
            onEnd(key, end)
            state.withLock { $0.ends[key] = end }
        case .started(let id, _, _), .done(let id), .failed(let id, _), .finished(let id, _):
            state.withLock { $0.waiting.removeValue(forKey: id) }?.resume(returning: reply)
        }
    }

    fileprivate func lost() {
        let (waiting, wasFinishing) = state.withLock { state in
            state.isGone = true
            defer { state.waiting = [:] }
            return (Array(state.waiting.values), state.isFinishing)
        }
        for continuation in waiting { continuation.resume(returning: nil) }
        if !wasFinishing { onLoss() }
    }

    private static func makePipe() -> (reading: Int32, writing: Int32)? {
        var ends: [Int32] = [-1, -1]
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, type, 0, &ends) == 0 else { return nil }
        return (ends[0], ends[1])
    }
}

/// Reads replies until the supervisor closes them, then collects it.
private final class ReplyReader: Sendable {
    let descriptor: Int32
    let supervisor: Int32
    private let client: WeakClient

    init(descriptor: Int32, supervisor: Int32, client: SupervisorClient) {
        self.descriptor = descriptor
        self.supervisor = supervisor
        self.client = WeakClient(client)
    }

    func run() {
        var received: [UInt8] = []
        var bytes = [UInt8](repeating: 0, count: 16384)
        while true {
            let count = read(descriptor, &bytes, bytes.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { break }
            received += bytes[..<count]
            while let end = received.firstIndex(of: UInt8(ascii: "\n")) {
                let line = Array(received[..<end])
                received.removeSubrange(...end)
                if let value = try? JSON.parse(line), let reply = SupervisorReply(value) {
                    client.value?.received(reply)
                }
            }
        }
        close(descriptor)
        var status: Int32 = 0
        while waitpid(supervisor, &status, 0) < 0 && errno == EINTR {}
        client.value?.lost()
    }
}

private final class WeakClient: Sendable {
    weak let value: SupervisorClient?
    init(_ value: SupervisorClient) { self.value = value }
}
