// Signatures fixed by the architect; bodies and file split are the History owner's.

/// Records a run into a directory, one memory-mapped segment per writer, so that SIGKILL of the recorder loses nothing
/// that was recorded.
public final class HistoryRecorder: Sendable {
    /// Creates `directory` and writes the header into it.
    public init(directory: String, header: HistoryHeader) throws(HistoryError) { preconditionFailure() }

    /// A new segment. The writer belongs to one thread at a time: an event loop, or the engine for faults.
    public func makeSegment(named name: String) throws(HistoryError) -> SegmentWriter {
        preconditionFailure()
    }

    /// Merges the segments into one file of JSON lines ordered by time, in memory bounded by the number of segments, and
    /// removes them; safe to call on the remains of a killed run.
    public static func merge(directory: String, into file: String) throws(HistoryError) {
        preconditionFailure()
    }
}

/// Appends events to one mapped segment; no system call but to map the next stretch.
public final class SegmentWriter {
    /// The operation as known before its first byte is sent: `requests` holds the first request, without an answer.
    public func invoke(_ operation: OperationRecord) throws(HistoryError) { preconditionFailure() }

    /// A later request of an open operation, before its first byte is sent, with the captures made so far.
    public func attempt(_ request: RequestRecord, captures: [String: Value], of id: Int) throws(HistoryError)
    {
        preconditionFailure()
    }

    /// The operation with outcome, captures and all its requests answered.
    public func complete(_ operation: OperationRecord) throws(HistoryError) { preconditionFailure() }

    public func fault(_ fault: FaultRecord) throws(HistoryError) { preconditionFailure() }
}
