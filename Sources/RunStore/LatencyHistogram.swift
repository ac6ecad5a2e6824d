// Latencies of one operation as counted values: sparse, exact, and mergeable over runs, so that percentiles
// of several runs come from all their operations and never from averages of percentiles.

import Core
import Histories

/// A high dynamic range histogram of three significant digits, 1 µs to 10 min, as the values that occurred
/// and how often, after Tene's HdrHistogram.
///
/// A value stands for all that share its bucket and is the highest of them, as HdrHistogram reports them.
public struct LatencyHistogram: Sendable, Hashable {
    public struct Entry: Sendable, Hashable {
        public var microseconds: UInt64
        /// Above zero.
        public var count: Int
    }

    /// What took longer counts as this long.
    public static let longestMicroseconds: UInt64 = 600_000_000
    /// Buckets there are between 1 µs and 10 min: no histogram has more entries.
    public static let entryLimit = 21_504
    /// Values below this have a bucket each; above it, half as many buckets to every doubling.
    private static let finestValues: UInt64 = 2_048

    /// In ascending order of value.
    public private(set) var entries: [Entry]

    public init() { entries = [] }

    /// Counts of equal buckets are added up; values beyond the range count as its ends.
    public init(_ entries: [Entry]) {
        var counts = Counts()
        for entry in entries { counts.add(microseconds: entry.microseconds, times: entry.count) }
        self.init(counts)
    }

    /// What was counted one by one.
    public init(_ counts: Counts) {
        entries = counts.byBucket.sorted { $0.key < $1.key }
            .map { Entry(microseconds: $0.key, count: $0.value) }
    }

    /// Latencies while they are counted.
    public struct Counts: Sendable {
        /// By the highest value of the bucket.
        fileprivate var byBucket: [UInt64: Int] = [:]

        public init() {}

        public mutating func add(microseconds: UInt64, times: Int = 1) {
            guard times > 0 else { return }
            byBucket[LatencyHistogram.highestAlike(microseconds), default: 0] += times
        }
    }

    public var count: Int { entries.reduce(0) { $0 + $1.count } }

    /// 0 where nothing was counted.
    public var maximumMicroseconds: UInt64 { entries.last?.microseconds ?? 0 }

    /// The value at or below which `percentile` (0 to 100) of all lie, by nearest rank; 0 where nothing was
    /// counted.
    public func microseconds(atPercentile percentile: Double) -> UInt64 {
        let total = count
        guard total > 0 else { return 0 }
        let rank = max(1, (percentile.nextDown / 100 * Double(total)).rounded(.up))
        var below = 0
        for entry in entries {
            below += entry.count
            if Double(below) >= rank { return entry.microseconds }
        }
        return maximumMicroseconds
    }

    /// All of both.
    public func merging(_ other: LatencyHistogram) -> LatencyHistogram {
        LatencyHistogram(entries + other.entries)
    }

    public static func merged(_ histograms: some Sequence<LatencyHistogram>) -> LatencyHistogram {
        LatencyHistogram(histograms.flatMap(\.entries))
    }

    /// The highest value that the histogram cannot tell from `value`.
    static func highestAlike(_ value: UInt64) -> UInt64 {
        let value = min(max(1, value), longestMicroseconds)
        guard value >= finestValues else { return value }
        let doublings = finestValues.leadingZeroBitCount - value.leadingZeroBitCount + 1
        return value | ((1 << UInt64(doublings)) - 1)
    }
}

extension Shape where Part == LatencyHistogram {
    /// `[[microseconds, count], …]`.
    static var histogram: Shape {
        let pair = JSONSchema.array(of: .integer(from: 1)).with(["minItems": 2, "maxItems": 2])
        return Shape(
            .array(of: pair).with(["maxItems": .int(LatencyHistogram.entryLimit)]),
            sample: { LatencyHistogram() },
            write: { histogram in
                .array(
                    histogram.entries.map { .array([.int(Int(clamping: $0.microseconds)), .int($0.count)]) })
            }, read: LatencyHistogram.read)
    }
}

extension LatencyHistogram {
    /// Operations that a stored histogram has at most, so that those of a thousand runs can be added up.
    static let countLimit = 1 << 53

    @Sendable fileprivate static func read(
        _ document: Value, path: String
    ) throws(DocumentError) -> LatencyHistogram {
        guard let pairs = document.elements, pairs.count <= entryLimit else {
            throw DocumentError(
                .malformed, "\(path) is no array of at most \(entryLimit) pairs [microseconds, count]")
        }
        var entries: [Entry] = []
        var total = 0
        for (index, pair) in pairs.enumerated() {
            guard let members = pair.elements, members.count == 2, case .int(let value) = members[0],
                case .int(let count) = members[1], value > 0, count > 0
            else {
                throw DocumentError(
                    .malformed, "\(path)[\(index)] is no pair of microseconds and count, both above zero")
            }
            guard count <= countLimit - total else {
                throw DocumentError(.malformed, "\(path) counts more than \(countLimit) operations")
            }
            total += count
            entries.append(Entry(microseconds: UInt64(value), count: count))
        }
        return LatencyHistogram(entries)
    }
}
