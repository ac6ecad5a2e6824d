// Carries the fault schedule out on the replicas, tells each fault at its start and its end, and heals all of
// them.

import Histories
import Scenarios

/// The faults of one load, from its begin until it is cancelled.
actor FaultInjector {
    private let replicas: Replicas
    private var target: Target { replicas.roster.target }
    private let onEvent: @Sendable (ClusterEvent) -> Void
    private let now: @Sendable () -> Int64
    private var schedule: FaultSchedule
    private var open: [Int: FaultRecord] = [:]
    private var origin: Int64 = 0
    private var hasFailed = false

    /// How long the injector sleeps at most between two looks at the schedule.
    static let tick = Duration.milliseconds(20)

    init(
        _ faults: [FaultDeclaration], seed: UInt64, replicas: Replicas, now: @escaping @Sendable () -> Int64,
        onEvent: @escaping @Sendable (ClusterEvent) -> Void
    ) {
        schedule = FaultSchedule(faults, victims: replicas.roster.target.victims, seed: seed)
        self.replicas = replicas
        self.now = now
        self.onEvent = onEvent
    }

    /// Returns when it is cancelled and everything is healed.
    ///
    /// A fault that could not be injected or healed is told as a trouble; no other is injected then, and what
    /// can be healed is.
    func run() async {
        let origin = now()
        self.origin = origin
        await withTaskGroup(of: Void.self) { group in
            while !Task.isCancelled, !hasFailed {
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
    }

    private func perform(_ action: FaultSchedule.Action) async {
        switch action {
        case .pause(let index):
            await inject(.pause, index) { () throws(ClusterError) in try await self.replicas.pause(index) }
        case .kill(let index):
            await inject(.kill, index) { () throws(ClusterError) in try await self.replicas.kill(index) }
        case .restart(let index):
            let isHit = await inject(.restart, index) { () throws(ClusterError) in
                try await self.replicas.stop(index)
            }
            guard isHit else { return }
            await heal(index) { () throws(ClusterError) in try await self.replicas.bringBack(index) }
        case .resume(let index):
            await heal(index) { () throws(ClusterError) in try await self.replicas.resume(index) }
        case .start(let index):
            await heal(index) { () throws(ClusterError) in try await self.replicas.bringBack(index) }
        }
    }

    /// Whether the fault has hit; a replica that was dead already is not hit.
    @discardableResult
    private func inject(
        _ kind: FaultRecord.Kind, _ index: Int, _ body: () async throws(ClusterError) -> Bool
    ) async -> Bool {
        let start = now()
        do throws(ClusterError) {
            guard try await body() else {
                schedule.healed(index)
                onEvent(
                    .warning(
                        "a \(kind.rawValue) of \(target.nameOfReplica(index)) hit nothing: it had died before"
                    ))
                return false
            }
        } catch {
            tell(.faultNotInjected, index, error)
            return false
        }
        let record = FaultRecord(kind: kind, target: target.faultTarget(index), start: start)
        open[index] = record
        onEvent(.fault(record))
        schedule.injected(index, at: now() - origin)
        return true
    }

    private func heal(_ index: Int, _ body: () async throws(ClusterError) -> Void) async {
        do throws(ClusterError) {
            try await body()
        } catch {
            return tell(.faultNotHealed, index, error)
        }
        schedule.healed(index)
        guard var record = open.removeValue(forKey: index) else { return }
        record.end = now()
        onEvent(.fault(record))
    }

    private func tell(_ kind: Trouble.Kind, _ index: Int, _ error: ClusterError) {
        hasFailed = true
        onEvent(.trouble(ClusterTrouble(kind, replica: index, error.message)))
    }
}
