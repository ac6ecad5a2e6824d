// What one event loop measures about its clients, and what all measured together.

import Core
import Histogram
import Histories
import Scenarios

/// Written by its event loop alone, and read from anywhere while the load goes on.
struct LoopFigures: Sendable {
    /// Three significant digits from 1 µs to 10 min; longer counts as 10 min.
    static let longestLatencyMicroseconds: UInt64 = 600_000_000

    var counters = TrafficCounters()
    /// By operation, where a threshold on a percentile may end the load.
    private(set) var latency: [String: Histogram<UInt64>] = [:]
    private let keepsLatency: Bool
    /// One for each threshold that may end the load.
    private(set) var live: [LiveThreshold]
    /// Starts of an open load: late, and never made.
    var late = 0
    var missed = 0
    /// What could not be sent, and how often.
    var skipped: [UnsentRequest: Int] = [:]

    init(_ thresholds: [Threshold]) {
        live = thresholds.map { LiveThreshold($0) }
        keepsLatency = thresholds.contains { if case .latency = $0.measure { true } else { false } }
    }

    /// An operation of the load has returned.
    mutating func add(_ record: OperationRecord) {
        switch record.outcome {
        case .ok: counters.ok += 1
        case .fail: counters.fail += 1
        case .unknown: counters.unknown += 1
        }
        for index in live.indices { live[index].add(record) }
        guard keepsLatency else { return }
        let microseconds = UInt64(max(0, record.latencyNanoseconds ?? 0) / 1_000)
        latency[
            record.name,
            default: Histogram(
                highestTrackableValue: Self.longestLatencyMicroseconds, numberOfSignificantValueDigits: .three
            )
        ].record(min(max(1, microseconds), Self.longestLatencyMicroseconds))
    }

    mutating func add(_ other: LoopFigures) {
        counters.add(other.counters)
        for (name, histogram) in other.latency {
            if latency[name] == nil { latency[name] = histogram } else { latency[name]?.add(histogram) }
        }
        for index in live.indices { live[index].add(other.live[index]) }
        late += other.late
        missed += other.missed
        skipped.merge(other.skipped) { $0 + $1 }
    }
}
