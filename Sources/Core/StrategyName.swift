// The ways to choose schedules, as scenarios, flags and histories name them.

public enum StrategyName: String, Sendable, Hashable, CaseIterable {
    case serial, directed, exhaustive, pct, random
}
