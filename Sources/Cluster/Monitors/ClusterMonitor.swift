// The monitor that fits the run's database, from the first request of a load to its last.

import Core
import Foundation
import History
import Scenario

/// Watches the database of a running cluster and records what it sees.
public struct ClusterMonitor: Sendable {
    private let file: MonitorFile
    private let postgres: (monitor: PostgresMonitor, thread: Task<Void, Never>)?
    private let logs: ReplicaLogs?
    private let guardian: DatabaseGuard
    private let now: @Sendable () -> Int64

    init(
        _ context: RunContext, server: WatchedServer?, guardian: DatabaseGuard, table: Locked<ReplicaTable>,
        path: String, now: @escaping @Sendable () -> Int64
    ) {
        self.now = now
        self.guardian = guardian
        let file = MonitorFile(path, redactor: context.redactor)
        self.file = file
        file.append([.begin(time: now())])
        if let server {
            let onEvent = context.onEvent
            let monitor = PostgresMonitor(
                PostgresMonitor.Target(
                    server: server, groups: { table.withLock { $0.groups } }, file: file, now: now,
                    warn: { onEvent(.warning($0)) }, lost: { guardian.ask(server) }))
            // Awaited in `finish`; a cancelled run must still complete its record.
            let thread = Task.detached { _ = try? await onOwnThread { monitor.run() } }
            postgres = (monitor, thread)
            logs = nil
        } else {
            postgres = nil
            logs = ReplicaLogs(
                runDirectory: context.options.runDirectory,
                replicas: context.scenario.target.service.replicas)
        }
    }

    /// Whether completing the record may take some seconds.
    public var asksServer: Bool { postgres != nil }

    /// Completes the record; what is missing in it is returned, a sentence each.
    public func finish() async -> [String] {
        if let postgres {
            postgres.monitor.stop()
            await postgres.thread.value
        }
        var notices: [String] = []
        if let logs {
            let now = now()
            let read = try? await onOwnThread { logs.conflicts(at: now) }
            file.append((read?.conflicts ?? []).map(ObservationLine.conflict))
            notices = read?.notices ?? []
        }
        // What could not be written is missing without a trace: such a record has no end.
        if file.failureReason == nil { file.append([.end(time: now(), databaseBytes: guardian.fileBytes)]) }
        return notices + (file.failureReason.map { ["monitor.jsonl is not complete: \($0)"] } ?? [])
    }
}
