// Appends events to a mapped file. Pages of a shared mapping belong to the kernel: they outlive the process,
// however it ends.

public import Core
import Glibc
import Synchronization

/// Appends events to one mapped segment; no system call but to map the next stretch.
///
/// A segment is a file of JSON lines followed by zero bytes. Only one stretch of it is mapped at a time. Each
/// line is made in the writer's own memory, so that its length is known, and copied into the mapping with its
/// first byte last: a line that was cut short begins with a zero byte, and is not there.
///
/// A call that throws has recorded nothing; later calls may succeed, as when a full disk has room again.
public final class SegmentWriter {
    struct Limits: Sendable {
        /// How much is mapped at a time; a longer line gets a longer stretch.
        var stretchBytes = 4 << 20
        /// A longer line is refused.
        var lineBytes = HistoryFormat.lineLimitBytes
    }

    private let file: String
    private let calls: SystemCalls
    private let limits: Limits
    private var descriptor: CInt
    private var line = JSONWriter(capacity: 4096)
    /// The mapped part of the file, and where in the file it begins.
    private var stretch: UnsafeMutableRawBufferPointer
    private var stretchStart = 0
    /// Length of what is recorded.
    private var length = 0
    /// The latest stamp of what is recorded: the time of an end that has no stamp of its own.
    private var latestTime = Int64.min

    init(file: String, calls: SystemCalls, limits: Limits) throws(HistoryError) {
        self.file = file
        self.calls = calls
        self.limits = limits
        descriptor = try calls.open(file, O_RDWR | O_CREAT | O_EXCL)
        stretch = UnsafeMutableRawBufferPointer(start: nil, count: 0)
        try mapStretch(for: 1)
    }

    deinit { close() }

    // MARK: - Events

    /// The operation as known before its first byte is sent: `requests` holds the first request, without an
    /// answer.
    public func invoke(_ operation: OperationRecord) throws(HistoryError) {
        line.clear()
        line.appendLine(invoke: operation)
        try publish(time: operation.invoked)
    }

    /// A later request of an open operation, before its first byte is sent, with the captures made so far.
    public func attempt(_ request: RequestRecord, captures: NamedValues, of id: Int) throws(HistoryError) {
        line.clear()
        line.appendLine(attempt: request, captures: captures, of: id)
        try publish(time: request.sent)
    }

    /// The operation with outcome, captures and all its requests answered.
    ///
    /// Without a `returned` its end stays unknown: the client must not have another operation after it.
    public func complete(_ operation: OperationRecord) throws(HistoryError) {
        line.clear()
        let time = operation.returned ?? max(operation.invoked, latestTime)
        line.appendLine(completion: operation, time: time)
        try publish(time: time)
    }

    /// A fault: when it was injected, without an end, and again when it was healed, with its end.
    public func fault(_ fault: FaultRecord) throws(HistoryError) { try write(fault, at: fault.latest) }

    /// Something that went wrong around the run.
    public func trouble(_ trouble: Trouble) throws(HistoryError) { try write(trouble, at: trouble.time) }

    /// What went to the database, once it is answered or will not be any more.
    public func statement(_ statement: StatementRecord) throws(HistoryError) {
        try write(statement, at: statement.answered ?? statement.sent)
    }

    /// The schedule of a round, once that is over.
    public func schedule(_ schedule: ScheduleRecord) throws(HistoryError) {
        try write(schedule, at: schedule.time)
    }

    public func coverage(_ coverage: CoverageRecord) throws(HistoryError) {
        try write(coverage, at: coverage.time)
    }

    public func replayed(_ replay: ReplayRecord) throws(HistoryError) { try write(replay, at: replay.time) }

    /// A sentence about the recording itself.
    public func notice(_ message: String, time: Int64) throws(HistoryError) {
        try write(RecordingNotice(time: time, message: message), at: time)
    }

    /// The figures of the load, by the names of `verdict.json`: the last line of a recording that is
    /// complete.
    public func end(load figures: [String: Value], time: Int64) throws(HistoryError) {
        try write(RecordingEnd(time: time, load: figures), at: time)
    }

    private func write(_ document: some Document, at time: Int64) throws(HistoryError) {
        line.clear()
        line.appendLine(document)
        try publish(time: time)
    }

    // MARK: - The mapping

    /// Copies the line into the mapping, first byte last.
    private func publish(time: Int64) throws(HistoryError) {
        let bytes = line.bytes
        if bytes.count > limits.lineBytes {
            throw HistoryError(
                .inputOutput, file: file,
                message: "an event of \(bytes.count) bytes is longer than the limit of "
                    + "\(limits.lineBytes); record fewer or shorter values")
        }
        if stretchStart + stretch.count - length < bytes.count { try mapStretch(for: bytes.count) }
        guard let target = stretch.baseAddress.map({ $0 + (length - stretchStart) }) else {
            throw HistoryError(.inputOutput, file: file, message: "this segment is closed")
        }
        if bytes.count > 1, let source = bytes.baseAddress {
            (target + 1).copyMemory(from: source + 1, byteCount: bytes.count - 1)
        }
        // Releasing: neither compiler nor processor may move the copy behind this store.
        target.assumingMemoryBound(to: Atomic<UInt8>.self).pointee.store(bytes[0], ordering: .releasing)
        length += bytes.count
        latestTime = max(latestTime, time)
    }

    /// Maps the file from the page of its end on, with room for `count` bytes.
    private func mapStretch(for count: Int) throws(HistoryError) {
        let page = SystemCalls.pageSize
        let start = length / page * page
        let wanted = max(limits.stretchBytes, length - start + count)
        let size = (wanted + page - 1) / page * page
        try calls.allocate(descriptor, file, to: start + size, from: stretchStart + stretch.count)
        let memory = try calls.map(descriptor, file, at: start, length: size)
        unmap()
        stretch = UnsafeMutableRawBufferPointer(start: memory, count: size)
        stretchStart = start
    }

    private func unmap() {
        if let memory = stretch.baseAddress { calls.unmap(memory, length: stretch.count) }
        stretch = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    }

    /// Gives back the space behind the last line; a failure only leaves zero bytes there.
    private func close() {
        unmap()
        try? calls.truncate(descriptor, file, to: length)
        calls.close(descriptor)
    }
}
