// The values around a cluster: where replicas listen, what the user allowed, what is told, what can go wrong.

public import Core
public import Histories

/// Where a replica listens.
public struct ReplicaEndpoint: Sendable, Hashable {
    /// From 0.
    public var index: Int
    /// An IP address or `localhost`.
    public var host: String
    public var port: Int
    /// Its further ports, by the names that the scenario gives them.
    var ports: [String: Int] = [:]
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
    /// Each replica reaches the database through a proxy, which can tell of statements.
    public var proxiesDatabase: Bool
    /// The proxy can hold statements.
    public var controlsStatements: Bool
    /// The folder of a database server's programs; found by contend where absent.
    public var serverPrograms: String?

    public init(
        runDirectory: String, supervisor: [String], environment: [String: String], allowRemote: Bool = false,
        searchPath: [String] = [], proxiesDatabase: Bool = false, controlsStatements: Bool = false,
        serverPrograms: String? = nil
    ) {
        self.serverPrograms = serverPrograms
        self.controlsStatements = controlsStatements
        self.proxiesDatabase = proxiesDatabase
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
    /// What makes a pass of the run doubtful.
    case trouble(ClusterTrouble)
    /// A command of `prepare` or `reset` still runs; told once a second.
    case running(String, for: Duration, atMost: Duration)
    /// The supervisor was sent TERM and stops everything: the run is to end as if contend had been sent it.
    case toldToEnd
    case warning(String)
}

/// Something that went wrong and makes a pass of the run doubtful; a history holds it as `Trouble`.
public struct ClusterTrouble: Sendable, Hashable {
    public var kind: Trouble.Kind
    /// Index of the replica that it concerns, from 0.
    public var replica: Int?
    /// The last moment at which all was known to be well, nanoseconds since the run's origin.
    public var since: Int64?
    /// One sentence; the lines after it are the end of a log.
    public var text: String

    public init(_ kind: Trouble.Kind, replica: Int? = nil, since: Int64? = nil, _ text: String) {
        self.kind = kind
        self.replica = replica
        self.since = since
        self.text = text
    }
}

/// The experiment could not be set up or kept up; exit 4.
public struct ClusterError: CodedError {
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
}
