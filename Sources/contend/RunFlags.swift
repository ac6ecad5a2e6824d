// The flags of `contend run`, each of which wins over the scenario's key, and the options they make.

import ArgumentParser
import Core
import Engine
import Reporting
import Scenarios

/// `name=value`.
struct Setting: ExpressibleByArgument, Sendable {
    var name: String
    var value: Value

    init?(argument: String) {
        guard let equals = argument.firstIndex(of: "="), equals != argument.startIndex else { return nil }
        name = String(argument[..<equals])
        value = ScenarioFile.settingValue(String(argument[argument.index(after: equals)...]))
    }
}

/// A whole number with a unit: `500ms`, `30s`, `10m`, `1h`.
struct Span: ExpressibleByArgument, Sendable {
    var duration: Duration

    init?(argument: String) {
        let digits = argument.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int64(digits), number > 0, number < 1_000_000_000 else { return nil }
        switch argument.dropFirst(digits.count) {
        case "ms": duration = .milliseconds(number)
        case "s": duration = .seconds(number)
        case "m": duration = .seconds(number * 60)
        case "h": duration = .seconds(number * 3_600)
        default: return nil
        }
    }
}

enum Until: String, ExpressibleByArgument, CaseIterable, Sendable { case finding }

/// Which PostgreSQL server a run starts.
struct ServerOption: ParsableArguments {
    @Option(help: ArgumentHelp("The folder that holds initdb and postgres.", valueName: "dir"))
    var postgresqlBinaries: String?
}

/// What `contend run` and `contend explore` have in common.
struct TargetFlags: ParsableArguments {
    @Option(help: ArgumentHelp("Set a parameter; may be repeated.", valueName: "name=value"))
    var set: [Setting] = []

    @Option(
        help: ArgumentHelp(
            "sqlite, postgresql, mariadb, galera, or the URL of a server.", valueName: "database"))
    var database: String?

    @OptionGroup var server: ServerOption

    @Option(help: ArgumentHelp("How many replicas.", valueName: "n"))
    var replicas: Int?

    @Option(help: ArgumentHelp("The seed; drawn and printed where absent.", valueName: "n"))
    var seed: UInt64?

    @Flag(help: "Do not watch the database for deadlocks.")
    var noMonitors = false

    @OptionGroup var known: KnownFindingsOption

    @Flag(help: "Contact hosts other than this machine.")
    var allowRemote = false

    @OptionGroup var out: OutOption

    func validate() throws {
        if let replicas, replicas < 1 { throw ValidationError("--replicas must be at least 1") }
    }

    func options(_ reports: ReportFlags) -> RunOptions {
        var options = RunOptions()
        options.pages = reports.report.formats.filter(\.isOfOneRun)
        options.failOn = reports.failOn.verdicts
        for setting in set { options.settings[setting.name] = setting.value }
        options.database = database
        options.serverPrograms = server.postgresqlBinaries
        options.replicas = replicas
        options.seed = seed
        options.monitors = !noMonitors
        options.knownFindings = known.knownFindings
        options.allowRemote = allowRemote
        options.out = out.out
        options.environment = Console.environment
        options.program = Console.program
        options.arguments = CommandLine.arguments
        return options
    }
}

struct RunFlags: ParsableArguments {
    @OptionGroup var target: TargetFlags

    @Option(help: ArgumentHelp("How many virtual clients.", valueName: "n"))
    var clients: Int?

    @Option(help: ArgumentHelp("How many rounds of a burst.", valueName: "n"))
    var rounds: Int?

    @Flag(help: "The control: the same requests, one at a time.")
    var sequential = false

    @Option(help: ArgumentHelp("Run so often on one cluster, with seeds n, n+1, …", valueName: "n"))
    var times = 1

    @Option(help: ArgumentHelp("Repeat until there is a finding.", valueName: "finding"))
    var until: Until?

    @Option(help: ArgumentHelp("With --until: give up after this long.", valueName: "10m"))
    var most: Span?

    @Flag(help: "Leave the cluster up until Ctrl-C.")
    var keep = false

    @Flag(help: "Record the SQL that replicas send, and show it with findings (PostgreSQL).")
    var sql = false

    @Flag(help: "Explore each finding afterwards, for its SQL and a schedule to replay (PostgreSQL).")
    var explain = false

    func validate() throws {
        for (name, count) in [("clients", clients), ("rounds", rounds), ("times", times)] {
            if let count, count < 1 { throw ValidationError("--\(name) must be at least 1") }
        }
        if most != nil, until == nil { throw ValidationError("--most goes with --until finding") }
        if until != nil, times > 1 { throw ValidationError("--until and --times exclude each other") }
    }

    func options(_ reports: ReportFlags) -> RunOptions {
        var options = target.options(reports)
        options.clients = clients
        options.rounds = rounds
        options.sequential = sequential
        options.times = times
        if until != nil { options.untilFinding = most?.duration ?? .seconds(600) }
        options.keep = keep
        options.sql = sql
        options.explain = explain
        return options
    }
}
