// The ways to choose schedules, as scenarios, flags and histories name them.

public enum StrategyName: String, Sendable, Hashable, CaseIterable {
    case serial, directed, exhaustive, pct, pos, random

    /// It draws schedules, and always has another.
    public var isByChance: Bool {
        switch self {
        case .serial, .directed, .exhaustive: false
        case .pct, .pos, .random: true
        }
    }
}
