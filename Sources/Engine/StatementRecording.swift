// `--sql`: the statements between replicas and database, written into the history.

import Core
import Histories

/// Writes what the proxy tells into a segment of its own.
final class StatementRecording: Sendable {
    /// More statements are counted and left out: a history is read into memory.
    static let limit = 1_000_000

    private struct State {
        var writer: SegmentWriter
        var count = 0
        var problem: String?
    }

    private let state: Locked<State>
    private let redactor: Redactor

    init(_ recorder: HistoryRecorder, redactor: Redactor) throws(HistoryError) {
        state = Locked(State(writer: try recorder.makeSegment(named: "statements")))
        self.redactor = redactor
    }

    func record(_ statement: StatementRecord) {
        var statement = statement
        statement.statement = redactor.redact(statement.statement)
        state.withLock { state in
            state.count += 1
            guard state.count <= Self.limit, state.problem == nil else { return }
            do throws(HistoryError) {
                try state.writer.statement(statement)
            } catch {
                state.problem = "the record of SQL statements is not complete: \(error)"
            }
        }
    }

    /// What is missing in the record, a sentence each.
    func finish() -> [String] {
        state.withLock { state in
            let left = state.count - Self.limit
            let cut = left > 0 ? ["the last \(Figures.grouped(left, "SQL statement")) were not recorded"] : []
            return [state.problem].compactMap(\.self) + cut
        }
    }
}
