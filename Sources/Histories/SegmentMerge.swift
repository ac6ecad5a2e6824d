// Makes one file, ordered by time, out of the segments of a run, whether it ended well or was killed.

/// One merge of one directory.
///
/// The header is removed first after the merged file is in place: a directory without it, beside a merged
/// file, has been merged already, and what lies in it is rubbish. So a merge that was killed anywhere can
/// simply be run again.
struct SegmentMerge {
    /// The merged file is written in portions of about this size.
    private static let portionBytes = 256 << 10

    let directory: String
    let destination: String
    let calls: SystemCalls

    func run() throws(HistoryError) {
        if !calls.exists(directory), calls.exists(destination) { return }
        let names = try calls.list(directory)
        let segments = names.filter { $0.hasSuffix(HistoryRecorder.segmentSuffix) }.map {
            "\(directory)/\($0)"
        }
        let header = "\(directory)/\(HistoryRecorder.headerName)"
        if names.contains(HistoryRecorder.headerName) {
            let cut = try surveyTails(of: segments)
            try calls.replace(destination) { descriptor, partial throws(HistoryError) in
                let output = MergedFile(descriptor: descriptor, file: partial, calls: calls)
                try eachLine(header: header, segments, until: cut) { line throws(HistoryError) in
                    try output.append(line: line)
                }
                try output.flush()
            }
            try calls.remove(header)
        } else if !calls.exists(destination) {
            throw HistoryError(
                .inputOutput, file: directory,
                message: "no recording lies in this directory; it ended before its first event")
        }
        for segment in segments { try calls.remove(segment) }
    }

    /// What would be read of the merged file, without making it.
    func history() throws(HistoryError) -> History {
        let names = try calls.list(directory)
        let header = "\(directory)/\(HistoryRecorder.headerName)"
        guard names.contains(HistoryRecorder.headerName) else {
            throw HistoryError(.inputOutput, file: directory, message: "no recording lies in this directory")
        }
        let segments = names.filter { $0.hasSuffix(HistoryRecorder.segmentSuffix) }.map {
            "\(directory)/\($0)"
        }
        var assembly: HistoryAssembly?
        var number = 0
        let known = KnownStrings()
        try eachLine(header: header, segments, until: try surveyTails(of: segments)) {
            bytes throws(HistoryError) in
            number += 1
            if assembly == nil {
                assembly = HistoryAssembly(
                    file: directory, header: try HistoryReader.header(bytes, file: header))
            } else {
                var line = try HistoryReader.line(bytes, number, file: directory, known: known)
                try assembly?.add(&line, number: number)
            }
        }
        guard let assembly else {
            throw HistoryError(.malformed, file: header, line: 1, message: "the header is empty")
        }
        return try assembly.history()
    }

    // MARK: - Torn tails

    /// The last instant up to which every segment is complete, and the segments that end before the run did.
    private struct Cut {
        var time = Int64.max
        var tornSegments: [String] = []
    }

    private func surveyTails(of segments: [String]) throws(HistoryError) -> Cut {
        var cut = Cut()
        for segment in segments {
            let cursor = try SegmentCursor(segment, calls: calls)
            while try cursor.advance() {}
            guard let end = cursor.completeUntil else { continue }
            cut.time = min(cut.time, end)
            cut.tornSegments.append(cursor.name)
        }
        return cut
    }

    // MARK: - Merging

    /// The header and the lines in their order.
    private func eachLine(
        header: String, _ segments: [String], until cut: Cut, _ body: (Line) throws(HistoryError) -> Void
    ) throws(HistoryError) {
        try firstLine(of: header, body)
        let cursors = try segments.map { segment throws(HistoryError) in
            try SegmentCursor(segment, calls: calls)
        }
        var leftOut = 0
        try SegmentCursor.merge(cursors) { cursor throws(HistoryError) in
            if cursor.time <= cut.time { try body(cursor.line) } else { leftOut += 1 }
        }
        if !cut.tornSegments.isEmpty { try tell(of: cut, leftOut: leftOut, body) }
    }

    /// Without its newline, valid until `body` returns.
    private typealias Line = UnsafeBufferPointer<UInt8>

    private func firstLine(
        of file: String, _ body: (Line) throws(HistoryError) -> Void
    ) throws(HistoryError) {
        let reader = try LineReader(file, calls: calls)
        defer { withExtendedLifetime(reader) {} }
        guard let line = try reader.next() else {
            throw HistoryError(.malformed, file: file, line: 1, message: "the header is empty")
        }
        try body(line)
    }

    private func tell(
        of cut: Cut, leftOut: Int, _ body: (Line) throws(HistoryError) -> Void
    ) throws(HistoryError) {
        let torn = cut.tornSegments.joined(separator: ", ")
        let events = leftOut == 1 ? "1 later event is" : "\(leftOut) later events are"
        let extent =
            cut.time == .min
            ? "nothing was complete in all segments"
            : "the run is judged up to \(seconds(cut.time)) s, the earliest point complete in all segments"
        var line = JSONWriter()
        line.appendLine(
            RecordingNotice(
                time: max(cut.time, 0),
                message: "The recording ends in a torn line (\(torn)): \(extent); \(events) left out."))
        try body(Line(rebasing: line.bytes.assumingMemoryBound(to: UInt8.self).dropLast()))
    }

    private func seconds(_ nanoseconds: Int64) -> String {
        let fraction = String(nanoseconds.magnitude % 1_000_000_000)
        let padding = String(repeating: "0", count: 9 - fraction.count)
        return
            "\(nanoseconds < 0 ? "-" : "")\(nanoseconds.magnitude / 1_000_000_000).\(padding)\(fraction)"
    }

    /// The merged file while it is written.
    private final class MergedFile {
        private let descriptor: CInt
        private let file: String
        private let calls: SystemCalls
        private var portion = JSONWriter(capacity: SegmentMerge.portionBytes * 2)

        init(descriptor: CInt, file: String, calls: SystemCalls) {
            self.descriptor = descriptor
            self.file = file
            self.calls = calls
        }

        func append(line: UnsafeBufferPointer<UInt8>) throws(HistoryError) {
            portion.append(contentsOf: UnsafeRawBufferPointer(line))
            portion.append(raw: "\n")
            if portion.count >= SegmentMerge.portionBytes { try flush() }
        }

        func flush() throws(HistoryError) {
            try calls.write(descriptor, file, portion.bytes)
            portion.clear()
        }
    }
}
