// What a run tells while it happens; whoever listens cannot change it.

public import Clusters
import Reporting
public import RunStore
public import Traffic

/// What a run tells while it happens; the terminal, the run directory and the reports only consume it.
public enum RunEvent: Sendable {
    /// Always first.
    case seed(UInt64, runDirectory: String)
    case cluster(ClusterEvent)
    /// A part of the run begins.
    case phase(RunPhase)
    case progress(TrafficCounters, findings: Int)
    case finished(RunResult)
    /// `--keep`: the replicas stay up until a signal comes.
    case kept([ReplicaEndpoint], runDirectory: String)
    /// The page of a finished run is written: its path.
    case page(String)
    case warning(String)
}

/// The parts of a run; the raw value is what is shown and logged.
public enum RunPhase: String, Sendable {
    case starting
    case setup
    case load
    /// Of `run --once`: each operation by itself.
    case once
    case finalReads = "final reads"
    case databaseLog = "reading the database's log"
    case judging
    case stopping
}

/// One finished run: its report, where its files are, and what it counts as.
public struct RunResult: Sendable {
    public var report: RunReport
    /// Absolute path of the run directory.
    public var directory: String
    public var status: ExitStatus
    /// Path of its HTML report, once that is written.
    public var page: String?
}

/// Takes the events of a run, from any thread.
public typealias RunEventSink = @Sendable (RunEvent) -> Void
