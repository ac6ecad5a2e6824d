// What exploration did: the schedule of each round, and what was covered of each group of requests.

import Core

/// The order in which the statements of a round's requests went to the database.
public struct ScheduleRecord: Sendable, Hashable {
    /// What became of it; the raw value is the word of the history file.
    public enum Ending: String, Sendable, Hashable, CaseIterable {
        /// The round broke nothing that the scenario says.
        case held
        /// It is an example of a finding.
        case found
        /// A request neither went on nor waited for a lock, so the rest of the round had no schedule.
        case undecided
        /// Another request or statement came than was planned.
        case diverged
    }

    /// One statement, or the end of a transaction, that went on.
    public struct Step: Sendable, Hashable {
        /// Position in `requests`.
        public var request: Int
        /// Without values.
        public var statement: String
        /// Which requests could have gone on.
        public var enabled: [Int]

        public init(request: Int, statement: String, enabled: [Int]) {
            self.request = request
            self.statement = statement
            self.enabled = enabled
        }
    }

    /// The class of requests that wait for each other in a circle.
    public static let circleClass = "circle"

    public var time: Int64
    public var round: Int
    /// The operation of each request; request i went to replica i.
    public var requests: [String]
    /// `serial`, `directed`, `exhaustive`, `pct`, `pos`, `random`, `replay`, `guided`,
    /// `shorten` or `warm-up`.
    public var strategy: String
    public var steps: [Step]
    public var ending: Ending
    /// Classes of the findings that the round shows.
    public var classes: [String] = []
    /// Why it was undecided or diverged, a sentence.
    public var reason: String?

    public init(
        time: Int64, round: Int, requests: [String], strategy: String, steps: [Step], ending: Ending,
        classes: [String] = [], reason: String? = nil
    ) {
        self.time = time
        self.round = round
        self.requests = requests
        self.strategy = strategy
        self.steps = steps
        self.ending = ending
        self.classes = classes
        self.reason = reason
    }

    /// Neither a repetition nor a try to shorten one, nor the first one of its requests, which only makes the
    /// replicas prepare statements.
    public var isExplored: Bool {
        ![Self.replay, Self.guided, Self.shorten, Self.warmUp].contains(strategy)
    }

    public static let replay = "replay"
    /// A replay on code that may have changed.
    public static let guided = "guided"
    public static let shorten = "shorten"
    public static let warmUp = "warm-up"

    /// How often another request went on than before.
    public var switches: Int { zip(steps, steps.dropFirst()).count { $0.request != $1.request } }
}

extension ScheduleRecord: Document {
    public static var about: String { "A round ran under a schedule." }

    public static func members(_ member: inout Members<Self>) throws(DocumentError) -> Self {
        ScheduleRecord(
            time: try member.line("schedule", at: \.time),
            round: try member.required("round", \.round, .number),
            requests: try member.required(
                "operations", \.requests, .array(of: .string), "of the requests, in their order"),
            strategy: try member.required("strategy", \.strategy, .string, "who chose the schedule"),
            steps: try member.required(
                "steps", \.steps, .array(of: .object), "in the order in which they ran"),
            ending: try member.required("ending", \.ending, .word),
            classes: try member.optional(
                "classes", \.classes, .array(of: .string), usually: [], "of the findings that it shows"),
            reason: try member.optional("reason", \.reason, .string, "why it was undecided or diverged"))
    }
}

extension ScheduleRecord.Step: Document {
    public static func members(_ member: inout Members<Self>) throws(DocumentError) -> Self {
        ScheduleRecord.Step(
            request: try member.required("request", \.request, .number, "position in `operations`"),
            statement: try member.required("statement", \.statement, .string, "without values"),
            enabled: try member.required(
                "enabled", \.enabled, .array(of: .number), "requests that could have gone on"))
    }
}

/// What exploration covered of one group of requests.
public struct CoverageRecord: Sendable, Hashable {
    public var time: Int64
    public var requests: [String]
    /// The most preemptions that were tried.
    public var preemptions: Int
    /// Whether every schedule within that bound was tried and decided.
    public var isComplete: Bool
    public var schedules: Int
    public var decisions: Int
    /// Schedules that could not be followed or decided.
    public var undecided: Int
    /// Schedules that were left out, as they differ from others only in the order of statements that do not
    /// conflict.
    public var pruned: Int
    /// A statement committed by itself and could not be split, so that some orders cannot be tried.
    public var hasUncut: Bool
    /// Why it is not complete, a clause; `nil` where it is.
    public var reason: String?

    public init(
        time: Int64, requests: [String], preemptions: Int, isComplete: Bool, schedules: Int, decisions: Int,
        undecided: Int, pruned: Int = 0, hasUncut: Bool = false, reason: String? = nil
    ) {
        self.hasUncut = hasUncut
        self.time = time
        self.requests = requests
        self.preemptions = preemptions
        self.isComplete = isComplete
        self.schedules = schedules
        self.decisions = decisions
        self.undecided = undecided
        self.pruned = pruned
        self.reason = reason
    }
}

extension CoverageRecord: Document {
    public static var about: String { "What was covered of a group of requests." }

    public static func members(_ member: inout Members<Self>) throws(DocumentError) -> Self {
        CoverageRecord(
            time: try member.line("coverage", at: \.time),
            requests: try member.required(
                "operations", \.requests, .array(of: .string), "of the requests, in their order"),
            preemptions: try member.required("preemptions", \.preemptions, .number, "the most in a schedule"),
            isComplete: try member.required(
                "complete", \.isComplete, .boolean, "every schedule within the bound was tried and decided"),
            schedules: try member.required("schedules", \.schedules, .number),
            decisions: try member.required("decisions", \.decisions, .number),
            undecided: try member.required(
                "undecided", \.undecided, .number, "schedules that could not be followed or decided"),
            pruned: try member.optional(
                "pruned", \.pruned, .number, usually: 0,
                "left out, as they differ from others only in the order of statements that do not conflict"),
            hasUncut: try member.optional(
                "uncut", \.hasUncut, .boolean, usually: false,
                "a statement could not be split from its commit"),
            reason: try member.optional("reason", \.reason, .string, "why it is not complete"))
    }
}

/// The finding of an exploration, and how often its schedule showed it again.
public struct ReplayRecord: Sendable, Hashable {
    public var time: Int64
    /// The round whose schedule was repeated.
    public var round: Int
    /// Class of the finding.
    public var classID: String
    public var times: Int
    public var reproduced: Int
    /// What the schedule was when it was found, if it is a shorter one now.
    public var original: Original?

    public init(
        time: Int64, round: Int, classID: String, times: Int, reproduced: Int, original: Original? = nil
    ) {
        self.time = time
        self.round = round
        self.classID = classID
        self.times = times
        self.reproduced = reproduced
        self.original = original
    }

    /// The size of a schedule before it was shortened.
    public struct Original: Sendable, Hashable {
        public var requests: Int
        public var switches: Int

        public init(requests: Int, switches: Int) {
            self.requests = requests
            self.switches = switches
        }
    }
}

extension ReplayRecord: Document {
    public static var about: String { "The schedule of a finding was repeated." }

    public static func members(_ member: inout Members<Self>) throws(DocumentError) -> Self {
        ReplayRecord(
            time: try member.line("replayed", at: \.time),
            round: try member.required("round", \.round, .number, "whose schedule was repeated"),
            classID: try member.required("class", \.classID, .string, "of the finding"),
            times: try member.required("times", \.times, .number),
            reproduced: try member.required("reproduced", \.reproduced, .number),
            original: try member.optional(
                "shortened_from", \.original, .object, "what the schedule was when it was found"))
    }
}

extension ReplayRecord.Original: Document {
    public static func members(_ member: inout Members<Self>) throws(DocumentError) -> Self {
        ReplayRecord.Original(
            requests: try member.required("requests", \.requests, .number),
            switches: try member.required("switches", \.switches, .number, "between requests"))
    }
}

/// All that a history tells of an exploration, in order; empty where there was none.
public struct ExplorationRecord: Sendable, Hashable {
    public var schedules: [ScheduleRecord] = []
    public var coverage: [CoverageRecord] = []
    public var replays: [ReplayRecord] = []

    public init() {}

    public var isEmpty: Bool { schedules.isEmpty && coverage.isEmpty }
}
