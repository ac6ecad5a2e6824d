// What the user asked for of an exploration: every flag of `contend explore` and `contend replay` as a value.

public import Core
public import Histories
public import Scenarios

/// What is explored, and when it is enough.
public struct ExploreOptions: Sendable {
    /// One group of requests; by default every group of `requests` operations of the mix.
    public var operations: [String] = []
    /// How many requests race at once.
    public var requests = 2
    /// The most preemptions in a schedule that is not by chance.
    public var preemptions = 2
    /// The most schedules, those that repeat a finding not counted.
    public var schedules = 1_000
    public var within = Duration.seconds(120)
    public var strategies: [StrategyName] = [.serial, .directed, .exhaustive]
    /// Leave out schedules that differ only in the order of statements that do not conflict.
    public var prunes = true
    /// Stop once a finding is repeated.
    public var untilFinding = false
    /// How often a finding's schedule is repeated.
    public var replays = 5
    /// This schedule alone, so many times.
    public var replay: Replay?
    /// The finding of stress, `RUN#ID`, that is looked for.
    public var sought: String?

    public struct Replay: Sendable {
        /// `RUN#ID`; `nil` for a regression, whose file has the order.
        public var name: String?
        public var schedule: ScheduleRecord
        public var times: Int
        /// Statements may have changed; see `GuidedOrder`.
        public var isGuided = false
        /// Where the order no longer fits, all orders of its requests are tried instead.
        public var explores = false
        /// The directory of the run that it was found in.
        public var origin: String?
    }

    /// What is given, and for everything else the defaults.
    public init(_ settings: ExploreSettings = ExploreSettings()) {
        operations = settings.operations ?? operations
        requests = settings.requests ?? requests
        preemptions = settings.preemptions ?? preemptions
        schedules = settings.schedules ?? schedules
        within = settings.within ?? within
        strategies = settings.strategies ?? strategies
        prunes = settings.pruning ?? prunes
        untilFinding = settings.untilFinding ?? untilFinding
        replays = settings.replays ?? replays
    }

    /// What the scenario does not say itself, as flags of `contend explore`.
    func words(beside settings: ExploreSettings) -> [String] {
        let usual = ExploreOptions(settings)
        var words: [String] = []
        if operations != usual.operations, !operations.isEmpty {
            words += ["--operations", operations.joined(separator: ",")]
        }
        if requests != usual.requests || operations.isEmpty && !usual.operations.isEmpty {
            words += ["--requests", "\(requests)"]
        }
        if preemptions != usual.preemptions { words += ["--preemptions", "\(preemptions)"] }
        if schedules != usual.schedules { words += ["--schedules", "\(schedules)"] }
        if within != usual.within { words += ["--for", within.inUnits] }
        if !prunes, usual.prunes { words.append("--no-pruning") }
        if strategies != usual.strategies {
            words += ["--strategies", strategies.map(\.rawValue).joined(separator: ",")]
        }
        if untilFinding, !usual.untilFinding { words += ["--until", "finding"] }
        if replays != usual.replays { words += ["--replays", "\(replays)"] }
        return words
    }

    /// Operations that were asked for by name.
    var requestNames: [String] { replay?.schedule.requests ?? operations }

    /// So many replicas are needed: each request has one of its own.
    var replicas: Int { requestNames.isEmpty ? requests : requestNames.count }
}
