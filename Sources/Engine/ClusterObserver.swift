// Listens to the cluster: writes faults and troubles into the history, as they happen.

import Clusters
import Core
import Histories
import Scenarios

final class ClusterObserver: Sendable {
    private struct State {
        var recording: Recording?
        /// What came while nothing was recorded, for the next recording.
        var pending: [ClusterEvent] = []
        /// Of the present recording, or the last.
        var kinds: Set<Trouble.Kind> = []
        var warnings: [String] = []
    }

    /// Where what is observed goes to while a load is recorded.
    private struct Recording {
        var writer: SegmentWriter
        var now: @Sendable () -> Int64
    }

    private let state = Locked(State())
    private let events: RunEvents
    /// Called when the supervisor was sent TERM.
    private let toldToEnd: @Sendable () -> Void

    init(_ events: RunEvents, toldToEnd: @escaping @Sendable () -> Void = {}) {
        self.events = events
        self.toldToEnd = toldToEnd
    }

    /// Faults and troubles go into this history from now on, stamped by `now`.
    func begin(
        _ recorder: HistoryRecorder, now: @escaping @Sendable () -> Int64
    ) throws(HistoryError) {
        let failure: HistoryError? = state.withLock { state in
            do throws(HistoryError) {
                state.recording = Recording(
                    writer: try recorder.makeSegment(named: "faults"), now: now)
                state.kinds = []
                let pending = state.pending
                state.pending = []
                for event in pending { Self.record(event, in: &state) }
                return nil
            } catch {
                return error
            }
        }
        if let failure { throw failure }
    }

    /// Completes the recording with what there is to say of it and what the load measured of itself.
    func complete(notices: [String], figures: [String: Value]) {
        state.withLock { state in
            Self.write("a notice", in: &state) { writer, now throws(HistoryError) in
                for notice in notices { try writer.notice(events.redactor.redact(notice), time: now) }
                try writer.end(load: figures, time: now)
            }
        }
    }

    /// Whether the cluster is no longer what the scenario says, so that a load tests nothing more.
    var endsLoad: Bool { state.withLock { $0.kinds.contains { $0.endsLoad } } }

    /// Whether there is nothing left that could be read.
    var hasLostItsGround: Bool {
        state.withLock { !$0.kinds.isDisjoint(with: [.databaseDied, .supervisorDied]) }
    }

    /// Replicas that ended by themselves since the last recording, a sentence each.
    func takePending() -> [String] {
        state.withLock { state in
            defer { state.pending = [] }
            return state.pending.compactMap { event in
                switch event {
                case .replicaDied(_, let description, _): "\(description) after the load was over"
                case .trouble(let trouble): trouble.text
                case .starting, .replicaReady, .fault, .running, .toldToEnd, .warning: nil
                }
            }
        }
    }

    /// Ends the recording.
    func end() { state.withLock { $0.recording = nil } }

    /// What could not be recorded, a sentence each.
    var warnings: [String] { state.withLock { $0.warnings } }

    func receive(_ event: ClusterEvent) {
        let recorded = events.redactor.redact(event)
        state.withLock { state in
            switch recorded {
            case .fault, .replicaDied, .trouble: Self.record(recorded, in: &state)
            case .starting, .replicaReady, .running, .toldToEnd, .warning: break
            }
        }
        if case .toldToEnd = event { toldToEnd() }
        events.tell(.cluster(event))
    }

    /// A trouble that contend itself ran into.
    func note(_ kind: Trouble.Kind, _ text: String) {
        receive(.trouble(ClusterTrouble(kind, text)))
    }

    private static func record(_ event: ClusterEvent, in state: inout State) {
        guard state.recording != nil else {
            if case .fault = event { return }
            state.pending.append(event)
            return
        }
        switch event {
        case .fault(let fault):
            write("a fault", in: &state) { writer, _ throws(HistoryError) in try writer.fault(fault) }
        case .replicaDied(let index, let description, let lines):
            state.kinds.insert(.replicaDied)
            write("the death of a replica", in: &state) { writer, now throws(HistoryError) in
                try writer.trouble(
                    Trouble(
                        .replicaDied, time: now, replica: index, message: description, log: lines))
            }
        case .trouble(let trouble):
            state.kinds.insert(trouble.kind)
            write(trouble.kind.rawValue, in: &state) { writer, now throws(HistoryError) in
                try writer.trouble(
                    Trouble(
                        trouble.kind, time: now, since: trouble.since.map { min($0, now) },
                        replica: trouble.replica, text: trouble.text))
            }
        case .starting, .replicaReady, .running, .toldToEnd, .warning: break
        }
    }

    private static func write(
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

extension Trouble.Kind {
    /// Whether the cluster is no longer what the scenario says once this has come.
    fileprivate var endsLoad: Bool {
        switch self {
        case .faultNotInjected, .faultNotHealed, .databaseDied, .supervisorDied, .recordingFailed: true
        case .replicaDied, .monitoringLost, .setupFailed, .loadFailed, .finalReadsFailed,
            .stoppedEarly, .other:
            false
        }
    }
}
