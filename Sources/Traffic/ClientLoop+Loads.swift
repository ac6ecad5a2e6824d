// Closed and open loads: what one event loop's clients do until the time is up.

import History
import NIOCore
import Scenario

extension ClientLoop {
    /// Between two looks for an earlier operation that the whole mix needs.
    static let needsPauseNanoseconds: Int64 = 1_000_000
    /// A start later than this after its intended instant is counted as late.
    static let lateNanoseconds: Int64 = 1_000_000

    /// Each client sends its next operation when the last has returned.
    func runClosed(_ clients: [Int], mix: OperationMix, until end: Int64) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for client in clients {
                group.addTask(executorPreference: executor) {
                    try await self.runClosed(client, mix: mix, until: end)
                }
            }
            try await group.waitForAll()
        }
    }

    private func runClosed(_ client: Int, mix: OperationMix, until end: Int64) async throws(TrafficError) {
        while plan.now() < end, !isStopping {
            try await runNext(of: client, mix: mix, intended: nil)
        }
    }

    /// One operation of the mix; nothing but a short pause while everything in it needs what is not there
    /// yet.
    func runNext(of client: Int, mix: OperationMix, intended: Int64?) async throws(TrafficError) {
        guard let assignment = assign(client, mix: mix, intended: intended) else {
            return await pause(until: plan.now() + Self.needsPauseNanoseconds)
        }
        let performed = try await perform(assignment)
        if performed.wasRefused { await pause(until: plan.now() + Self.refusedPauseNanoseconds) }
    }

    private func assign(_ client: Int, mix: OperationMix, intended: Int64?) -> Assignment? {
        let number = withClient(client) { client in
            client.drawn += 1
            return client.drawn - 1
        }
        let identity = DrawIdentity(stream: .load, client: client, number: number)
        // The choice has a generator of its own: how long it takes must not shift the operation's draws.
        var chooser = SeededGenerator(
            seed: ~plan.options.seed, draw: identity)
        for operation in mix.draw(using: &chooser) {
            var inherited: [String: Value] = [:]
            if let need = operation.declaration.needs {
                guard let taken = plan.needs.take(need, using: &chooser) else { continue }
                inherited = taken
            }
            return Assignment(
                operation: operation, client: client, phase: .load, draw: identity, intended: intended,
                inherited: inherited)
        }
        return nil
    }

    /// The starts with number `index`, `index + loops`, … of a schedule, each by an idle client; late when
    /// all are busy.
    func runOpen(
        _ clients: [Int], started: Int, mix: OperationMix, schedule: StartSchedule
    ) async throws {
        idle = Array(clients.prefix(started).reversed())
        var unused = clients.dropFirst(started)
        try await withThrowingTaskGroup(of: Void.self) { group in
            var number = index
            while number < schedule.count, !isStopping {
                let intended = schedule.instant(of: number)
                await pause(until: intended)
                while idle.isEmpty, unused.isEmpty, !isStopping, plan.now() < schedule.end {
                    await withUnsafeContinuation { idleWaiter = $0 }
                }
                guard !isStopping, let client = idle.popLast() ?? unused.popFirst() else { break }
                let lateness = plan.now() - intended
                guard lateness <= 0 || plan.now() < schedule.end else {
                    idle.append(client)
                    break
                }
                if lateness > Self.lateNanoseconds { late += 1 }
                group.addTask(executorPreference: executor) {
                    try await self.runOnce(client, mix: mix, intended: intended)
                }
                number += plan.options.loops
            }
            if number < schedule.count { missed += (schedule.count - 1 - number) / plan.options.loops + 1 }
            try await group.waitForAll()
        }
    }

    private func runOnce(_ client: Int, mix: OperationMix, intended: Int64) async throws(TrafficError) {
        defer {
            idle.append(client)
            wakeDispatcher()
        }
        try await runNext(of: client, mix: mix, intended: intended)
    }
}

/// When the operations of an open load are meant to start, whatever becomes of them.
struct StartSchedule: Sendable, Equatable {
    let begin: Int64
    let end: Int64
    let perSecond: Double

    var count: Int { Int((Double(end - begin) / 1e9 * perSecond).rounded(.down)) }

    func instant(of number: Int) -> Int64 { begin + Int64(Double(number) / perSecond * 1e9) }
}
