// The replica processes: started on their ports, waited for, paused, killed and brought back.

import Core
import Foundation
import Glibc
import Scenarios

/// All replicas of one run.
actor Replicas {
    nonisolated let endpoints: [ReplicaEndpoint]
    private let context: RunContext
    private let table: Locked<ReplicaTable>
    private var handles: [SupervisorClient.Handle?]
    private var isAttached: Bool { context.scenario.target.service.command.isEmpty }

    /// A port may be lost to a stranger between its choice and its use; so often others are tried.
    static let portAttemptLimit = 5

    init(context: RunContext, endpoints: [ReplicaEndpoint], table: Locked<ReplicaTable>) {
        self.context = context
        self.endpoints = endpoints
        self.table = table
        handles = Array(repeating: nil, count: endpoints.count)
    }

    /// Starts or attaches to every replica; returns when all of them answered.
    static func start(
        _ context: RunContext, table: Locked<ReplicaTable>
    ) async throws(ClusterError) -> Replicas {
        let service = context.scenario.target.service
        if service.command.isEmpty {
            let endpoints = try await ReplicaURL.endpoints(of: service.urls, context: context)
            let replicas = Replicas(context: context, endpoints: endpoints, table: table)
            for endpoint in endpoints { try await replicas.waitUntilReady(endpoint.index, within: nil) }
            return replicas
        }
        if context.scenario.usesScratch {
            for index in 0..<service.replicas {
                try await context.supervisor.register(.remove(path: ReplicaFiles.scratch(context, index)))
            }
        }
        for attempt in 1...portAttemptLimit {
            let endpoints = try endpoints(of: service, context.ports)
            let replicas = Replicas(context: context, endpoints: endpoints, table: table)
            do throws(ClusterError) {
                try await replicas.startAll()
                return replicas
            } catch {
                guard attempt < portAttemptLimit, AddressInUse.isMentioned(in: error.message) else {
                    throw error
                }
                await replicas.stopAll()
                context.onEvent(.warning("a replica's port was taken meanwhile; starting with others"))
            }
        }
        throw ClusterError(.address, "no free ports were found in \(portAttemptLimit) tries")
    }

    private static func endpoints(
        of service: Service, _ ports: LoopbackPorts
    ) throws(ClusterError) -> [ReplicaEndpoint] {
        var free = try ports.reserve(service.replicas * (1 + service.ports.count))[...]
        return (0..<service.replicas).map { index in
            var endpoint = ReplicaEndpoint(index: index, host: "127.0.0.1", port: free.removeFirst())
            for name in service.ports { endpoint.ports[name] = free.removeFirst() }
            return endpoint
        }
    }

    private func startAll() async throws(ClusterError) {
        try ReplicaFiles.write(context, endpoints: endpoints)
        func wait(for index: Int) async throws(ClusterError) {
            try await waitUntilReady(index, within: nil)
            context.onEvent(.replicaReady(index: index))
        }
        switch context.scenario.target.service.start {
        case .together:
            for endpoint in endpoints { try await launch(endpoint.index) }
            for endpoint in endpoints { try await wait(for: endpoint.index) }
        case .oneByOne:
            for endpoint in endpoints {
                try await launch(endpoint.index)
                try await wait(for: endpoint.index)
            }
        }
        // What answered in the place of one that has ended was another program.
        for index in endpoints.indices {
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
        throw context.error(.replica, "replica \(index) \(end) \(when)", log: log(index))
    }

    private func stopAll() async {
        for index in endpoints.indices {
            guard let handle = handles[index] else { continue }
            _ = table.withLock { $0.takesDown(index) }
            try? await context.supervisor.stop(handle, steps: [])
            handles[index] = nil
        }
    }

    private func launch(_ index: Int) async throws(ClusterError) {
        let bindings = ReplicaFiles.bindings(context, endpoints, index)
        let service = context.scenario.target.service
        let directory = ReplicaFiles.directory(context, index)
        let key = context.supervisor.reserveKey()
        table.withLock { $0.starts(index, key: key) }
        let handle = try await context.supervisor.start(
            SupervisedProcess(
                key: key, name: "replica \(index)",
                arguments: context.command(service.command, in: bindings, code: .replica),
                environment: context.environment(in: bindings, isForReplica: true), directory: directory,
                output: log(index),
                tier: StartTier.service.rawValue,
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
        let endpoint = endpoints[index]
        let ready = context.scenario.target.service.ready
        let limit = limit ?? ready?.within ?? .seconds(20)
        let path = try ready.map { ready throws(ClusterError) in
            try context.text(ready.path, in: ReplicaFiles.bindings(context, endpoints, index))
        }
        let deadline = monotonicMilliseconds() + limit.milliseconds
        while true {
            let seen = try await onOwnThread { () -> String? in
                var probe = ReadinessProbe(host: endpoint.host, port: endpoint.port)
                if let ready, let path { probe.request = (ready.method, path, ready.status) }
                return probe.ask()
            }
            try requireAlive(index, "before it was ready")
            guard let seen else { break }
            if context.supervisor.isGone { throw SupervisorClient.lost }
            if Task.isCancelled && !isHealing {
                throw ClusterError(.replica, "interrupted while replicas were starting")
            }
            guard monotonicMilliseconds() < deadline else {
                let sentence =
                    "replica \(index) at \(endpoint.host):\(endpoint.port) was not ready within \(limit): "
                    + seen
                throw isAttached
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
        for index in endpoints.indices {
            if !isAttached {
                switch table.withLock({ $0.entries[index].phase }) {
                case .dead, .down:
                    try await bringBack(index, why: "before the next run")
                    context.onEvent(.replicaReady(index: index))
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
        guard !isAttached else {
            throw ClusterError(
                .fault, "replica \(index) was not started by contend (`urls`), so no fault can hit it")
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
                    .fault, "replica \(index) (process \(handle.pid)) was told to stop and did not")
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
            throw ClusterError(.fault, "replica \(index) (process \(handle.pid)) was killed and still runs")
        }
        return true
    }

    /// The same replica, on its port, in its directory; its log goes on.
    func bringBack(_ index: Int, why: String = "after a fault") async throws(ClusterError) {
        isHealing = true
        let limit = context.scenario.target.service.ready?.within ?? .seconds(20)
        let deadline = monotonicMilliseconds() + limit.milliseconds
        while true {
            do throws(ClusterError) {
                try await launch(index)
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
