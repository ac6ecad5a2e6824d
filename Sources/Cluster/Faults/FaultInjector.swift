// Carries the fault schedule out on the replicas, tells each fault at its start and its end, and heals all of
// them.

import History
import Scenario

/// The faults of one load, from its begin until it is cancelled.
actor FaultInjector {
    private let replicas: Replicas
    private let onEvent: @Sendable (ClusterEvent) -> Void
    private let now: @Sendable () -> Int64
    private var schedule: FaultSchedule
    private var open: [Int: FaultRecord] = [:]
    private var failure: ClusterError?

    /// How long the injector sleeps at most between two looks at the schedule.
    static let tick = Duration.milliseconds(20)

    init(
        _ faults: [FaultDeclaration], seed: UInt64, replicas: Replicas, now: @escaping @Sendable () -> Int64,
        onEvent: @escaping @Sendable (ClusterEvent) -> Void
    ) {
        schedule = FaultSchedule(faults, replicas: replicas.endpoints.count, seed: seed)
        self.replicas = replicas
        self.now = now
        self.onEvent = onEvent
    }

    /// Returns when it is cancelled and everything is healed, or throws the first fault that could not be
    /// injected or
    /// healed, after healing what can be.
    func run() async throws(ClusterError) {
        let origin = now()
        await withTaskGroup(of: Void.self) { group in
            while !Task.isCancelled, failure == nil {
                for action in schedule.advance(to: now() - origin) {
                    group.addTask { await self.perform(action) }
                }
                let untilNext = schedule.next().map { Duration.nanoseconds(max(0, $0 - (now() - origin))) }
                try? await Task.sleep(for: min(untilNext ?? Self.tick, Self.tick))
            }
            // Injections under way come to their end before what they did is healed.
            await group.waitForAll()
            for action in schedule.healAll() {
                group.addTask { await self.perform(action) }
            }
        }
        if let failure { throw failure }
    }

    private func perform(_ action: FaultSchedule.Action) async {
        do throws(ClusterError) {
            switch action {
            case .pause(let index):
                let isHit = try await inject(.pause, index) { () throws(ClusterError) in
                    try await self.replicas.pause(index)
                }
                if !isHit { schedule.healed(index) }
            case .kill(let index):
                let isHit = try await inject(.kill, index) { () throws(ClusterError) in
                    try await self.replicas.kill(index)
                }
                if !isHit { schedule.healed(index) }
            case .restart(let index):
                let isHit = try await inject(.restart, index) { () throws(ClusterError) in
                    try await self.replicas.stop(index)
                }
                if isHit { try await replicas.bringBack(index) }
                heal(index)
            case .resume(let index):
                try await replicas.resume(index)
                heal(index)
            case .start(let index):
                try await replicas.bringBack(index)
                heal(index)
            }
        } catch {
            failure = failure ?? error
        }
    }

    /// Told before it is done, taken back when the replica was dead already and nothing was hit.
    private func inject(
        _ kind: FaultRecord.Kind, _ index: Int, _ body: () async throws(ClusterError) -> Bool
    ) async throws(ClusterError) -> Bool {
        let start = now()
        guard try await body() else {
            onEvent(
                .warning("a \(kind.rawValue) of replica \(index) hit nothing: the replica had died before"))
            return false
        }
        let record = FaultRecord(kind: kind, replica: index, start: start)
        open[index] = record
        onEvent(.fault(record))
        return true
    }

    private func heal(_ index: Int) {
        schedule.healed(index)
        guard var record = open.removeValue(forKey: index) else { return }
        record.end = now()
        onEvent(.fault(record))
    }
}
