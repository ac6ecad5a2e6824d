// What the user asked for of an exploration: every flag of `contend explore` and `contend replay` as a value.

import Exploration
public import Histories
import Scenarios

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
    /// The names of the strategies; see `strategyNames`.
    public var strategies = ["serial", "directed", "exhaustive"]
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

    public init() {}

    /// The most requests at once.
    public static let requestLimit = Regression.requestLimit

    public static let strategyNames = StrategyName.allCases.map(\.rawValue)

    /// What is not as usual, as flags of `contend explore`.
    var words: [String] {
        let usual = ExploreOptions()
        var words: [String] = []
        if !operations.isEmpty { words += ["--operations", operations.joined(separator: ",")] }
        if requests != usual.requests { words += ["--requests", "\(requests)"] }
        if preemptions != usual.preemptions { words += ["--preemptions", "\(preemptions)"] }
        if schedules != usual.schedules { words += ["--schedules", "\(schedules)"] }
        if within != usual.within { words += ["--for", within.inUnits] }
        if strategies != usual.strategies { words += ["--strategies", strategies.joined(separator: ",")] }
        if untilFinding { words += ["--until", "finding"] }
        if replays != usual.replays { words += ["--replays", "\(replays)"] }
        return words
    }

    /// Operations that were asked for by name.
    var requestNames: [String] { replay?.schedule.requests ?? operations }

    /// So many replicas are needed: each request has one of its own.
    var replicas: Int { requestNames.isEmpty ? requests : requestNames.count }
}
