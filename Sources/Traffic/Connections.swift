// The connections of one event loop's clients: opened when first needed, kept, opened anew after a close.

import Core
import Glibc
import NIOCore
import Scenarios
import Transport

/// Used on its event loop only.
final class Connections {
    /// Connections to one replica that are being opened at once, so that no listen queue overflows.
    static let atOnce = 32
    /// Errors of connecting that are contend's own and say nothing about the service.
    private static let ownShortages: Set<CInt> = [EMFILE, ENFILE, EADDRNOTAVAIL, ENOBUFS, ENOMEM]

    private let plan: TrafficPlan
    private let eventLoop: any EventLoop
    /// By client, then by replica.
    private var opened: [Int: [HTTPConnection?]] = [:]
    /// By replica, so that one that accepts nothing holds up nobody else.
    private var connecting: [Int: Int] = [:]
    private var waiters: [Int: [UnsafeContinuation<Void, Never>]] = [:]
    private var attempts: [Int: EventLoopPromise<any Channel>] = [:]
    private var nextAttempt = 0
    /// The time for new connections is over; those under way are given up.
    private var isAbandoned = false

    init(_ plan: TrafficPlan, on eventLoop: any EventLoop) {
        self.plan = plan
        self.eventLoop = eventLoop
    }

    /// The client's connection to a replica, opened if there is none; `nil` if it was refused.
    func connection(
        of client: Int, to replica: Int, on loop: isolated ClientLoop
    ) async throws(TrafficError) -> HTTPConnection? {
        let existing = opened[client]?[replica]
        if let existing, existing.isUsable { return existing }
        existing?.close()
        while connecting[replica, default: 0] >= Self.atOnce {
            await withUnsafeContinuation { waiters[replica, default: []].append($0) }
        }
        connecting[replica, default: 0] += 1
        let result = isAbandoned ? .success(nil) : await connect(to: replica, on: loop)
        connecting[replica, default: 0] -= 1
        if waiters[replica]?.isEmpty == false { waiters[replica]?.removeFirst().resume() }
        let connection = try result.get()
        opened[client, default: Array(repeating: nil, count: plan.replicas.count)][replica] = connection
        return connection
    }

    private func connect(
        to replica: Int, on loop: isolated ClientLoop
    ) async -> Result<HTTPConnection?, TrafficError> {
        let attempt = nextAttempt.take()
        defer { attempts[attempt] = nil }
        do {
            let channel = try await begin(attempt, to: replica).get()
            return .success(try channel.pipeline.syncOperations.handler(type: HTTPConnection.self))
        } catch let error as IOError where Self.ownShortages.contains(error.errnoCode) {
            return .failure(
                TrafficError(
                    .connection,
                    "this machine cannot open more connections (\(error)): use fewer clients or replicas, "
                        + "or raise the limit (ulimit -n)"))
        } catch {
            plan.note(error, of: replica, duringRequest: false)
            return .success(nil)
        }
    }

    private func begin(_ attempt: Int, to replica: Int) -> EventLoopFuture<any Channel> {
        let promise = eventLoop.makePromise(of: (any Channel).self)
        attempts[attempt] = promise
        Connector.open(
            plan.replicas[replica], at: plan.sockets[replica], on: eventLoop,
            within: .nanoseconds(plan.scenario.defaults.timeout.nanoseconds)
        ) { [plan] channel in
            try channel.syncOptions?.setOption(
                .recvAllocator,
                value: AdaptiveRecvByteBufferAllocator(minimum: 512, initial: 1024, maximum: 65_536))
            try channel.pipeline.syncOperations.addHandler(
                HTTPConnection(
                    bodyLimitBytes: plan.options.bodyLimitBytes, budget: plan.budget, clock: plan.clock,
                    onBreak: { plan.note($0, of: replica, duringRequest: $1) }))
        }
        .assumeIsolated()
        .whenComplete { result in
            // What comes too late is closed; the promise has failed by then.
            if self.attempts[attempt] == nil { try? result.get().close(promise: nil) }
            promise.completeWith(result)
        }
        return promise.futureResult
    }

    // MARK: Ends

    /// From here on connections are opened again.
    func beginPhase() { isAbandoned = false }

    /// Gives up those that are still being opened.
    func abandon() {
        isAbandoned = true
        let promises = attempts.values
        attempts.removeAll()
        for promise in promises { promise.fail(ChannelError.connectTimeout(.zero)) }
    }

    /// Gives up what is being opened, and ends every request in flight as timed out.
    func interrupt() {
        abandon()
        for connections in opened.values { for connection in connections { connection?.interrupt() } }
    }

    func close() {
        for connections in opened.values { for connection in connections { connection?.close() } }
        opened.removeAll()
    }
}
