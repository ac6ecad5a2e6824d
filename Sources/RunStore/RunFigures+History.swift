// The figures of a run, computed from its history alone, so that a run and every later look at it agree.

import Core
public import Histories

extension RunFigures {
    /// Duration, rates, latencies and release spread of the load as the history tells them; what no
    /// operation tells is in the history's `load`.
    public init(of history: History, isSequential: Bool) throws(DocumentError) {
        let load = history.operations.filter { $0.phase == .load }
        let ended = load.filter { $0.returned != nil }
        self.init()
        if let members = history.load {
            self.load = try Load(document: .object(members), path: "load")
        } else {
            let first = load.map(\.invoked).min() ?? 0
            let last = load.map { $0.returned ?? $0.invoked }.max() ?? 0
            self.load.durationNanoseconds = last - first
        }
        let seconds = max(Double(self.load.durationNanoseconds) / 1_000_000_000, 1e-9)
        operationsPerSecond = Double(ended.count) / seconds
        requestsPerSecond = Double(ended.reduce(0) { $0 + $1.requests.count }) / seconds
        latency = Dictionary(grouping: ended, by: \.name).sorted { $0.key < $1.key }.map {
            LatencyFigures(operation: $0.key, histogram: Self.latencies(of: $0.value))
        }
        releaseSpread = isSequential ? nil : ReleaseSpread(of: load)
    }

    /// From the intended start.
    private static func latencies(of operations: [OperationRecord]) -> LatencyHistogram {
        var counts = LatencyHistogram.Counts()
        for operation in operations {
            counts.add(microseconds: UInt64(max(0, operation.latencyNanoseconds ?? 0) / 1_000))
        }
        return LatencyHistogram(counts)
    }
}

extension RunFigures.ReleaseSpread {
    /// Of each round from its first operation to its last.
    fileprivate init?(of load: [OperationRecord]) {
        var rounds: [Int: (first: Int64, last: Int64)] = [:]
        for operation in load {
            guard let round = operation.round else { continue }
            let known = rounds[round] ?? (operation.invoked, operation.invoked)
            rounds[round] = (min(known.first, operation.invoked), max(known.last, operation.invoked))
        }
        let spreads = rounds.values.map { $0.last - $0.first }.sorted()
        guard let most = spreads.last else { return nil }
        self.init(p50Nanoseconds: spreads[(spreads.count + 1) / 2 - 1], maximumNanoseconds: most)
    }
}
