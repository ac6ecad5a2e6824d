// What is known of a run before it begins: the value behind `run.json`, and the first part of `verdict.json`.

import Core
public import Histories
public import Scenarios

/// Which run it is, of what, and how to run it again.
public struct RunIdentity: Sendable, Hashable {
    /// `<scenario>/<UTC time>-<seed>`, as `contend show RUN#n` takes it.
    public var run: String
    /// The command line that runs it again.
    public var command: String
    public var scenario: String
    public var scenarioFile: String
    /// Parameter and axis values of this run, in order.
    public var parameters: [Parameter]
    public var seed: UInt64
    /// `sqlite`, `postgresql`, `none`; `unknown` where only a history is left.
    public var database: String
    public var replicas: Int
    public var clients: Int
    public var sequential: Bool
    /// RFC 3339, UTC.
    public var started: String

    public init(
        run: String, command: String, scenario: String, scenarioFile: String, parameters: [Parameter],
        seed: UInt64, database: String, replicas: Int, clients: Int, sequential: Bool, started: String
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
    }
}

extension RunIdentity: Document {
    public static func members(_ member: inout Members<Self>) throws(DocumentError) -> Self {
        try member.version(upTo: RunReport.currentVersion)
        return RunIdentity(
            run: try member.required("run", \.run, .string, "<scenario>/<UTC time>-<seed>"),
            command: try member.required(
                "command", \.command, .string, "the command line that runs it again"),
            scenario: try member.required("scenario", \.scenario, .string),
            scenarioFile: try member.required("scenario_file", \.scenarioFile, .string),
            parameters: try member.required("parameters", \.parameters, .array(of: .object)),
            seed: try member.required("seed", \.seed, .longInteger, "below 2^64, as text"),
            database: try member.required("database", \.database, .string),
            replicas: try member.required("replicas", \.replicas, .natural),
            clients: try member.required("clients", \.clients, .natural),
            sequential: try member.required(
                "sequential", \.sequential, .boolean, "one operation at a time: the control"),
            started: try member.required("started", \.started, .string, "time of day, RFC 3339 in UTC"))
    }
}

extension Parameter: Document {
    public static func members(_ member: inout Members<Self>) throws(DocumentError) -> Self {
        Parameter(
            name: try member.required("name", \.name, .string),
            value: try member.required("value", \.value, .anything))
    }
}
