// One cell of a benchmark: its place in the matrix, its repetitions, and the figures they make together.

import Core
public import RunStore
public import Scenarios

public struct BenchmarkCell: Sendable, Hashable {
    /// A value for each axis, in their order.
    public var parameters: [Parameter]
    public var runs: [BenchmarkRun]
    /// Why a repetition did not happen, a sentence each.
    public var failures: [String]

    public init(parameters: [Parameter], runs: [BenchmarkRun] = [], failures: [String] = []) {
        self.parameters = parameters
        self.runs = runs
        self.failures = failures
    }

    func value(of axis: String) -> Value? { parameters.first { $0.name == axis }?.value }

    /// Acknowledged and correct operations a second, over the repetitions.
    public var goodput: Estimate? { Estimate.mean(runs.map(\.goodput)) }

    /// Of all operations of all repetitions.
    public var latency: LatencyHistogram { .merged(runs.flatMap { $0.latency.values }) }

    public func latency(of operation: String) -> LatencyHistogram {
        .merged(runs.compactMap { $0.latency[operation] })
    }

    public var operationNames: [String] { Set(runs.flatMap { $0.latency.keys }).sorted() }

    /// Refused contended writes per 1000 operations.
    public var conflicts: Estimate? { perThousand(\.conflicts, of: \.operations) }
    /// Attempts that came to nothing per 1000 acknowledged operations.
    public var aborted: Estimate? { perThousand(\.aborted, of: \.ok) }
    public var deadlocks: Estimate? { perThousand(\.deadlocks, of: \.operations) }
    /// Acknowledged operations that were lost or otherwise wrong, per 1000 acknowledged ones.
    public var lost: Estimate? { perThousand(\.lost, of: \.ok) }
    /// Operations whose outcome nobody knows, per 1000.
    public var unknown: Estimate? { perThousand(\.unknown, of: \.operations) }

    /// Processor seconds per 1000 good operations.
    public var serviceCPU: Estimate? { cpu(\.service) }
    public var databaseCPU: Estimate? { cpu(\.database) }

    /// Separate wrongs by kind, over all repetitions.
    public var findings: [String: Int] {
        runs.reduce(into: [:]) { $0.merge($1.findings, uniquingKeysWith: +) }
    }

    private func perThousand(_ part: (BenchmarkRun) -> Int?, of whole: (BenchmarkRun) -> Int) -> Estimate? {
        Estimate.mean(
            runs.compactMap { run in
                let all = whole(run)
                return all > 0 ? part(run).map { Double($0) * 1_000 / Double(all) } : nil
            })
    }

    private func cpu(_ part: KeyPath<CPUSeconds, Double?>) -> Estimate? {
        Estimate.mean(
            runs.compactMap { run in
                guard run.good > 0, let seconds = run.cpu?[keyPath: part] else { return nil }
                return seconds * 1_000 / Double(run.good)
            })
    }
}
