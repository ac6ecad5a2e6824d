// Reads a recording while it grows, each line once.

/// What the segments of a run hold so far.
public final class HistoryFollower {
    private let directory: String
    private let calls = SystemCalls()
    private var cursors: [String: SegmentCursor] = [:]
    private var assembly: HistoryAssembly
    private let known = KnownStrings()
    private var lines = 1

    /// Follows the recording in `directory`, which has begun.
    public init(_ directory: String) throws(HistoryError) {
        self.directory = directory
        let header = "\(directory)/\(HistoryRecorder.headerName)"
        let reader = try LineReader(header, calls: calls)
        assembly = HistoryAssembly(
            file: directory,
            header: try HistoryReader.header(
                try reader.next() ?? UnsafeBufferPointer(start: nil, count: 0), file: header))
    }

    /// The history up to now; a line that is just being written is left for the next time.
    public func history() throws(HistoryError) -> History {
        for name in try calls.list(directory) where name.hasSuffix(HistoryRecorder.segmentSuffix) {
            if let cursor = cursors[name] {
                try cursor.resume()
            } else {
                cursors[name] = try SegmentCursor("\(directory)/\(name)", calls: calls, isGrowing: true)
            }
        }
        try SegmentCursor.merge(Array(cursors.values)) { cursor throws(HistoryError) in
            lines += 1
            var line = try HistoryReader.line(cursor.line, lines, file: directory, known: known)
            try assembly.add(&line, number: lines)
        }
        return try assembly.history()
    }
}
