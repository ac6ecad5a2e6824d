// What is under test: the replicas of services and the database they share.

/// The services, their database and what stands around them.
public struct Target: Sendable, Hashable {
    /// At least one, in the order in which they start.
    public var services: [Service]
    /// What services need beside the database: started before them, stopped after them.
    public var companions: [Service] = []
    public var database: DatabaseDeclaration = .none
    /// Commands run once, in order, before the first replica starts; each must exit 0.
    public var prepare: [[Template]] = []
    /// Commands run between repeats on one cluster.
    public var reset: [[Template]] = []
    /// The longest that one command of `prepare` may take.
    public var prepareWithin = Target.commandLimit
    /// The longest that one command of `reset` may take.
    public var resetWithin = Target.commandLimit

    public static let commandLimit = Duration.seconds(300)

    public init(services: [Service], database: DatabaseDeclaration = .none) {
        self.services = services
        self.database = database
    }

    public init(service: Service) { self.init(services: [service]) }

    /// The first one, to which operations go that name none.
    public var service: Service {
        get { services[0] }
        set { services[0] = newValue }
    }

    /// How many replicas all services have.
    public var replicaCount: Int { services.reduce(0) { $0 + $1.count } }
}

/// The replicas of one service, or of one companion.
public struct Service: Sendable, Hashable {
    /// Under `services` or `companions`; empty where a target has one service without a name.
    public var name = ""
    public var isCompanion = false
    /// Program and arguments of one replica; empty when `urls` attaches to running ones.
    public var command: [Template] = []
    /// In the file's order.
    public var environment: [EnvironmentVariable] = []
    /// Files written before the replicas start.
    public var files: [FileTemplate] = []
    public var replicas = 3
    public var start = StartOrder.together
    /// Names of ports that each replica gets beside its HTTP port.
    public var ports: [String] = []
    public var ready: Readiness?
    public var stop = StopDeclaration()
    /// Replicas that already run, by base URL; they are neither started nor stopped.
    public var urls: [Template] = []
    public var tls: TLSDeclaration?

    public var count: Int { urls.isEmpty ? replicas : urls.count }

    /// How TLS is spoken; `nil` where no replica speaks it.
    ///
    /// Of a URL that begins with a placeholder nobody knows yet.
    public var security: TLSDeclaration? {
        tls ?? (urls.contains { $0.scheme != "http" } ? TLSDeclaration() : nil)
    }
}

/// What clients of a service that speaks TLS trust and show; files are in PEM.
public struct TLSDeclaration: Sendable, Hashable {
    /// Authorities that are trusted in place of the system's.
    public var authorities: Template?
    /// What clients show; both or none.
    public var certificate: Template?
    public var key: Template?
    /// The name that is asked for and checked; that of the URL by default.
    public var serverName: Template?
    /// Certificates are not checked.
    public var isInsecure = false
}

extension Template {
    /// What is before `://`; `nil` where a placeholder may say it.
    var scheme: String? {
        guard case .literal(let start)? = parts.first, let end = start.firstRange(of: "://") else {
            return nil
        }
        return String(start[..<end.lowerBound])
    }
}

/// Whether replicas start at once, or each when the one before it is ready.
public enum StartOrder: String, Sendable, Hashable, CaseIterable {
    case together
    case oneByOne = "one-by-one"
}

public struct EnvironmentVariable: Sendable, Hashable {
    public var name: String
    public var value: Template
}

/// A file written before the replicas start: once a replica if `path` or `text` mention `port` or
/// `replica`, else once.
public struct FileTemplate: Sendable, Hashable {
    public var path: Template
    public var text: Template

    public var isPerReplica: Bool { path.isPerReplica || text.isPerReplica }
}

extension Template {
    /// Whether it is known for a replica only: it differs from one to the next, or is a replica's port.
    public var isPerReplica: Bool { placeholders.contains(where: Self.isPerReplica) }

    static func isPerReplica(_ placeholder: String) -> Bool {
        placeholder == "port" || ["replica.", "replica[", "services."].contains(where: placeholder.hasPrefix)
    }
}

/// How a replica shows that it is ready: an HTTP answer with this status before the deadline.
public struct Readiness: Sendable, Hashable {
    public var method = "GET"
    public var path: Template
    public var status: StatusSet
    public var within = Duration.seconds(20)
}

public struct StopDeclaration: Sendable, Hashable {
    public enum Signal: String, Sendable, Hashable, CaseIterable {
        case term = "TERM", int = "INT", quit = "QUIT", kill = "KILL"
    }

    public var signal: Signal = .term
    /// After this, KILL.
    public var grace = Duration.seconds(5)
}

/// The database that the replicas share; each run has a fresh one.
public enum DatabaseDeclaration: Sendable, Hashable {
    case none
    case sqlite
    /// A private server with these settings (`url` nil), or a fresh database on an existing server.
    case postgresql(settings: [String: String], url: Template?)
    /// The same of MariaDB.
    case mariadb(settings: [String: String], url: Template?)
    /// A private cluster of so many MariaDB servers, each of which takes writes.
    case galera(nodes: Int, settings: [String: String])

    public static let nodesRange = 1...7
    public static let usualNodes = 3
}

/// What is known of a kind of database before one runs.
public enum DatabaseKind: String, Sendable, CaseIterable, Codable {
    case sqlite, postgresql, mariadb, galera

    private var traits: (name: String, hasOneLock: Bool, isServer: Bool, isProxied: Bool) {
        switch self {
        case .sqlite: (name: "SQLite", hasOneLock: true, isServer: false, isProxied: false)
        case .postgresql: (name: "PostgreSQL", hasOneLock: false, isServer: true, isProxied: true)
        case .mariadb: (name: "MariaDB", hasOneLock: false, isServer: true, isProxied: false)
        case .galera: (name: "Galera", hasOneLock: false, isServer: true, isProxied: false)
        }
    }

    /// As people write it.
    public var displayName: String { traits.name }
    /// Whether a transaction that writes keeps all others from writing.
    public var hasOneLock: Bool { traits.hasOneLock }
    /// Whether the server counts deadlocks.
    public var countsDeadlocks: Bool { traits.isServer }
    /// Whether contend can see the statements that go over its connections.
    public var showsStatements: Bool { traits.isProxied }
}

extension DatabaseDeclaration {
    /// `nil` where none is declared.
    public var kind: DatabaseKind? {
        switch self {
        case .none: nil
        case .sqlite: .sqlite
        case .postgresql: .postgresql
        case .mariadb: .mariadb
        case .galera: .galera
        }
    }
}
