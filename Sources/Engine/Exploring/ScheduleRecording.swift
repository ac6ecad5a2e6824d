// What an exploration did, written into the history as it goes.

import Core
import Histories

/// A segment of its own for schedules, their repetitions, and what was covered.
final class ScheduleRecording: Sendable {
    private struct State {
        var writer: SegmentWriter
    }

    private let state: Locked<State>

    init(_ recorder: HistoryRecorder) throws(HistoryError) {
        state = Locked(State(writer: try recorder.makeSegment(named: "schedules")))
    }

    func write(_ write: (SegmentWriter) throws(HistoryError) -> Void) throws(HistoryError) {
        let failure: HistoryError? = state.withLock { state in
            do throws(HistoryError) {
                try write(state.writer)
                return nil
            } catch {
                return error
            }
        }
        if let failure { throw failure }
    }
}
