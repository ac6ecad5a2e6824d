// Walks over one segment's complete lines and finds out whether its tail is torn.

/// A position in a segment.
final class SegmentCursor {
    /// The current line without its newline, valid until the next `advance`.
    private(set) var line = UnsafeBufferPointer<UInt8>(start: nil, count: 0)
    /// Time of the current line, never less than that of the line before: a stamp is taken a moment before
    /// its line is written, so two lines may lie in the other order than their stamps, and the order of
    /// writing is kept.
    private(set) var time = Int64.min
    /// Where the segment ends in a torn line, the last instant up to which it is complete; known at the end.
    private(set) var completeUntil: Int64?
    let name: String

    private let reader: LineReader
    /// Somebody writes still: what is no line yet may become one.
    private let isGrowing: Bool
    private var rank = 0
    /// Behind the last complete line.
    private var offset = 0

    init(_ file: String, calls: SystemCalls, isGrowing: Bool = false) throws(HistoryError) {
        self.isGrowing = isGrowing
        reader = try LineReader(file, calls: calls, stopsAtZero: true)
        let base = file.split(separator: "/").last ?? ""
        name = String(base.dropLast(HistoryRecorder.segmentSuffix.count))
    }

    /// Of equal times an invocation comes before a later request and this before an end.
    func comes(before other: SegmentCursor) -> Bool {
        (time, rank) < (other.time, other.rank)
    }

    /// Moves to the next complete line; false where there is none.
    func advance() throws(HistoryError) -> Bool {
        guard let next = try reader.next() else {
            if !isGrowing { try noteTear(at: reader.peek(64)) }
            return false
        }
        guard reader.isTerminated, !next.contains(0), next.last == UInt8(ascii: "}"),
            let stamp = LineStamp(UnsafeRawBufferPointer(next).dropFirst())
        else {
            completeUntil = max(
                time, LineStamp(UnsafeRawBufferPointer(next).dropFirst())?.instantBefore ?? .min)
            return false
        }
        line = next
        offset = reader.offset
        time = max(time, stamp.time)
        rank = stamp.rank
        return true
    }

    /// Goes on behind the last complete line.
    func resume() throws(HistoryError) { try reader.resume(at: offset) }

    /// Calls `body` at each line of all of them, the earliest first.
    ///
    /// A scan over the heads is as fast as a heap: there are as many as event loops.
    static func merge(
        _ cursors: [SegmentCursor], _ body: (SegmentCursor) throws(HistoryError) -> Void
    ) throws(HistoryError) {
        var heads: [SegmentCursor] = []
        for cursor in cursors where try cursor.advance() { heads.append(cursor) }
        var cursors = heads
        while var earliest = cursors.indices.first {
            for index in cursors.indices where cursors[index].comes(before: cursors[earliest]) {
                earliest = index
            }
            try body(cursors[earliest])
            if try !cursors[earliest].advance() { cursors.remove(at: earliest) }
        }
    }

    /// A line whose first byte is missing was cut short while it was copied; its time may be legible all the
    /// same.
    private func noteTear(at rest: UnsafeRawBufferPointer) throws(HistoryError) {
        let stamp = LineStamp(rest.dropFirst())
        if try reader.hasContentLeft() { completeUntil = max(time, stamp?.instantBefore ?? .min) }
    }
}

/// What every line of a segment begins with, read without parsing the line.
private struct LineStamp {
    private static let timePrefix: StaticString = "\"time\":"
    private static let eventPrefix: StaticString = ",\"event\":\""

    let time: Int64
    let rank: Int

    var instantBefore: Int64 { time == .min ? .min : time - 1 }

    /// - Parameter bytes: the line behind its opening brace.
    init?(_ bytes: Slice<UnsafeRawBufferPointer>) {
        var rest = bytes
        guard LineStamp.take(LineStamp.timePrefix, from: &rest) else { return nil }
        let isNegative = rest.first == UInt8(ascii: "-")
        if isNegative { rest = rest.dropFirst() }
        var time: Int64 = 0
        let digits = rest.prefix { 0x30...0x39 ~= $0 }
        for digit in digits {
            let (tenfold, overflow) = time.multipliedReportingOverflow(by: 10)
            let (sum, carry) = tenfold.addingReportingOverflow(Int64(digit) - 0x30)
            if overflow || carry { return nil }
            time = sum
        }
        rest = rest.dropFirst(digits.count)
        guard !digits.isEmpty, LineStamp.take(LineStamp.eventPrefix, from: &rest) else { return nil }
        self.time = isNegative ? -time : time
        switch rest.first {
        case UInt8(ascii: "i"): rank = 0
        case UInt8(ascii: "a"): rank = 1
        default: rank = 2
        }
    }

    private static func take(_ prefix: StaticString, from bytes: inout Slice<UnsafeRawBufferPointer>) -> Bool
    {
        let expected = UnsafeRawBufferPointer(start: prefix.utf8Start, count: prefix.utf8CodeUnitCount)
        guard bytes.starts(with: expected) else { return false }
        bytes = bytes.dropFirst(expected.count)
        return true
    }
}
