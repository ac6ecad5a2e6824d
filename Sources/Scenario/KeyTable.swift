// Every key of the scenario form, block by block; the decoder refuses all others and docs/scenario.md is held
// against it.

/// The keys that one block of a scenario may have.
struct KeyTable: Sendable {
    /// What a message calls the block.
    var block: String
    var keys: [String]
    /// Keys of the design whose work is not done yet.
    var later: [String] = []
    /// Words that people try, and what to write instead.
    var instead: [String: String] = [:]

    static let scenario = KeyTable(
        block: "a scenario",
        keys: [
            "version", "name", "description", "tags", "seed", "extends", "parameters", "matrix", "expect",
            "target",
            "secrets", "defaults", "setup", "operations", "models", "invariants", "load", "faults",
            "thresholds", "known-findings",
        ],
        later: ["explore", "schedule", "tls", "abort-early"])
    static let expectation = KeyTable(block: "an expectation", keys: ["when", "verdict", "finding"])
    static let target = KeyTable(
        block: "target", keys: ["service", "database", "prepare", "reset"], later: ["proxy", "tls"])
    static let service = KeyTable(
        block: "target.service",
        keys: ["command", "environment", "files", "replicas", "ready", "stop", "urls"], later: ["tls"])
    static let file = KeyTable(block: "a file", keys: ["path", "text"])
    static let ready = KeyTable(block: "ready", keys: ["http", "status", "within"])
    static let stop = KeyTable(block: "stop", keys: ["signal", "grace"])
    static let database = KeyTable(
        block: "target.database", keys: ["sqlite", "postgresql"], later: ["mysql", "mariadb", "galera"])
    static let sqlite = KeyTable(block: "sqlite", keys: [])
    static let postgresql = KeyTable(block: "postgresql", keys: ["settings", "url"])
    static let defaults = KeyTable(block: "defaults", keys: ["timeout", "headers"])
    static let setup = KeyTable(
        block: "a setup request",
        keys: ["for-each", "http", "headers", "json", "body", "timeout", "capture", "expect"])
    static let operation = KeyTable(
        block: "an operation",
        keys: [
            "http", "headers", "json", "body", "timeout", "vary", "capture", "outcome", "effect", "needs",
            "retry",
            "idempotent", "steps",
        ])
    static let operationWithSteps = KeyTable(
        block: "an operation with steps", keys: ["vary", "effect", "needs", "steps"])
    static let step = KeyTable(
        block: "a step",
        keys: [
            "name", "http", "headers", "json", "body", "timeout", "capture", "outcome", "retry", "idempotent",
        ])
    static let retry = KeyTable(
        block: "retry", keys: ["when", "attempts", "from", "backoff"], instead: ["on": "when"])
    static let outcome = KeyTable(block: "outcome", keys: ["ok", "fail", "unknown"])
    static let needs = KeyTable(block: "needs", keys: ["operation", "reuse"])
    static let sequence = KeyTable(block: "vary", keys: ["sequence"])
    static let model = KeyTable(
        block: "a model",
        keys: [
            "register", "cas-register", "state-machine", "bounded-counter", "set", "unique", "key", "initial",
            "consistency",
        ])
    private static let everyModel = ["key", "initial", "consistency"]
    static let register = KeyTable(block: "register", keys: everyModel + ["write", "read"])
    static let casRegister = KeyTable(
        block: "cas-register", keys: everyModel + ["write", "compare-and-set", "read"])
    static let stateMachine = KeyTable(block: "state-machine", keys: everyModel + ["transitions", "observe"])
    static let boundedCounter = KeyTable(
        block: "bounded-counter", keys: everyModel + ["limit", "add", "subtract", "observe"])
    static let set = KeyTable(block: "set", keys: everyModel + ["add", "remove", "read"])
    static let unique = KeyTable(block: "unique", keys: everyModel + ["claim", "release"])
    static let writeBinding = KeyTable(block: "a write", keys: ["operation", "value"])
    static let amountBinding = KeyTable(
        block: "an addition or subtraction", keys: ["operation", "by", "value"])
    static let elementBinding = KeyTable(
        block: "an element's operation", keys: ["operation", "element", "value"])
    static let compareAndSet = KeyTable(block: "compare-and-set", keys: ["operation", "expected", "new"])
    static let transition = KeyTable(block: "a transition", keys: ["operation", "from", "to"])
    static let read = KeyTable(block: "a read", keys: ["operation", "value", "absent"])
    static let stateRead = KeyTable(block: "observe", keys: ["operation", "state", "value", "absent"])
    static let setRead = KeyTable(
        block: "a read of elements", keys: ["operation", "elements", "value", "absent"])
    static let invariant = KeyTable(
        block: "an invariant", keys: ["name", "always", "finally", "unique", "progress"])
    static let progress = KeyTable(block: "progress", keys: ["operation", "within", "outside"])
    static let load = KeyTable(
        block: "load",
        keys: ["clients", "for", "ramp", "rate", "burst", "each-round", "mix", "keys", "spread"],
        later: ["abort-early", "think"])
    static let clients = KeyTable(block: "clients", keys: ["start", "most"])
    static let burst = KeyTable(block: "burst", keys: ["rounds", "clients"])
    static let eachRound = KeyTable(block: "each-round", keys: ["before", "mix", "after"])
    static let loadKey = KeyTable(block: "a key of load.keys", keys: ["count", "hot"])
    static let fault = KeyTable(
        block: "a fault", keys: ["at", "every", "pause", "kill", "restart"],
        later: ["partition", "delay", "disk-full", "clock"])
    static let pause = KeyTable(block: "pause", keys: ["replica", "for"])
    static let kill = KeyTable(block: "kill", keys: ["replica", "restart-after"])
    static let restart = KeyTable(block: "restart", keys: ["replica"])

    static let knownFinding = KeyTable(
        block: "a known finding", keys: ["scenario", "class", "reason", "until"])
    static let knownFindings = KeyTable(
        block: "a file of known findings", keys: ["version", "known-findings"])

    /// Every table, for the documentation's test.
    static let all: [KeyTable] = [
        scenario, expectation, target, service, file, ready, stop, database, sqlite, postgresql, defaults,
        setup,
        operation, operationWithSteps, step, retry, outcome, needs, sequence, model, register, casRegister,
        stateMachine, boundedCounter, set, unique, writeBinding, amountBinding, elementBinding, compareAndSet,
        transition, read, stateRead, setRead, invariant, progress, load, clients, burst, eachRound, loadKey,
        fault,
        pause, kill, restart, knownFinding, knownFindings,
    ]
}
