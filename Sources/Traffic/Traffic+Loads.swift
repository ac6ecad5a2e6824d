// Closed, open and burst loads over all event loops, and their sequential control.

import Core
import Histogram
import History
import Scenario

extension Traffic {
    /// From the moment when all clients are ready to the instant of release: enough to reach every event
    /// loop.
    static let releaseDelayNanoseconds: Int64 = 300_000
    /// Ten seconds; a longer spread counts as that.
    static let longestSpreadNanoseconds: UInt64 = 10_000_000_000

    /// Clients k to k + n - 1 share a loop, so that each loop reaches every one of the n replicas.
    func loop(of client: Int) -> ClientLoop { loops[client / plan.replicas.count % loops.count] }

    func clients(of loop: ClientLoop, among count: Int) -> [Int] {
        (0..<count).filter { self.loop(of: $0).index == loop.index }
    }

    /// As many clients at once as each of the equal parts of the time says; they only become more.
    func runClosed(steps: [Int], begin: Int64, until end: Int64) async throws {
        let clients = steps.last ?? 0
        let schedule = RampSchedule(clients: steps, begin: begin, end: end)
        if plan.options.sequential {
            var turn = 0
            while plan.now() < end, await !loops[0].isStopping {
                let client = turn % schedule.clients(at: plan.now())
                try await loop(of: client).runNext(of: client, mix: mix, intended: nil)
                turn += 1
            }
            return
        }
        try await onEveryLoop { loop in
            try await loop.runClosed(
                self.clients(of: loop, among: clients), mix: self.mix, schedule: schedule)
        }
    }

    func runOpen(clients: Int, started: Int, schedule: StartSchedule) async throws {
        if plan.options.sequential {
            for number in 0..<schedule.count {
                let client = number % clients
                let intended = schedule.instant(of: number)
                await loops[0].pause(until: intended)
                guard await !loops[0].isStopping, plan.now() < schedule.end else { return }
                try await loop(of: client).runNext(of: client, mix: mix, intended: intended)
            }
            return
        }
        try await onEveryLoop { loop in
            let own = self.clients(of: loop, among: clients)
            guard let share = StartShare(of: own, among: clients) else { return }
            let startedHere = own.filter { $0 < started }.count
            try await loop.runOpen(
                own, started: startedHere, mix: self.mix, schedule: schedule, share: share)
        }
    }

    // MARK: Bursts

    func runRounds(_ rounds: Range<Int>, clients: Int) async throws {
        for round in rounds {
            if await loops[0].isStopping { return }
            plan.needs.forgetWaiting()
            guard let prepared = try await runBefore(round) else {
                totals.withLock { $0.voidRounds += 1 }
                continue
            }
            let assignments = assign(round, clients: clients, inherited: prepared)
            if plan.options.sequential {
                for assignment in assignments {
                    if await loops[0].isStopping { return }
                    _ = try await loop(of: assignment.client).performIfBound(assignment)
                }
            } else {
                try await release(assignments)
            }
            if await loops[0].isStopping { return }
            try await runAfter(round, inherited: prepared)
            totals.withLock { $0.roundsDone += 1 }
        }
    }

    /// What the preparation bound and captured; `nil` if not all of it was ok.
    private func runBefore(_ round: Int) async throws(TrafficError) -> [String: Value]? {
        var inherited: [String: Value] = [:]
        // By operation, for those of the round that need it.
        var earlier: [String: [String: Value]] = [:]
        for (number, name) in plan.scenario.load.before.enumerated() {
            var assignment = Assignment(
                operation: try plan.operation(name), client: 0, phase: .before,
                draw: DrawIdentity(
                    stream: .before, client: number, number: round),
                round: round, replica: round % plan.replicas.count, inherited: inherited)
            assignment.keys = roundKeys(round)
            if let need = assignment.operation.declaration.needs?.operation {
                for (name, value) in earlier[need] ?? [:] { assignment.inherited["\(need).\(name)"] = value }
            }
            let performed = try await loops[0].performIfBound(assignment)
            guard let performed, performed.outcome == .ok else { return nil }
            earlier[name] = performed.values.filter { !$0.key.contains(".") }
            inherited.merge(performed.values.filter { !Traffic.ownNames.contains($0.key) }) { $1 }
        }
        return inherited
    }

    /// Names that belong to one operation alone and are never handed on.
    static let ownNames: Set<String> = ["unique", "client"]

    /// The keys of a round that has only one of each; where there are several, every operation draws.
    private func roundKeys(_ round: Int) -> [String: Value] {
        var keys: [String: Value] = [:]
        for (index, key) in plan.keySpace.keys.enumerated() {
            keys[key.name] = .string(plan.keySpace.value(of: index, at: 0, round: round))
        }
        return keys
    }

    /// Client k, its operation, and the replica k mod n that it begins at; a client whose operation needs
    /// what the round lacks gets another.
    private func assign(_ round: Int, clients: Int, inherited: [String: Value]) -> [Assignment] {
        var generator = SeededGenerator(
            seed: plan.options.seed, draw: DrawIdentity(stream: .shuffle, client: 0, number: round))
        let split = mix.split(over: clients, using: &generator)
        return split.enumerated().compactMap { client, drawn in
            let fallback = mix.draw(using: &generator)
            for operation in [drawn] + fallback {
                var values = inherited
                if let need = operation.declaration.needs {
                    guard let taken = plan.needs.take(need, using: &generator) else { continue }
                    values.merge(taken) { $1 }
                }
                return Assignment(
                    operation: operation, client: client, phase: .load,
                    draw: DrawIdentity(stream: .load, client: client, number: round), round: round,
                    replica: client, inherited: values)
            }
            note(
                "some clients of a round had nothing to send, because every operation of the mix needs an earlier one"
            )
            return nil
        }
    }

    private func release(_ assignments: [Assignment]) async throws {
        try await onEveryLoop { loop in
            try await loop.prepareRound(assignments.filter { self.loop(of: $0.client).index == loop.index })
        }
        let instant = plan.now() + Traffic.releaseDelayNanoseconds
        let releases = Locked<[Release]>([])
        try await onEveryLoop { loop in
            if let release = try await loop.release(at: instant) {
                releases.withLock { $0.append(release) }
            }
            try await loop.gatherRound()
        }
        let all = releases.withLock { $0 }
        guard let first = all.map(\.first).min(), let last = all.map(\.last).max() else { return }
        recordSpread(last - first)
    }

    private func recordSpread(_ nanoseconds: Int64) {
        totals.withLock { totals in
            var spread =
                totals.spread
                ?? Histogram(
                    highestTrackableValue: Traffic.longestSpreadNanoseconds,
                    numberOfSignificantValueDigits: .three)
            totals.spread = nil
            spread.record(min(UInt64(max(0, nanoseconds)), Traffic.longestSpreadNanoseconds))
            totals.spread = spread
        }
    }

    private func runAfter(_ round: Int, inherited: [String: Value]) async throws(TrafficError) {
        let replicas = plan.replicas.count
        for (position, name) in plan.scenario.load.after.enumerated() {
            let operation = try plan.operation(name)
            for replica in 0..<replicas {
                var assignment = Assignment(
                    operation: operation, client: 0, phase: .after,
                    draw: DrawIdentity(
                        stream: .after, client: position * replicas + replica, number: round),
                    round: round, replica: replica, inherited: inherited)
                if plan.keySpace.keys.allSatisfy({ $0.count == 1 }) { assignment.keys = roundKeys(round) }
                _ = try await loops[0].performIfBound(assignment)
            }
        }
    }
}
