// Signatures fixed by the architect; bodies and file split are the Cluster owner's.

public import History
public import Scenario

/// Where a replica listens.
public struct ReplicaEndpoint: Sendable, Hashable {
    /// From 0.
    public var index: Int
    /// An IP address or `localhost`.
    public var host: String
    public var port: Int

    public init(index: Int, host: String, port: Int) {
        self.index = index
        self.host = host
        self.port = port
    }
}

public struct ClusterOptions: Sendable {
    /// Absolute path of the run directory, which exists.
    public var runDirectory: String
    /// The command that becomes the supervisor: contend's own path and its hidden `supervise` verb.
    public var supervisor: [String]
    /// The user's environment; `env.*` and `secret.*` come from it.
    public var environment: [String: String]
    /// Hosts other than loopback may be contacted.
    public var allowRemote: Bool
    /// Folders searched for a replica command without a slash, before PATH.
    public var searchPath: [String]

    public init(
        runDirectory: String, supervisor: [String], environment: [String: String], allowRemote: Bool = false,
        searchPath: [String] = []
    ) {
        self.runDirectory = runDirectory
        self.supervisor = supervisor
        self.environment = environment
        self.allowRemote = allowRemote
        self.searchPath = searchPath
    }
}

/// What a cluster tells while it lives.
public enum ClusterEvent: Sendable {
    case starting(String)
    case replicaReady(index: Int)
    /// A replica ended that nobody stopped, with its last log lines.
    case replicaDied(index: Int, description: String, lastLines: [String])
    case fault(FaultRecord)
    case warning(String)
}

/// The experiment could not be set up or kept up; exit 4.
public struct ClusterError: Error, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable {
        case supervisor, database, prepare, file, replica, fault, address, binding
    }

    public var code: Code
    /// What happened, where, and what to do about it.
    public var message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }
}

/// The database and the replicas of one run.
public actor Cluster {
    public nonisolated let endpoints: [ReplicaEndpoint]

    init(endpoints: [ReplicaEndpoint]) { self.endpoints = endpoints }

    /// Starts database, `prepare` commands and replicas, and returns when every replica is ready; on error everything
    /// that was started is stopped.
    public static func start(
        _ scenario: Scenario, options: ClusterOptions, onEvent: @escaping @Sendable (ClusterEvent) -> Void
    ) async throws(ClusterError) -> Cluster { preconditionFailure() }

    /// Runs the `reset` commands.
    public func reset() async throws(ClusterError) { preconditionFailure() }

    /// Injects the scenario's faults, timed from now, until cancelled; then heals all of them and waits until every
    /// replica is ready again. `now` gives nanoseconds since the run's origin; each fault is told as an event at its start and at its end.
    public func runFaults(
        _ faults: [FaultDeclaration], seed: UInt64, now: @escaping @Sendable () -> Int64
    ) async throws(ClusterError) { preconditionFailure() }

    /// Stops everything and copies the logs into the run directory; what could not be cleaned up is returned, a sentence each.
    public func stop() async -> [String] { preconditionFailure() }
}
