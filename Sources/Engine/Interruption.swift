// SIGINT, SIGTERM and SIGQUIT as a value that runs can wait for; the first ends the load, the second
// everything.

import Core
import UnixSignals

/// The signals that came so far.
public final class Interruption: Sendable {
    public enum Signal: String, Sendable {
        case interrupt = "SIGINT"
        case terminate = "SIGTERM"
        case quit = "SIGQUIT"
    }

    private struct State {
        var signals: [Signal] = []
        /// The first of them was sent to the supervisor, not to contend.
        var isRelayed = false
        var listeners: [Int: AsyncStream<Int>.Continuation] = [:]
        var nextListener = 0
    }

    private let state = Locked(State())

    public init() {}

    /// Runs a part of a trial, which a signal cancels; one that came before leaves it the grace.
    ///
    /// At the limit it is cancelled as well.
    func cancelling<Result: Sendable>(
        grace: Duration = .zero, limit: Duration? = nil, _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        let part = Task { try await body() }
        let hadCome = count > 0
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                if hadCome { try? await Task.sleep(for: grace) } else { await self.wait() }
                if self.count > 0 { part.cancel() }
            }
            if let limit {
                group.addTask {
                    try? await Task.sleep(for: limit)
                    part.cancel()
                }
            }
            defer { group.cancelAll() }
            return try await part.value
        }
    }

    /// The signal that came first.
    public var first: Signal? { state.withLock { $0.signals.first } }

    public var count: Int { state.withLock { $0.signals.count } }

    public func receive(_ signal: Signal) {
        change { state in
            // Whoever ends a whole tree of processes sends each of them one signal.
            if state.isRelayed, signal == .terminate {
                state.isRelayed = false
            } else {
                state.signals.append(signal)
            }
        }
    }

    /// The supervisor was sent TERM: the run ends as if contend itself had been.
    public func relayTerminate() {
        change { state in
            guard state.signals.isEmpty else { return }
            state.signals = [.terminate]
            state.isRelayed = true
        }
    }

    private func change(_ change: (inout State) -> Void) {
        let (listeners, count) = state.withLock { state in
            change(&state)
            return (Array(state.listeners.values), state.signals.count)
        }
        for listener in listeners { listener.yield(count) }
    }

    /// Returns when `count` signals have come, or when the task is cancelled.
    public func wait(for count: Int = 1) async {
        let (stream, continuation) = AsyncStream.makeStream(of: Int.self)
        let listener = state.withLock { state in
            state.nextListener += 1
            state.listeners[state.nextListener] = continuation
            continuation.yield(state.signals.count)
            return state.nextListener
        }
        for await arrived in stream where arrived >= count { break }
        state.withLock { $0.listeners[listener] = nil }
    }
}

/// Runs `body` with SIGINT, SIGTERM and SIGQUIT trapped into an `Interruption`.
///
/// `onSecond` is called for each signal after the first and is expected to end the process: the supervisor of
/// the cluster cleans up after a process that is gone.
public func withSignalsTrapped<Result: Sendable>(
    onSecond: @escaping @Sendable (Interruption.Signal) -> Void,
    _ body: @Sendable (Interruption) async -> Result
) async -> Result {
    let interruption = Interruption()
    let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm, .sigquit)
    return await withTaskGroup(of: Void.self) { group in
        group.addTask {
            for await signal in signals {
                let received: Interruption.Signal =
                    signal == .sigterm ? .terminate : signal == .sigquit ? .quit : .interrupt
                interruption.receive(received)
                if interruption.count > 1 { onSecond(received) }
            }
        }
        let result = await body(interruption)
        group.cancelAll()
        return result
    }
}
