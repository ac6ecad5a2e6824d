// The figures of a run, computed from its history alone, so that a run and every later look at it agree.

import FoundationEssentials
import History
import Reporting
import Scenario

extension RunReport {
    /// Duration, rates, latencies and release spread of the load as the history tells them; what no
    /// operation tells is in the history's `load`.
    func measured(from history: History) throws(ReportError) -> RunReport {
        var report = self
        if let figures = history.load { report = try taking(loadFigures: figures) }
        let load = history.operations.filter { $0.phase == .load }
        let ended = load.filter { $0.returned != nil }
        if history.load == nil {
            let first = load.map(\.invoked).min() ?? 0
            let last = load.map { $0.returned ?? $0.invoked }.max() ?? 0
            report.durationNanoseconds = last - first
        }
        let seconds = max(Double(report.durationNanoseconds) / 1_000_000_000, 1e-9)
        report.operationsPerSecond = Double(ended.count) / seconds
        report.requestsPerSecond = Double(ended.reduce(0) { $0 + $1.requests.count }) / seconds
        report.latency = Dictionary(grouping: ended, by: \.name).sorted { $0.key < $1.key }.map {
            LatencyFigures(operation: $0.key, histogram: LatencyHistogram(of: $0.value))
        }
        let spreads = sequential ? [] : Self.releaseSpreads(of: load)
        report.releaseSpreadP50Nanoseconds =
            spreads.isEmpty ? nil : spreads[max(0, (spreads.count + 1) / 2 - 1)]
        report.releaseSpreadMaximumNanoseconds = spreads.last
        return report
    }

    /// Of each round from its first operation to its last, in ascending order.
    private static func releaseSpreads(of load: [OperationRecord]) -> [Int64] {
        var rounds: [Int: (first: Int64, last: Int64)] = [:]
        for operation in load {
            guard let round = operation.round else { continue }
            let known = rounds[round] ?? (operation.invoked, operation.invoked)
            rounds[round] = (min(known.first, operation.invoked), max(known.last, operation.invoked))
        }
        return rounds.values.map { $0.last - $0.first }.sorted()
    }
}

extension LatencyHistogram {
    /// From the intended start, microseconds.
    fileprivate init(of operations: [OperationRecord]) {
        self.init(
            operations.map { operation in
                let nanoseconds = max(0, operation.latencyNanoseconds ?? 0)
                return Entry(microseconds: UInt64(nanoseconds / 1_000), count: 1)
            })
    }
}
