// The monitor that fits the run's database, from the first request of a load to its last.

import Core
import Foundation
import Histories
import Scenarios

/// Watches the database of a running cluster and records what it sees.
public struct ClusterMonitor: Sendable {
    private let file: MonitorFile
    private let database: any DatabaseEngine
    private let monitor: any DatabaseMonitor
    private let thread: Task<Void, Never>
    private let isOver: Locked<Bool>
    private let now: @Sendable () -> Int64

    init(
        _ context: RunContext, guardian: DatabaseGuard, table: Locked<ReplicaTable>, path: String,
        now: @escaping @Sendable () -> Int64
    ) {
        self.now = now
        database = context.database
        let file = MonitorFile(path, redactor: context.redactor)
        self.file = file
        file.append([.begin(time: now())])
        let onEvent = context.onEvent
        let replicas = context.scenario.target.replicaCount
        let monitor = database.monitor(
            MonitorTarget(
                runDirectory: context.options.runDirectory,
                replicas: replicas,
                groups: { table.withLock { $0.groups }.filter { $0.key < replicas } }, file: file, now: now,
                warn: { onEvent(.warning($0)) }, lost: { guardian.look() }))
        self.monitor = monitor
        let isOver = Locked(false)
        self.isOver = isOver
        // Awaited in `finish`; a cancelled run must still complete its record.
        thread = Task.detached {
            _ = try? await onOwnThread { monitor.watch { isOver.withLock { $0 } } }
        }
    }

    /// Whether completing the record may take some seconds.
    public var asksServer: Bool { monitor.asksServer }

    /// Completes the record; what is missing in it is returned, a sentence each.
    public func finish() async -> [String] {
        isOver.withLock { $0 = true }
        await thread.value
        let notices = (try? await onOwnThread { monitor.complete() }) ?? []
        // What could not be written is missing without a trace: such a record has no end.
        if file.failureReason == nil { file.append([.end(time: now(), databaseBytes: database.fileBytes)]) }
        return notices + (file.failureReason.map { ["monitor.jsonl is not complete: \($0)"] } ?? [])
    }
}
