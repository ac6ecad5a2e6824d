// What a strategy is: it names the next schedule to try, and learns from what came of every one.

/// One way to choose schedules.
///
/// Pure: the same traces give the same plans.
public protocol Strategy: Sendable {
    /// The next schedule; `nil` as long as it has none.
    mutating func next() -> Plan?
    /// What came of a schedule, of this strategy or another.
    mutating func learn(_ trace: Trace)
}
