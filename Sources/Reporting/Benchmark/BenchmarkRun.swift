// What a benchmark keeps of one run: counts, seconds and latencies, without findings and operations.

import Checking
public import Core
public import RunStore

/// One repetition of one cell.
public struct BenchmarkRun: Sendable, Hashable {
    public var run: String
    public var verdict: Verdict
    public var seconds: Double
    public var ok: Int
    public var fail: Int
    public var unknown: Int
    /// Acknowledged operations that safety findings show not to be as they were acknowledged: each wrong
    /// element of a set, each wrong key or round of another model counts as one, of the check that shows
    /// most of them, since several checks may show the same; so that it is at least so many.
    public var lost: Int
    /// Writes that were refused while they overlapped another on their key.
    public var conflicts: Int
    /// Attempts that came to nothing and were made again; `nil` where nobody told.
    public var aborted: Int?
    /// As the database counted them; `nil` where it does not.
    public var deadlocks: Int?
    public var cpu: CPUSeconds?
    /// By operation.
    public var latency: [String: LatencyHistogram]
    /// Separate wrongs by kind of finding, all severities.
    public var findings: [String: Int]

    public init(_ report: RunReport) {
        let judgement = report.judgement
        let tally = judgement.tally
        run = report.identity.run
        verdict = judgement.verdict
        seconds = Double(report.figures.load.durationNanoseconds) / 1e9
        (ok, fail, unknown) = (tally.ok, tally.fail, tally.unknown)
        let wrong = Dictionary(
            judgement.findings.filter(\.kind.isOfAcknowledgedWrites).map { ($0.check, $0.occurrences) },
            uniquingKeysWith: +)
        lost = min(tally.ok, wrong.values.max() ?? 0)
        conflicts = tally.losers
        aborted = tally.abortedAttempts
        deadlocks = tally.deadlocks
        cpu = report.figures.load.cpuSeconds
        latency = Dictionary(
            report.figures.latency.compactMap { figures in figures.histogram.map { (figures.operation, $0) } }
        ) { $0.merging($1) }
        findings = Dictionary(
            judgement.findings.map { ($0.kind.rawValue, $0.occurrences) }, uniquingKeysWith: +)
    }

    /// Acknowledged, and right as far as the models can tell.
    public var good: Int { ok - lost }
    public var goodput: Double { seconds > 0 ? Double(good) / seconds : 0 }
    public var operations: Int { ok + fail + unknown }
}

extension FindingKind {
    /// Whether an operation that was acknowledged is lost or wrong: not what was refused and applied all the
    /// same, and not what reads saw, or replicas held, of writes that are right.
    fileprivate var isOfAcknowledgedWrites: Bool {
        switch self {
        case .lostUpdate, .doubleTransition, .illegalTransition, .quotaOverrun, .duplicate, .lostElement,
            .resurrected, .wrongTotal, .negativeBalance, .isolationViolated, .invariantViolated:
            true
        case .refusedButApplied, .staleRead, .phantom, .replicaDivergence, .deadlock, .poolDeadlock,
            .livelock, .starvation, .stuck, .conflictAs5xx, .replicaDied:
            false
        }
    }
}
