// Latencies that can be merged: the same counts as HdrHistogram, exact after a round trip,
// and percentiles of the whole.

import Core
import Histogram
import Histories
import TestSupport
import Testing

@testable import RunStore

extension LatencyHistogram {
    fileprivate init(_ original: Histogram<UInt64>) {
        self.init(
            original.recordedValues().map {
                Entry(microseconds: $0.value, count: Int(clamping: $0.count))
            })
    }
}

@Suite struct LatencyHistogramTests {
    private static let shape = Shape<LatencyHistogram>.histogram

    /// The range and the precision that the traffic uses.
    private func recorded(_ values: [UInt64]) -> Histogram<UInt64> {
        var histogram = Histogram<UInt64>(
            highestTrackableValue: LatencyHistogram.longestMicroseconds,
            numberOfSignificantValueDigits: .three)
        for value in values { histogram.record(value) }
        return histogram
    }

    private func randomValues(_ count: Int, seed: UInt64) -> [UInt64] {
        var state = seed
        return (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            // All magnitudes from 1 µs to 10 min.
            let bits = Int(state >> 58) % 30
            return min(
                LatencyHistogram.longestMicroseconds, max(1, (state >> 20) & ((1 << UInt64(bits)) - 1)))
        }
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func itHoldsWhatHdrHistogramCounted(seed: UInt64) {
        let values = randomValues(5_000, seed: seed)
        let original = recorded(values)
        let sparse = LatencyHistogram(original)
        #expect(sparse.count == 5_000)
        #expect(sparse.entries.map(\.microseconds) == sparse.entries.map(\.microseconds).sorted())
        for percentile in [0.1, 1, 25, 50, 90, 95, 99, 99.9, 100] {
            let (mine, theirs) = (
                sparse.microseconds(atPercentile: percentile), original.valueAtPercentile(percentile)
            )
            #expect(original.valuesAreEquivalent(mine, theirs), "p\(percentile): \(mine) and \(theirs)")
        }
    }

    @Test func everyBucketIsTheOneOfHdrHistogram() {
        let histogram = recorded([])
        for value in randomValues(20_000, seed: 9) + [1, 2_047, 2_048, 2_049, 4_095, 4_096, 600_000_000] {
            #expect(
                LatencyHistogram.highestAlike(value)
                    == histogram.highestEquivalentForValue(value), "\(value)")
        }
        #expect(LatencyHistogram(recorded([])).entries.isEmpty)
    }

    @Test func mergedPercentilesAreThoseOfAllValuesTogether() {
        let (fast, slow) = ([UInt64](repeating: 1_000, count: 990), [UInt64](repeating: 50_000, count: 10))
        let (first, second) = (recorded(fast), recorded(slow))
        let merged = LatencyHistogram(first).merging(LatencyHistogram(second))
        #expect(merged == LatencyHistogram(recorded(fast + slow)))
        #expect(merged.microseconds(atPercentile: 99) == 1_000)
        // An average of the two percentiles would be far away.
        #expect(merged.microseconds(atPercentile: 99.9) >= 50_000)
        #expect(merged.microseconds(atPercentile: 99.9) < 50_050)
    }

    @Test func aRoundTripIsExact() throws {
        let sparse = LatencyHistogram(recorded(randomValues(3_000, seed: 4)))
        let text = JSON.text(Self.shape.write(sparse))
        #expect(try Self.shape.read(JSON.parse(text.utf8), "h") == sparse)
    }

    @Test(arguments: ["{}", "[[1]]", "[[0,1]]", "[[1,0]]", "[[1,1.5]]", "[[-1,1]]", "[[\"1\",1]]"])
    func whatIsNoHistogramIsRefusedWithItsPath(text: String) throws {
        let document = try JSON.parse(text.utf8)
        let error = #expect(throws: DocumentError.self) {
            try Self.shape.read(document, "verdict.latency[0]")
        }
        #expect(error?.message.contains("verdict.latency[0]") == true)
    }

    @Test func countsThatCannotBeAddedUpAreRefused() throws {
        let most = LatencyHistogram.countLimit
        for pairs in [[Int.max, Int.max], [most, 1]] {
            let document = Value.array(
                pairs.enumerated().map { .array([.int($0.offset + 1), .int($0.element)]) })
            #expect(throws: DocumentError.self) { try Self.shape.read(document, "h") }
        }
        let whole = try Self.shape.read(.array([.array([1, .int(most)])]), "h")
        #expect(
            LatencyHistogram.merged([LatencyHistogram](repeating: whole, count: 1_000)).count == most * 1_000)
    }

    @Test(arguments: [
        "[[1,1]]", "[]", "[[1,1],[2,9]]", "{}", "[[1]]", "[[0,1]]", "[[1,0]]", "[[1,1,1]]", "[1]",
    ])
    func theSchemaTakesWhatTheDecoderTakes(text: String) throws {
        let document = try JSON.parse(text.utf8)
        let isValid = SchemaValidator(Self.shape.schema).problems(document).isEmpty
        let isRead = (try? Self.shape.read(document, "h")) != nil
        #expect(isValid == isRead)
    }

    @Test func moreEntriesThanThereAreBucketsAreRefused() {
        let pairs = (1...(LatencyHistogram.entryLimit + 1)).map { Value.array([.int($0), 1]) }
        #expect(throws: DocumentError.self) { try Self.shape.read(.array(pairs), "h") }
        #expect(!SchemaValidator(Self.shape.schema).problems(.array(pairs)).isEmpty)
        #expect(throws: Never.self) {
            try Self.shape.read(.array(Array(pairs.dropLast())), "h")
        }
    }

    @Test func allThereCanBeFitsTheLimit() {
        // One value of each bucket, found by walking from each highest value to the next one.
        var value: UInt64 = 1
        var count = 0
        while value <= LatencyHistogram.longestMicroseconds {
            count += 1
            let highest = recorded([]).highestEquivalentForValue(value)
            value = highest + 1
            if count > LatencyHistogram.entryLimit { break }
        }
        #expect(count <= LatencyHistogram.entryLimit)
    }
}
