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
    private var rank = 0

    init(_ file: String, calls: SystemCalls) throws(HistoryError) {
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
            try noteTear(at: reader.peek(64))
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
        time = max(time, stamp.time)
        rank = stamp.rank
        return true
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
