// Listens to the cluster: writes faults into the history, and notes replicas that died by themselves.

import Cluster
import History
import Synchronization

/// A replica that ended during the load although nobody stopped it.
struct ReplicaDeath: Sendable, Hashable {
    var replica: Int
    var description: String
    var lastLines: [String]
}

final class ClusterObserver: Sendable {
    private struct State {
        var faults: SegmentWriter?
        var deaths: [ReplicaDeath] = []
        var isLoading = false
        var warnings: [String] = []
        var log: EventLog?
    }

    private let state = Mutex(State())
    private let tell: RunEventSink

    init(tell: @escaping RunEventSink) { self.tell = tell }

    /// Faults go into this history from now on; deaths are counted anew.
    func begin(_ recorder: HistoryRecorder) throws(HistoryError) {
        let failure: HistoryError? = state.withLock { state in
            do throws(HistoryError) {
                state.faults = try recorder.makeSegment(named: "faults")
                state.deaths = []
                state.isLoading = true
                return nil
            } catch {
                return error
            }
        }
        if let failure { throw failure }
    }

    /// Events of the cluster go into this log as well from now on.
    func log(to log: EventLog?) { state.withLock { $0.log = log } }

    /// Ends the recording of faults, and gives the deaths since it began.
    func end() -> [ReplicaDeath] {
        state.withLock { state in
            state.faults = nil
            state.isLoading = false
            return state.deaths
        }
    }

    /// A fault that could not be recorded, a sentence each.
    var warnings: [String] { state.withLock { $0.warnings } }

    func receive(_ event: ClusterEvent) {
        let log = state.withLock { state in
            switch event {
            case .fault(let fault):
                do throws(HistoryError) {
                    try state.faults?.fault(fault)
                } catch {
                    state.warnings.append("a fault is missing in the history: \(error)")
                }
            case .replicaDied(let index, let description, let lines):
                guard state.isLoading else { break }
                state.deaths.append(
                    ReplicaDeath(replica: index, description: description, lastLines: lines))
            case .starting, .replicaReady, .warning: break
            }
            return state.log
        }
        log?.append(.cluster(event))
        tell(.cluster(event))
    }
}
