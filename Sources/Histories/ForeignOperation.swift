// An invocation of a foreign history together with what came of it.

public import Core

/// One operation of a foreign history.
///
/// Moments are positions of its events in the file, from 0, counted without the events that are no client's:
/// their order is the order of the history, and no two are equal.
public struct ForeignOperation: Sendable, Hashable {
    /// Unique among the operations open at one moment; a process whose outcome is unknown never goes on.
    public var process: Int
    /// What was done, such as `read`, `write`, `cas` or `txn`.
    public var f: String
    /// 0 where the source has none.
    public var key: Value
    /// The value of the invocation: what was to be written.
    public var argument: Value
    /// The value of the completion, `.null` where there is none: what was read.
    public var result: Value
    public var outcome: Outcome
    public var invoked: Int64
    /// `nil` if the outcome is unknown.
    public var returned: Int64?
    /// Line of the invocation in the file, from 1.
    public var line: Int
    /// Whether it was read from a run of our own: `process` is the number of a client, and moments are those
    /// of the run's clock, where equal ones are concurrent.
    public var isOwn = false
    /// Whether an end was read, be it one of unknown outcome.
    var isEnded = false

    public init(
        process: Int, f: String, key: Value = 0, argument: Value = .null, result: Value = .null,
        outcome: Outcome, invoked: Int64, returned: Int64?, line: Int = 0
    ) {
        self.process = process
        self.f = f
        self.key = key
        self.argument = argument
        self.result = result
        self.outcome = outcome
        self.invoked = invoked
        self.returned = returned
        self.line = line
    }
}
