// Closed and open loads: what one event loop's clients do until the time is up.

import Core
import History
import NIOCore
import Scenario

extension ClientLoop {
    /// Between two looks for an earlier operation that the whole mix needs.
    static let needsPauseNanoseconds: Int64 = 1_000_000
    /// A client whose operation could not be sent waits this long before its next one.
    static let skippedPauseNanoseconds: Int64 = 1_000_000
    /// A start later than this after its intended instant is counted as late.
    static let lateNanoseconds: Int64 = 1_000_000

    /// Each client sends its next operation when the last has returned, from its start on.
    func runClosed(_ clients: [Int], mix: OperationMix, schedule: RampSchedule) async throws {
        abandonConnects(at: schedule.end)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for client in clients {
                group.addTask(executorPreference: executor) {
                    await self.pause(until: schedule.start(of: client))
                    try await self.runClosed(client, mix: mix, until: schedule.end)
                }
            }
            try await group.waitForAll()
        }
    }

    private func runClosed(_ client: Int, mix: OperationMix, until end: Int64) async throws(TrafficError) {
        try await orStop { () async throws(TrafficError) in
            while self.plan.now() < end, !self.isStopping {
                try await self.runNext(of: client, mix: mix, intended: nil, until: end)
            }
        }
    }

    /// One operation of the mix; nothing but a short pause while everything in it needs what is not there
    /// yet.
    ///
    /// What could not be sent before the `end` is neither sent nor recorded.
    func runNext(
        of client: Int, mix: OperationMix, intended: Int64?, until end: Int64 = .max
    ) async throws(TrafficError) {
        guard let assignment = assign(client, mix: mix, intended: intended) else {
            return await pause(until: plan.now() + Self.needsPauseNanoseconds)
        }
        guard let operation = try await prepareIfBound(assignment) else {
            return await pause(until: plan.now() + Self.skippedPauseNanoseconds)
        }
        guard !isStopping, plan.now() < end else { return }
        try start(operation)
        let performed = try await finish(operation)
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

    /// This loop's share of the starts of a schedule, each by an idle client; late when all are busy.
    func runOpen(
        _ clients: [Int], started: Int, mix: OperationMix, schedule: StartSchedule, share: StartShare
    ) async throws {
        idle = Array(clients.prefix(started).reversed())
        var unused = clients.dropFirst(started)
        // A discarding group keeps nothing of the operations that are over, however many they are.
        try await withThrowingDiscardingTaskGroup { group in
            var turn = 0
            while share.number(turn) < schedule.count, !isStopping {
                let intended = schedule.instant(of: share.number(turn))
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
                turn += 1
            }
            while share.number(turn) < schedule.count {
                missed += 1
                turn += 1
            }
        }
    }

    private func runOnce(_ client: Int, mix: OperationMix, intended: Int64) async throws(TrafficError) {
        defer {
            idle.append(client)
            wakeDispatcher()
        }
        try await orStop { () async throws(TrafficError) in
            try await self.runNext(of: client, mix: mix, intended: intended)
        }
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
}

/// How many clients there are when.
struct RampSchedule: Sendable, Equatable {
    /// In each of the equal parts of the time; rising.
    let clients: [Int]
    let begin: Int64
    let end: Int64

    func start(of client: Int) -> Int64 {
        let step = clients.firstIndex { client < $0 } ?? clients.count
        return begin + (end - begin) / Int64(max(1, clients.count)) * Int64(step)
    }

    func clients(at instant: Int64) -> Int {
        let length = max(1, (end - begin) / Int64(max(1, clients.count)))
        let step = min(max(0, Int((instant - begin) / length)), clients.count - 1)
        return clients.indices.contains(step) ? clients[step] : 1
    }
}

/// Which starts of a schedule belong to one loop: every client has the same share.
struct StartShare: Sendable, Equatable {
    private let clients: [Int]
    private let all: Int

    /// `nil` for a loop without clients.
    init?(of clients: [Int], among all: Int) {
        guard !clients.isEmpty else { return nil }
        self.clients = clients
        self.all = all
    }

    /// Number in the schedule of this loop's start `turn`, from 0.
    func number(_ turn: Int) -> Int {
        turn / clients.count * all + clients[turn % clients.count]
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
