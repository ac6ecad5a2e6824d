// What is known of a run before it begins: the value behind `run.json`, and the first part of `verdict.json`.

public import Core
import History
public import Scenario

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

    // MARK: - As a document

    /// The members of `run.json` and `verdict.json`.
    public var members: [String: Value] {
        [
            "version": .int(RunReport.currentVersion), "run": .string(run), "command": .string(command),
            "scenario": .string(scenario), "scenario_file": .string(scenarioFile),
            "parameters": .array(
                parameters.map { .object(["name": .string($0.name), "value": $0.value]) }),
            // As text: a seed may be larger than what JSON readers keep exactly.
            "seed": .string(String(seed)), "database": .string(database), "replicas": .int(replicas),
            "clients": .int(clients), "sequential": .bool(sequential), "started": .string(started),
        ]
    }

    static var schemaMembers: [JSONSchema.Member] {
        let parameter = JSONSchema.object(
            [.required("name", .string), .required("value", .anything)], isOpen: true)
        return [
            .required("version", .constant(.int(RunReport.currentVersion)), "version of this document"),
            .required("run", .string, "<scenario>/<UTC time>-<seed>"),
            .required("command", .string, "the command line that runs it again"),
            .required("scenario", .string), .required("scenario_file", .string),
            .required("parameters", .array(of: parameter)),
            .required("seed", .string(matching: "^[0-9]+$"), "below 2^64, as text"),
            .required("database", .string), .required("replicas", .natural),
            .required("clients", .natural),
            .required("sequential", .boolean, "one operation at a time: the control"),
            .required("started", .string, "time of day, RFC 3339 in UTC"),
        ]
    }

    /// Reads them back; a newer version is refused.
    public init(document: Value) throws(ReportError) {
        try self.init(try Members(document, path: "run"))
    }

    init(_ members: Members) throws(ReportError) {
        let version = try members.int("version")
        guard version <= RunReport.currentVersion else {
            throw ReportError(
                .unsupportedVersion,
                "the \(members.path) has version \(version), this contend reads up to "
                    + "\(RunReport.currentVersion): use a newer one")
        }
        guard let seed = UInt64(try members.string("seed")) else {
            throw ReportError(.malformed, "\(members.path).seed is no number from 0 to 2^64 - 1")
        }
        self.init(
            run: try members.string("run"), command: try members.string("command"),
            scenario: try members.string("scenario"), scenarioFile: try members.string("scenario_file"),
            parameters: try members.each("parameters") { value, path throws(ReportError) in
                let parameter = try Members(value, path: path)
                return Parameter(name: try parameter.string("name"), value: parameter["value"] ?? .null)
            }, seed: seed, database: try members.string("database"), replicas: try members.int("replicas"),
            clients: try members.int("clients"), sequential: try members.bool("sequential"),
            started: try members.string("started"))
    }
}
