// `explore`: what `contend explore` tries and when it is enough, as a scenario or the flags say.

public import Core

/// What is given; everything may be left out.
public struct ExploreSettings: Sendable, Hashable {
    /// One group of requests, in place of every group of so many operations of the mix.
    public var operations: [String]?
    public var requests: Int?
    public var preemptions: Int?
    public var schedules: Int?
    public var within: Duration?
    public var strategies: [StrategyName]?
    /// Whether one order of statements that do not conflict is enough.
    public var pruning: Bool?
    public var untilFinding: Bool?
    public var replays: Int?

    public init() {}

    public static let requestsRange = 2...8
    public static let preemptionsRange = 0...5
    public static let schedulesRange = 1...1_000_000
    public static let replaysRange = 1...1_000

    /// These, and for what they leave out those of `other`.
    ///
    /// A number of requests takes the place of operations that are named.
    public func over(_ other: ExploreSettings) -> ExploreSettings {
        var settings = ExploreSettings()
        settings.operations = operations ?? (requests == nil ? other.operations : nil)
        settings.requests = requests ?? other.requests
        settings.preemptions = preemptions ?? other.preemptions
        settings.schedules = schedules ?? other.schedules
        settings.within = within ?? other.within
        settings.strategies = strategies ?? other.strategies
        settings.pruning = pruning ?? other.pruning
        settings.untilFinding = untilFinding ?? other.untilFinding
        settings.replays = replays ?? other.replays
        return settings
    }
}

extension ScenarioDecoder {
    func explore(_ node: SourceNode) -> ExploreSettings? {
        guard let map = MapReader(node, .explore, context) else { return nil }
        var settings = ExploreSettings()
        let range = ExploreSettings.requestsRange
        settings.operations = map.value("operations") { node in
            let names = context.list(node, expected: "a list of operations") { operationName($0) }
            if let count = node.elements?.count, !range.contains(count) {
                context.error(
                    "between \(range.lowerBound) and \(range.upperBound) requests can race at once, "
                        + "not \(count)", at: node.place)
            }
            return names
        }
        settings.requests = map.integer("requests", in: range)
        if let requests = settings.requests, let names = settings.operations, names.count != requests {
            context.error(
                "`operations` names \(names.count) requests, and `requests` says \(requests)",
                at: map.keyPlace("requests"), suggestion: "leave out `requests`")
        }
        settings.preemptions = map.integer("preemptions", in: ExploreSettings.preemptionsRange)
        settings.schedules = map.integer("schedules", in: ExploreSettings.schedulesRange)
        settings.within = map.duration("for")
        if settings.within == .zero {
            context.error("`for` must be above zero", at: map.keyPlace("for"))
        }
        settings.strategies = map.value("strategies") { node in
            if node.elements?.isEmpty == true {
                context.error("`strategies` is empty", at: node.place)
            }
            return context.oneOrMore(node) { element -> StrategyName? in
                context.choice(element, of: "strategy")
            }
        }
        settings.pruning = map.bool("pruning")
        settings.untilFinding = map.value("until") { node -> ExploreGoal? in
            context.choice(node, of: "goal")
        }.map { _ in true }
        settings.replays = map.integer("replays", in: ExploreSettings.replaysRange)
        return settings
    }
}

extension ExploreSettings: YAMLWritable {
    var yaml: YAMLText {
        [
            "operations": operations, "requests": requests, "preemptions": preemptions,
            "schedules": schedules, "for": within, "strategies": strategies.map { $0.map(\.rawValue) },
            "pruning": pruning, "until": untilFinding == true ? ExploreGoal.finding.rawValue : nil,
            "replays": replays,
        ]
    }
}

/// What ends an exploration early.
enum ExploreGoal: String, CaseIterable { case finding }
