// Listens to the cluster: writes faults and troubles into the history, as they happen.

import Cluster
import History
import Scenario
import Synchronization

final class ClusterObserver: Sendable {
    private struct State {
        var recording: Recording?
        var warnings: [String] = []
        var log: EventLog?
    }

    /// Where what is observed goes to while a load is recorded.
    private struct Recording {
        var writer: SegmentWriter
        var now: @Sendable () -> Int64
        var redactor: Redactor
    }

    private let state = Mutex(State())
    private let tell: RunEventSink

    init(tell: @escaping RunEventSink) { self.tell = tell }

    /// Faults and troubles go into this history from now on, stamped by `now`.
    func begin(
        _ recorder: HistoryRecorder, redactor: Redactor, now: @escaping @Sendable () -> Int64
    ) throws(HistoryError) {
        let failure: HistoryError? = state.withLock { state in
            do throws(HistoryError) {
                state.recording = Recording(
                    writer: try recorder.makeSegment(named: "faults"), now: now, redactor: redactor)
                return nil
            } catch {
                return error
            }
        }
        if let failure { throw failure }
    }

    /// Events of the cluster go into this log as well from now on.
    func log(to log: EventLog?) { state.withLock { $0.log = log } }

    /// Ends the recording.
    func end() { state.withLock { $0.recording = nil } }

    /// What could not be recorded, a sentence each.
    var warnings: [String] { state.withLock { $0.warnings } }

    func receive(_ event: ClusterEvent) {
        let log = state.withLock { state in
            switch event {
            case .fault(let fault):
                Self.record("a fault", in: &state) { writer, _ throws(HistoryError) in
                    try writer.fault(fault)
                }
            case .replicaDied(let index, let description, let lines):
                Self.record("the death of a replica", in: &state) { writer, now throws(HistoryError) in
                    try writer.trouble(
                        Trouble(.replicaDied, time: now, replica: index, message: description, log: lines))
                }
            case .trouble(let trouble): Self.record(trouble, in: &state)
            case .starting, .replicaReady, .warning: break
            }
            return state.log
        }
        log?.append(.cluster(event))
        tell(.cluster(event))
    }

    /// A trouble that contend itself ran into.
    func note(_ kind: Trouble.Kind, _ text: String) {
        receive(.trouble(ClusterTrouble(kind, text)))
    }

    private static func record(_ trouble: ClusterTrouble, in state: inout State) {
        guard let redactor = state.recording?.redactor else { return }
        record("\(trouble.kind.rawValue)", in: &state) { writer, now throws(HistoryError) in
            try writer.trouble(
                Trouble(
                    trouble.kind, time: now, since: trouble.since.map { min($0, now) },
                    replica: trouble.replica, text: redactor.redact(trouble.text)))
        }
    }

    private static func record(
        _ what: String, in state: inout State, _ write: (SegmentWriter, Int64) throws(HistoryError) -> Void
    ) {
        guard let recording = state.recording else { return }
        do throws(HistoryError) {
            try write(recording.writer, recording.now())
        } catch {
            state.warnings.append("\(what) is missing in the history: \(error)")
        }
    }
}
