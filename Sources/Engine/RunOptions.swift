// What the user asked for beside the scenario: every flag of `contend run` as a value.

public import Clusters
public import Core
public import Reporting

/// What the user asked for beside the scenario.
public struct RunOptions: Sendable {
    /// `--set`, and the values of a matrix cell.
    public var settings: [String: Value] = [:]
    /// `sqlite`, `postgresql` or a server's URL.
    public var database: String?
    public var replicas: Int?
    public var clients: Int?
    /// Rounds of a burst.
    public var rounds: Int?
    public var seed: UInt64?
    public var sequential = false
    /// Repeats on one cluster.
    public var times = 1
    /// Stop at the first finding, at the latest after this long.
    public var untilFinding: Duration?
    /// Leave the cluster up until interrupted.
    public var keep = false
    /// Watch the database while the load lasts.
    public var monitors = true
    /// Record the statements that replicas send to the database.
    public var sql = false
    /// Look for a schedule of each finding afterwards.
    public var explain = false
    /// Choose schedules instead of sending the load as it comes.
    public var exploration: ExploreOptions?
    /// A file that is taken instead of the one that the scenario names.
    public var knownFindings: String?
    /// Verdicts that fail beside violations and runs that did not happen.
    public var failOn: Set<Verdict> = [.degraded, .unknown]
    /// What is written into each run's directory: `html`, `trace`.
    public var pages: Set<ReportFormat> = [.html]
    public var allowRemote = false
    /// The folder of a database server's programs.
    public var serverPrograms: String?
    /// Root of run directories.
    public var out = "reports/runs"
    public var environment: [String: String] = [:]
    /// Path of contend itself.
    public var program = ""
    /// The command line as typed, redacted before it is written.
    public var arguments: [String] = []

    public init() {}

    var seesStatements: Bool { sql || exploration != nil }

    /// What the flags of the built-in axes say.
    var builtInAxes: [String: Value] {
        var values: [BuiltInAxis: Value] = [:]
        values[.database] = database.map(Value.string)
        values[.replicas] = replicas.map(Value.int)
        values[.clients] = clients.map(Value.int)
        return Dictionary(uniqueKeysWithValues: values.map { ($0.key.rawValue, $0.value) })
    }
}

extension RunOptions {
    /// What the cluster of a run in this directory is given.
    public func cluster(in directory: String) -> ClusterOptions {
        let folder = program.lastIndex(of: "/").map { String(program[..<$0]) }
        return ClusterOptions(
            runDirectory: directory, supervisor: [program, "supervise"], environment: environment,
            allowRemote: allowRemote, searchPath: folder.map { [$0] } ?? [], proxiesDatabase: seesStatements,
            controlsStatements: exploration != nil, serverPrograms: serverPrograms)
    }
}
