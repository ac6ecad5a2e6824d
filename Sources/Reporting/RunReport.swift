// Everything that is told about one run: the value behind verdict.json, the terminal summary and later
// reports.

public import Checking
import Core
public import Scenario

/// One run and its judgement.
public struct RunReport: Sendable {
    /// Version of `verdict.json`.
    public static let currentVersion = 1

    /// `<scenario>/<UTC time>-<seed>`, as `contend show RUN#n` takes it.
    public var run: String
    /// The command line that runs it again.
    public var command: String
    public var scenario: String
    public var scenarioFile: String
    /// Parameter and axis values of this run, in order.
    public var parameters: [Parameter]
    public var seed: UInt64
    /// `sqlite`, `postgresql`, `none`.
    public var database: String
    public var replicas: Int
    public var clients: Int
    public var sequential: Bool
    /// RFC 3339, UTC.
    public var started: String
    public var durationNanoseconds: Int64
    public var requestsPerSecond: Double
    public var operationsPerSecond: Double
    public var releaseSpreadP50Nanoseconds: Int64?
    public var releaseSpreadMaximumNanoseconds: Int64?
    /// By operation name, from the intended start, microseconds.
    public var latency: [LatencyFigures]
    /// `nil` where nothing of it could be measured, and in verdicts of older versions.
    public var cpuSeconds: CPUSeconds?
    public var judgement: Judgement
    /// Clean-up that failed, a disk that was full: never part of the verdict.
    public var warnings: [String]
    public var notices: [String]
    /// The threshold that ended the load before its time, if one did.
    public var abortedEarly: AbortedEarly?

    public init(
        run: String, command: String, scenario: String, scenarioFile: String, parameters: [Parameter],
        seed: UInt64,
        database: String, replicas: Int, clients: Int, sequential: Bool, started: String,
        durationNanoseconds: Int64,
        requestsPerSecond: Double, operationsPerSecond: Double, releaseSpreadP50Nanoseconds: Int64? = nil,
        releaseSpreadMaximumNanoseconds: Int64? = nil, latency: [LatencyFigures] = [],
        cpuSeconds: CPUSeconds? = nil, judgement: Judgement,
        warnings: [String] = [], notices: [String] = []
    ) {
        self.run = run
        self.command = command
        self.scenario = scenario
        self.scenarioFile = scenarioFile
        self.parameters = parameters
        self.seed = seed
        self.database = database
        self.replicas = replicas
        self.clients = clients
        self.sequential = sequential
        self.started = started
        self.durationNanoseconds = durationNanoseconds
        self.requestsPerSecond = requestsPerSecond
        self.operationsPerSecond = operationsPerSecond
        self.releaseSpreadP50Nanoseconds = releaseSpreadP50Nanoseconds
        self.releaseSpreadMaximumNanoseconds = releaseSpreadMaximumNanoseconds
        self.latency = latency
        self.cpuSeconds = cpuSeconds
        self.judgement = judgement
        self.warnings = warnings
        self.notices = notices
    }
}

extension RunReport {
    /// Why the experiment did not happen, of a report whose verdict says so.
    public var reasonNotRun: String {
        judgement.checks.first { $0.verdict == .notRun }?.explanation ?? notices.first
            ?? "the experiment did not happen"
    }

    /// Whether there are figures of a load, and operations that were judged.
    var hasLoad: Bool { judgement.verdict != .notRun || judgement.tally.operations > 0 }
}

public struct LatencyFigures: Sendable, Hashable {
    public var operation: String
    public var count: Int
    public var p50Microseconds: UInt64
    public var p95Microseconds: UInt64
    public var p99Microseconds: UInt64
    /// `nil` in verdicts of older versions.
    public var p999Microseconds: UInt64?
    public var maximumMicroseconds: UInt64
    /// All latencies, to be merged with those of other runs; `nil` in verdicts of older versions.
    public var histogram: LatencyHistogram?

    public init(
        operation: String, count: Int, p50Microseconds: UInt64, p95Microseconds: UInt64,
        p99Microseconds: UInt64, p999Microseconds: UInt64? = nil, maximumMicroseconds: UInt64,
        histogram: LatencyHistogram? = nil
    ) {
        self.operation = operation
        self.count = count
        self.p50Microseconds = p50Microseconds
        self.p95Microseconds = p95Microseconds
        self.p99Microseconds = p99Microseconds
        self.p999Microseconds = p999Microseconds
        self.maximumMicroseconds = maximumMicroseconds
        self.histogram = histogram
    }
}
