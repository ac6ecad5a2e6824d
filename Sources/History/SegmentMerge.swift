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
                let output = Output(descriptor: descriptor, file: partial, calls: calls)
                try output.copyFirstLine(of: header)
                try mergeLines(of: segments, until: cut, into: output)
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

    /// Always takes the earliest head.
    ///
    /// A scan over the heads is as fast as a heap: there are as many as event loops.
    private func mergeLines(of segments: [String], until cut: Cut, into output: Output) throws(HistoryError) {
        var cursors: [SegmentCursor] = []
        for segment in segments {
            let cursor = try SegmentCursor(segment, calls: calls)
            if try cursor.advance() { cursors.append(cursor) }
        }
        var leftOut = 0
        while var earliest = cursors.indices.first {
            for index in cursors.indices where cursors[index].comes(before: cursors[earliest]) {
                earliest = index
            }
            let cursor = cursors[earliest]
            if cursor.time <= cut.time {
                try output.append(line: cursor.line)
            } else {
                leftOut += 1
            }
            if try !cursor.advance() { cursors.remove(at: earliest) }
        }
        if !cut.tornSegments.isEmpty { try output.append(cut, leftOut: leftOut) }
    }

    /// The merged file while it is written.
    private final class Output {
        private let descriptor: CInt
        private let file: String
        private let calls: SystemCalls
        private var portion = JSONWriter(capacity: SegmentMerge.portionBytes * 2)

        init(descriptor: CInt, file: String, calls: SystemCalls) {
            self.descriptor = descriptor
            self.file = file
            self.calls = calls
        }

        func copyFirstLine(of source: String) throws(HistoryError) {
            let reader = try LineReader(source, calls: calls)
            defer { withExtendedLifetime(reader) {} }
            guard let line = try reader.next() else {
                throw HistoryError(.malformed, file: source, line: 1, message: "the header is empty")
            }
            try append(line: line)
        }

        func append(line: UnsafeBufferPointer<UInt8>) throws(HistoryError) {
            portion.append(contentsOf: UnsafeRawBufferPointer(line))
            portion.append(raw: "\n")
            if portion.count >= SegmentMerge.portionBytes { try flush() }
        }

        func append(_ cut: Cut, leftOut: Int) throws(HistoryError) {
            let torn = cut.tornSegments.joined(separator: ", ")
            let events = leftOut == 1 ? "1 later event is" : "\(leftOut) later events are"
            let extent =
                cut.time == .min
                ? "nothing was complete in all segments"
                : "the run is judged up to \(seconds(cut.time)) s, the earliest point complete in all segments"
            portion.appendLine(
                notice: "The recording ends in a torn line (\(torn)): \(extent); \(events) left out.",
                time: max(cut.time, 0))
            try flush()
        }

        func flush() throws(HistoryError) {
            try calls.write(descriptor, file, portion.bytes)
            portion.clear()
        }

        private func seconds(_ nanoseconds: Int64) -> String {
            let fraction = String(nanoseconds.magnitude % 1_000_000_000)
            let padding = String(repeating: "0", count: 9 - fraction.count)
            return
                "\(nanoseconds < 0 ? "-" : "")\(nanoseconds.magnitude / 1_000_000_000).\(padding)\(fraction)"
        }
    }
}
