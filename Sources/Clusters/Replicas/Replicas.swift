// The replica processes: started on their ports, waited for, paused, killed and brought back.

import Core
import Foundation
import Glibc
import Scenarios
import Transport

/// All replicas of one run, and its companions.
actor Replicas {
    nonisolated let roster: Roster
    private let context: RunContext
    private let table: Locked<ReplicaTable>
    private var handles: [Int: SupervisorClient.Handle]

    /// A port may be lost to a stranger between its choice and its use; so often others are tried.
    static let portAttemptLimit = 5

    private init(
        _ context: RunContext, _ roster: Roster, _ table: Locked<ReplicaTable>,
        _ handles: [Int: SupervisorClient.Handle]
    ) {
        self.context = context
        self.roster = roster
        self.table = table
        self.handles = handles
    }

    private func member(_ index: Int) -> Service { roster.place(index).member }

    private func name(_ index: Int) -> String { context.scenario.target.nameOfReplica(index) }

    private func isAttached(_ index: Int) -> Bool { member(index).command.isEmpty }

    /// Starts or attaches to everything of a tier, beside what runs already; returns when all of it answered.
    static func start(
        _ tier: StartTier, beside earlier: Replicas? = nil, _ context: RunContext,
        table: Locked<ReplicaTable>
    ) async throws(ClusterError) -> Replicas {
        let before = earlier?.roster ?? Roster(context.scenario.target)
        let handles = await earlier?.handles ?? [:]
        if context.scenario.usesScratch {
            for index in before.numbers(of: tier) where !before.place(index).member.command.isEmpty {
                try await context.supervisor.register(.remove(path: ReplicaFiles.scratch(context, index)))
            }
        }
        for attempt in 1...portAttemptLimit {
            var roster = before
            for index in before.numbers(of: tier) where before.place(index).number == 0 {
                roster.add(try await endpoints(of: before.place(index).member, from: index, context))
            }
            let replicas = Replicas(context, roster, table, handles)
            do throws(ClusterError) {
                try await replicas.startAll(of: tier)
                return replicas
            } catch {
                guard attempt < portAttemptLimit, AddressInUse.isMentioned(in: error.message) else {
                    throw error
                }
                await replicas.stopAll(of: tier)
                context.onEvent(.warning("a replica's port was taken meanwhile; starting with others"))
            }
        }
        throw ClusterError(.address, "no free ports were found in \(portAttemptLimit) tries")
    }

    /// Where the replicas of a member listen, the first of which has the number `first`.
    private static func endpoints(
        of member: Service, from first: Int, _ context: RunContext
    ) async throws(ClusterError) -> [ReplicaEndpoint] {
        let security = try context.security(of: member)
        if member.command.isEmpty {
            return try await ReplicaURL.endpoints(of: member.urls, from: first, security, context: context)
        }
        var free = try context.ports.reserve(member.replicas * (1 + member.ports.count))[...]
        return (0..<member.replicas).map { number in
            let address = Address(host: "127.0.0.1", port: free.removeFirst(), security: security)
            var endpoint = ReplicaEndpoint(index: first + number, address: address)
            for name in member.ports { endpoint.ports[name] = free.removeFirst() }
            return endpoint
        }
    }

    private func startAll(of tier: StartTier) async throws(ClusterError) {
        let numbers = roster.numbers(of: tier)
        if numbers.contains(where: { !isAttached($0) }) { try ReplicaFiles.write(context, roster, of: tier) }
        func wait(for index: Int) async throws(ClusterError) {
            try await waitUntilReady(index, within: nil)
            if tier == .service, !isAttached(index) { context.onEvent(.replicaReady(index: index)) }
        }
        for first in numbers where roster.place(first).number == 0 {
            let member = member(first)
            let own = first..<first + member.count
            if !member.command.isEmpty, member.start == .together {
                for index in own { try await launch(index, in: tier) }
            }
            for index in own {
                if member.start == .oneByOne { try await launch(index, in: tier) }
                try await wait(for: index)
            }
        }
        // What answered in the place of one that has ended was another program.
        for index in numbers {
            while isEnding(index), !context.supervisor.isGone { await rest(milliseconds: 2) }
            try requireAlive(index, "after it had seemed ready")
        }
    }

    /// Whether its process is dead, and the supervisor has not told so yet.
    private func isEnding(_ index: Int) -> Bool {
        guard let handle = handles[index], context.supervisor.end(of: handle) == nil else { return false }
        return ProcessTable.entry(of: handle.pid).map(\.isDead) ?? true
    }

    private func requireAlive(_ index: Int, _ when: String) throws(ClusterError) {
        guard let handle = handles[index], let end = context.supervisor.end(of: handle) else { return }
        throw context.error(.replica, "\(name(index)) \(end) \(when)", log: log(index))
    }

    private func stopAll(of tier: StartTier) async {
        for index in roster.numbers(of: tier) {
            guard let handle = handles[index] else { continue }
            _ = table.withLock { $0.takesDown(index) }
            try? await context.supervisor.stop(handle, steps: [])
            handles[index] = nil
        }
    }

    private func launch(_ index: Int, in tier: StartTier) async throws(ClusterError) {
        let bindings = ReplicaFiles.bindings(context, roster, index)
        let service = member(index)
        let directory = ReplicaFiles.directory(context, index)
        let key = context.supervisor.reserveKey()
        table.withLock { $0.starts(index, key: key) }
        let handle = try await context.supervisor.start(
            SupervisedProcess(
                key: key, name: name(index),
                arguments: context.command(service.command, in: bindings, code: .replica),
                environment: context.environment(of: service, in: bindings, isForReplica: true),
                directory: directory,
                output: log(index),
                tier: tier.rawValue,
                stop: [
                    StopStep(
                        signal: service.stop.signal.number, graceMilliseconds: service.stop.grace.milliseconds
                    )
                ]
            ))
        handles[index] = handle
        table.withLock { $0.runs(index, group: handle.pid) }
    }

    /// Waits for the declared answer (or an accepted connection); a replica that dies or stays silent is an
    /// error.
    func waitUntilReady(_ index: Int, within limit: Duration?) async throws(ClusterError) {
        guard let address = roster.endpoints[index]?.address else { return }
        let ready = member(index).ready
        let limit = limit ?? ready?.within ?? .seconds(20)
        let path = try ready.map { ready throws(ClusterError) in
            try context.text(ready.path, in: ReplicaFiles.bindings(context, roster, index))
        }
        var probe = ReadinessProbe(address: address)
        if let ready, let path { probe.request = (ready.method, path, ready.status) }
        let deadline = monotonicMilliseconds() + limit.milliseconds
        while true {
            let seen = try await probe.ask()
            try requireAlive(index, "before it was ready")
            guard let seen else { break }
            if context.supervisor.isGone { throw SupervisorClient.lost }
            if Task.isCancelled && !isHealing {
                throw ClusterError(.replica, "interrupted while replicas were starting")
            }
            guard monotonicMilliseconds() < deadline else {
                let sentence =
                    "\(name(index)) at \(address.host):\(address.port) was not ready within \(limit): "
                    + seen
                throw isAttached(index)
                    ? ClusterError(.replica, sentence) : context.error(.replica, sentence, log: log(index))
            }
            await rest(milliseconds: 10)
        }
        table.withLock { $0.isReady(index) }
    }

    /// Faults are healed in tasks that may be cancelled already.
    private var isHealing = false

    /// Starts again what has ended, wakes what was left paused, and waits until all of them answer.
    func makeReady() async throws(ClusterError) {
        let companions = roster.numbers(of: .companion)
        for index in Array(companions) + Array(roster.numbers(of: .service)) {
            if !isAttached(index) {
                switch table.withLock({ $0.entries[index].phase }) {
                case .dead, .down:
                    try await bringBack(index, why: "before the next run")
                    if !companions.contains(index) { context.onEvent(.replicaReady(index: index)) }
                    continue
                case .starting, .up:
                    if let handle = handles[index] {
                        try? await context.supervisor.signal(handle, Signal.resume)
                    }
                }
            }
            try await waitUntilReady(index, within: nil)
        }
    }

    // MARK: Faults

    /// The process of a replica; `nil` when it has died by itself.
    private func process(of index: Int) throws(ClusterError) -> SupervisorClient.Handle? {
        guard !isAttached(index) else {
            throw ClusterError(
                .fault, "\(name(index)) was not started by contend (`urls`), so no fault can hit it")
        }
        return table.withLock { $0.entries[index].phase } == .dead ? nil : handles[index]
    }

    /// Stops every process of the replica's group and sees them stopped; `false`: it is dead, nothing was
    /// hit.
    func pause(_ index: Int) async throws(ClusterError) -> Bool {
        guard let handle = try process(of: index), try await signal(handle, Signal.pause, index) else {
            return false
        }
        let deadline = monotonicMilliseconds() + 2_000
        while true {
            let group = ProcessTable.scan().entries.values.filter { $0.group == handle.pid && !$0.isDead }
            // A replica that ends at this moment was not hit; its end is told.
            if group.isEmpty { return false }
            if group.allSatisfy({ $0.state == "T" || $0.state == "t" }) { return true }
            guard monotonicMilliseconds() < deadline else {
                throw ClusterError(
                    .fault, "\(name(index)) (process \(handle.pid)) was told to stop and did not")
            }
            await rest(milliseconds: 2)
        }
    }

    func resume(_ index: Int) async throws(ClusterError) {
        guard let handle = try process(of: index), try await signal(handle, Signal.resume, index) else {
            return
        }
        try await waitForReturn(index)
    }

    /// Whether the replica was there to get the signal; one that has died meanwhile was not.
    private func signal(
        _ handle: SupervisorClient.Handle, _ signal: Int32, _ index: Int
    ) async throws(ClusterError) -> Bool {
        do throws(ClusterError) {
            try await context.supervisor.signal(handle, signal)
            return true
        } catch {
            guard table.withLock({ $0.entries[index].phase }) == .dead else { throw error }
            return false
        }
    }

    /// KILL, and every descendant is gone on return; `false`: it was dead already.
    func kill(_ index: Int) async throws(ClusterError) -> Bool {
        try await takeDown(index, steps: [])
    }

    /// As declared: the stop signal, grace, KILL.
    func stop(_ index: Int) async throws(ClusterError) -> Bool {
        try await takeDown(index, steps: nil)
    }

    private func takeDown(_ index: Int, steps: [StopStep]?) async throws(ClusterError) -> Bool {
        guard let handle = try process(of: index), table.withLock({ $0.takesDown(index) }) else {
            return false
        }
        try await context.supervisor.stop(handle, steps: steps)
        guard ProcessTable.entry(of: handle.pid).map(\.isDead) ?? true else {
            throw ClusterError(.fault, "\(name(index)) (process \(handle.pid)) was killed and still runs")
        }
        return true
    }

    /// The same replica, on its port, in its directory; its log goes on.
    func bringBack(_ index: Int, why: String = "after a fault") async throws(ClusterError) {
        isHealing = true
        let limit = member(index).ready?.within ?? .seconds(20)
        let deadline = monotonicMilliseconds() + limit.milliseconds
        while true {
            do throws(ClusterError) {
                try await launch(
                    index, in: roster.numbers(of: .companion).contains(index) ? .companion : .service)
                try await waitUntilReady(index, within: limit)
                return
            } catch {
                // The old process's connections may hold the port for a moment.
                guard AddressInUse.isMentioned(in: error.message), monotonicMilliseconds() < deadline else {
                    throw ClusterError(.fault, "\(why): \(error.message)")
                }
                await rest(milliseconds: 100)
            }
        }
    }

    private func waitForReturn(_ index: Int) async throws(ClusterError) {
        isHealing = true
        do throws(ClusterError) {
            try await waitUntilReady(index, within: nil)
        } catch {
            // A replica that dies of its pause is told as dead, not as a fault that was not healed.
            guard table.withLock({ $0.entries[index].phase }) != .dead else { return }
            throw ClusterError(.fault, "after a fault: " + error.message)
        }
    }

    nonisolated func log(_ index: Int) -> String { ReplicaFiles.directory(context, index) + "/output.log" }
}

extension StopDeclaration.Signal {
    var number: Int32 {
        switch self {
        case .term: Signal.terminate
        case .int: Signal.interrupt
        case .quit: Signal.quit
        case .kill: Signal.kill
        }
    }
}

/// How the common runtimes say that a port is taken.
enum AddressInUse {
    static func isMentioned(in text: String) -> Bool {
        let text = text.lowercased()
        return ["address already in use", "eaddrinuse", "address in use"].contains { text.contains($0) }
    }
}
