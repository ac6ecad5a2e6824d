// The keys of the load, of faults and of thresholds.

import Core
import Histories

extension KeyTable {
    private static let clientCount = Form.integer(ScenarioDecoder.clientsRange)
    private static let mix = Form.map(of: Form.integer(ScenarioDecoder.weightRange))

    static let load = KeyTable("load", later: ["think"], instead: abortEarly) {
        optional(
            "clients", .anyOf([clientCount, Form.block(clients)]),
            "Clients at once; with `rate` also { start, most }.")
        optional("for", Form.duration, "How long; not for a burst.")
        optional("ramp", Form.list(of: clientCount), "Rising numbers of clients, in equal parts of `for`.")
        optional("rate", Form.rate, "Operations started at this rate; else each client waits its turn.")
        optional("burst", Form.block(burst), "Rounds in which all clients are released at one instant.")
        optional("each-round", Form.block(eachRound), "What a round of a burst is made of.")
        optional("mix", mix, "Operations and their weights.")
        optional("keys", Form.map(of: Form.block(loadKey)), "The entities contended for.")
        optional("state", Form.map(of: Form.block(clientState)), "What each client keeps for itself.")
        optional("spread", Form.words(of: Spread.self), "Which replica a request goes to.")
    }
    /// A load is ended by a threshold, and says so there.
    static let abortEarly = ["abort-early": "thresholds: { latency: { limit: p(99)<1s, abort-early: true } }"]
    static let clients = KeyTable("clients") {
        optional("start", clientCount, "Connected at the start; `most` by default.")
        required("most", clientCount, "At most at once.")
    }
    static let burst = KeyTable("burst") {
        required("rounds", Form.integer(Load.roundsRange), "How many rounds.")
        required("clients", clientCount, "Clients released at once.")
    }
    static let eachRound = KeyTable("each-round") {
        optional(
            "before", Form.oneOrMore(of: .anyOf([Form.text, Form.block(repeated)])),
            "Run once by one client; unless all are ok the round is void.")
        optional("mix", mix, "What the clients send, one operation each.")
        optional("after", Form.oneOrMore(of: Form.text), "Reads through each replica in turn.")
    }
    static let repeated = KeyTable("a repeated operation") {
        required("operation", Form.text, "What prepares the round.")
        required("times", Form.integer(ScenarioDecoder.timesRange), "How often, one after the other.")
    }
    static let loadKey = KeyTable("a key of load.keys") {
        required("count", Form.integer(ScenarioDecoder.keyCountRange), "How many there are.")
        optional("hot", Form.text, "`80% of 1`: this share goes to the first so many keys.")
    }
    static let clientState = KeyTable("a client's state") {
        optional("initial", Form.value, "What each client begins with; unset by default.")
    }

    static let fault = KeyTable(
        "a fault", exactlyOne: [["at", "every"], ["pause", "kill", "restart"]],
        later: ["partition", "delay", "disk-full", "clock"]
    ) {
        optional("at", Form.duration, "Once, this long after the load began.")
        optional("every", Form.duration, "Again and again.")
        optional("pause", Form.block(pause), "Stop the process, continue it later.")
        optional("kill", Form.block(kill), "SIGKILL, started again later.")
        optional("restart", Form.block(restart), "Stop as `stop` says, start again.")
    }
    private static let victim = [
        optional("service", Form.text, "Of target.services or companions; the first service by default."),
        optional(
            "replica",
            .anyOf([Form.integer(0...ScenarioDecoder.replicasRange.upperBound - 1), .words(["any"])]),
            "Its number in the service from 0, or `any`; may be left out where there is one."),
    ]
    static let pause = KeyTable("pause") { victim + [required("for", Form.duration, "How long.")] }
    static let kill = KeyTable("kill") {
        victim + [required("restart-after", Form.duration, "When it is started again.")]
    }
    static let restart = KeyTable("restart") { victim }

    static let explore = KeyTable("explore") {
        optional("operations", Form.list(of: Form.text), "These requests; by default every pair of the mix.")
        optional("requests", Form.integer(ExploreSettings.requestsRange), "How many race at once; 2.")
        optional(
            "preemptions", Form.integer(ExploreSettings.preemptionsRange),
            "How often a request may be interrupted in a schedule; 2.")
        optional("schedules", Form.integer(ExploreSettings.schedulesRange), "The most schedules; 1000.")
        optional("for", Form.duration, "The most time; 2m.")
        optional(
            "strategies", Form.oneOrMore(of: Form.words(of: StrategyName.self)),
            "Who chooses schedules; serial, directed and exhaustive.")
        optional(
            "pruning", Form.boolean, "`false`: every order, also of statements that do not conflict.")
        optional(
            "until", Form.words(of: ExploreGoal.self), "Stop when something is found and repeated.")
        optional("replays", Form.integer(ExploreSettings.replaysRange), "How often a finding is repeated; 5.")
    }

    static let threshold = KeyTable("a threshold") {
        required("limit", Form.text, "Such as p(99)<250ms.")
        optional("abort-early", Form.boolean, "`true`: the load ends as soon as the limit is exceeded.")
        optional(
            "after-operations", Form.integer(ScenarioDecoder.abortOperationsRange),
            "Not before so many were measured; 100 by default.")
    }
}

extension Form {
    /// Measures of the load or of one operation, each with its limits.
    static let thresholds: JSONSchema = {
        let limits = oneOrMore(of: .anyOf([text, .definition(KeyTable.threshold.definition)]))
        let subjects = Threshold.Subject.allCases
        let named = subjects.filter(\.isOfOperations).map(\.rawValue).joined(separator: "|")
        let object = JSONSchema([
            "type": "object",
            "properties": .object(
                Dictionary(
                    subjects.map {
                        let examples = $0.limits.map(\.example).joined(separator: ", ")
                        return ($0.rawValue, limits.described("\($0.summary): \(examples)").value)
                    }
                ) { _, last in last }),
            "patternProperties": .object([#"^[^.]+\.(\#(named))$"#: limits.value]),
            "additionalProperties": false,
        ])
        return orPlaceholder(object)
    }()
}
