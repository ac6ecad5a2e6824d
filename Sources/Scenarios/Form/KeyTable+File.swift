// The keys of the file itself, of the target, and of what stands around the operations.

import Core
import Histories

extension KeyTable {
    static let scenario = KeyTable("a scenario", later: ["schedule"], instead: abortEarly) {
        required("version", .constant(.int(ScenarioFile.currentVersion)), "Version of the form.")
        required("name", Form.text, "Letters, digits, `.`, `_`, `-`, at most 100; also names a folder.")
        optional("description", Form.text, "What the scenario asks, in words.")
        optional("tags", Form.list(of: Form.text), "Words to find it by.")
        optional(
            "seed", Form.orPlaceholder(.anyOf([.natural, .string(matching: "^[0-9]+$")])),
            "Of all draws, below 2^64; a fresh one by default.")
        optional("extends", .string, "Another file, beside this one, that this one overrides.")
        optional("parameters", Form.parameters, "Named values: `--set name=value`.")
        optional(
            "matrix", .map(of: .array(of: .anything)),
            "Axes of `run --matrix`: parameters, or "
                + BuiltInAxis.names.map { "`\($0)`" }.joined(separator: ", ") + ".")
        optional(
            "expect", .array(of: .definition(expectation.definition)),
            "The expected verdict of each cell of the matrix; the first that matches counts.")
        required("target", Form.block(target), "The service and its database.")
        optional("secrets", Form.list(of: Form.text), "Environment variables for `secret.NAME`.")
        optional("defaults", Form.block(defaults), "Headers and timeout of all requests.")
        optional("setup", Form.list(of: Form.block(setup)), "Requests before the load.")
        required(
            "operations", Form.map(of: .anyOf([operation, operationWithSteps].map(Form.block))),
            "What clients can do.")
        optional("models", Form.map(of: Form.block(model)), "What a correct key would do.")
        optional("invariants", Form.list(of: Form.block(invariant)), "Sentences that must hold.")
        required("load", Form.block(load), "How much, how fast, on which keys.")
        optional("faults", Form.list(of: Form.block(fault)), "What happens to replicas meanwhile.")
        optional("thresholds", Form.thresholds, "Limits on measured values.")
        optional("explore", Form.block(explore), "What `contend explore` tries.")
        optional(
            "known-findings", .anyOf([Form.text, Form.list(of: Form.block(knownFinding))]),
            "Accepted findings, or the file that lists them.")
        optional(
            "regression", Form.block(regression), "An order of statements that `contend run` plays again.")
    }
    static let knownFindings = KeyTable("a file of known findings") {
        required("version", .integer(from: 1, through: 1), "The version of the file: 1.")
        required("known-findings", .array(of: Form.block(knownFinding)), "The accepted findings.")
    }
    static let knownFinding = KeyTable("a known finding") {
        required("scenario", Form.text, "The scenario's name.")
        required("class", Form.text, "The finding's class, as every report names it.")
        required("reason", Form.text, "Why it is accepted.")
        required("until", Form.text, "The last day, such as 2027-01-31.")
    }
    static let expectation = KeyTable("an expectation") {
        optional("when", .map(of: .anything), "Axis values that must all be equal.")
        required("verdict", .words(ScenarioHeader.verdicts.map(\.rawValue)), "What the cell should come to.")
        optional(
            "finding", .words(FindingKind.allCases.map(\.rawValue)),
            "A kind that must be among the findings.")
    }
    static let target = KeyTable("target", exactlyOne: [["service", "services"]], later: ["proxy"]) {
        optional("service", Form.block(service), "The replicas.")
        optional("services", Form.map(of: Form.block(service)), "Several services by name, in start order.")
        optional(
            "companions", Form.map(of: Form.block(companion)),
            "What services need beside the database, such as a broker; by name.")
        optional("database", Form.block(database), "The database they share, fresh for each run.")
        optional("prepare", Form.list(of: command), "Commands run once before the first replica.")
        optional(
            "prepare-within", Form.duration,
            "The longest that one `prepare` command may take; 5m by default.")
        optional("reset", Form.list(of: command), "Commands run between repeats on one cluster.")
        optional(
            "reset-within", Form.duration, "The longest that one `reset` command may take; 5m by default.")
    }
    private static let command = Form.list(of: Form.text)
    static let service = KeyTable("target.service", exactlyOne: [["command", "urls"]]) {
        optional("command", command, "Program and arguments of one replica.")
        optional("environment", Form.map(of: Form.text), "Variables added to its environment.")
        optional("files", Form.list(of: Form.block(file)), "Files written before replicas start.")
        optional("replicas", Form.integer(ScenarioDecoder.replicasRange), "How many; 3 by default.")
        optional(
            "start", Form.words(of: StartOrder.self), "`one-by-one`: each when the one before it is ready.")
        optional("ports", Form.list(of: Form.text), "Names of further ports that each replica gets.")
        optional("ready", Form.block(ready), "The answer that shows that a replica is ready.")
        optional("stop", Form.block(stop), "How a replica is stopped.")
        optional(
            "urls", Form.list(of: Form.text),
            "Replicas that already run, as http://host:port or https://…; never started or stopped.")
        optional("tls", Form.block(tls), "The replicas speak TLS; certificates, if not the usual ones.")
    }
    static let companion = KeyTable("a companion") {
        required("command", command, "Program and arguments.")
        optional("environment", Form.map(of: Form.text), "Variables added to its environment.")
        optional("files", Form.list(of: Form.block(file)), "Files written before it starts.")
        optional("ports", Form.list(of: Form.text), "Names of further ports that it gets.")
        optional("ready", Form.block(ready), "The answer that shows that it is ready; else a connection.")
        optional("stop", Form.block(stop), "How it is stopped.")
    }
    static let tls = KeyTable("tls") {
        optional("ca", Form.text, "Authorities to trust in place of the system's: a file in PEM.")
        optional("certificate", Form.text, "Certificate that clients show, in PEM; with `key`.")
        optional("key", Form.text, "Private key of `certificate`, in PEM, without a password.")
        optional("server-name", Form.text, "Name in the replicas' certificate; the URL's by default.")
        optional("insecure", Form.boolean, "`true`: certificates are not checked.")
    }
    static let file = KeyTable("a file") {
        required("path", Form.text, "Where to write it.")
        required("text", Form.text, "What to write.")
    }
    static let ready = KeyTable("ready") {
        required("http", Form.text, "Such as GET /healthz.")
        optional("status", Form.answers, "A status or class; 200 by default.")
        optional("within", Form.duration, "Deadline; 20s by default.")
    }
    static let stop = KeyTable("stop") {
        optional("signal", Form.words(of: StopDeclaration.Signal.self), "TERM by default.")
        optional("grace", Form.duration, "After this, KILL to all descendants; 5s by default.")
    }
    static let database = KeyTable("target.database", later: ["mysql"]) {
        optional("sqlite", Form.block(sqlite), "A fresh file in the run directory.")
        optional(
            "postgresql", Form.block(postgresql), "A private server, or a fresh database on an existing one.")
        optional("mariadb", Form.block(mariadb), "The same of MariaDB.")
        optional("galera", Form.block(galera), "A private cluster of MariaDB servers.")
    }
    static let sqlite = KeyTable("sqlite") {}
    static let postgresql = KeyTable("postgresql") { server }
    static let mariadb = KeyTable("mariadb") { server }
    static let galera = KeyTable("galera", instead: ["url": "mariadb: { url: … }"]) {
        optional("nodes", Form.integer(DatabaseDeclaration.nodesRange), "How many servers; 3 by default.")
        settings
    }
    private static let settings = optional(
        "settings", Form.map(of: Form.text), "Any of the server's own settings.")
    private static let server = [
        settings,
        optional("url", Form.text, "An existing server; not beside `settings`."),
    ]
    static let defaults = KeyTable("defaults") {
        optional("timeout", Form.duration, "Of each request; 10s by default.")
        optional("headers", Form.headers, "Of each request that does not set the same itself.")
        optional("cookies", Form.boolean, "`true`: each client keeps the cookies that answers set.")
    }
    static let expected = optional("expect", Form.answers, "Right answers; any 2xx by default.")
}
