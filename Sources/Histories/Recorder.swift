// The recording of one run: a directory with a header and one segment for each writer, merged into one file
// at the end.

/// Records a run into a directory, one memory-mapped segment per writer, so that SIGKILL of the recorder
/// loses nothing that was recorded.
public final class HistoryRecorder: Sendable {
    static let headerName = "history.header"
    static let segmentSuffix = ".segment"

    private let directory: String
    private let calls: SystemCalls
    private let limits: SegmentWriter.Limits

    /// Creates `directory` and writes the header into it.
    ///
    /// A directory that already holds a recording is refused: merge that one first.
    public convenience init(directory: String, header: HistoryHeader) throws(HistoryError) {
        try self.init(directory: directory, header: header, calls: SystemCalls())
    }

    init(
        directory: String, header: HistoryHeader, calls: SystemCalls,
        limits: SegmentWriter.Limits = SegmentWriter.Limits()
    ) throws(HistoryError) {
        self.directory = directory
        self.calls = calls
        self.limits = limits
        try calls.makeDirectory(directory)
        let file = "\(directory)/\(Self.headerName)"
        if calls.exists(file) {
            throw HistoryError(
                .inputOutput, file: directory,
                message: "a recording lies in this directory already; choose another, or merge it first")
        }
        try calls.replace(file) { descriptor, partial throws(HistoryError) in
            var line = JSONWriter()
            line.appendLine(header)
            try calls.write(descriptor, partial, line.bytes)
        }
    }

    /// A new segment.
    ///
    /// The writer belongs to one thread at a time: an event loop, or the engine for faults.
    ///
    /// The lines of one operation must all go through one writer. `name` is part of a file's name, and new.
    public func makeSegment(named name: String) throws(HistoryError) -> SegmentWriter {
        let file = "\(directory)/\(name)\(Self.segmentSuffix)"
        if name.isEmpty || name.contains("/") {
            throw HistoryError(
                .inputOutput, file: file, message: "a segment's name must be a plain file name")
        }
        return try SegmentWriter(file: file, calls: calls, limits: limits)
    }

    /// Merges the segments into one file of JSON lines ordered by time, in memory bounded by the number of
    /// segments, and removes them; safe to call on the remains of a killed run, and again after it failed or
    /// was killed itself.
    ///
    /// No writer may record any more. Where the tail of a segment is torn, the file ends at the earliest
    /// point that is complete in all segments, and a notice in it says so.
    public static func merge(directory: String, into file: String) throws(HistoryError) {
        try merge(directory: directory, into: file, calls: SystemCalls())
    }

    /// Whether a recording lies in the directory that is not merged yet.
    public static func holdsRecording(_ directory: String) -> Bool {
        SystemCalls().exists("\(directory)/\(headerName)")
    }

    /// What the segments in a directory hold, read without writing anything: for a disk that has no room for
    /// the merged file.
    public static func history(in directory: String) throws(HistoryError) -> History {
        try SegmentMerge(directory: directory, destination: "", calls: SystemCalls()).history()
    }

    static func merge(directory: String, into file: String, calls: SystemCalls) throws(HistoryError) {
        try SegmentMerge(directory: directory, destination: file, calls: calls).run()
    }
}
