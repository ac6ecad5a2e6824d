// Signatures fixed by the architect; bodies and file split are the Checking owner's.

public import History
public import Scenario

/// What judging may spend and what it is told beside the history.
public struct JudgeOptions: Sendable {
    /// Explored configurations over all keys of one check.
    public var budget = 10_000_000
    /// `--sequential`: overlap and contention are not asked for.
    public var sequential = false

    public init() {}
}

/// Judges a history by what its scenario says must hold: assumptions first, then models, invariants and thresholds, then
/// whether the run tested anything at all.
public func judge(_ history: History, by scenario: Scenario, options: JudgeOptions = JudgeOptions())
    -> Judgement
{
    preconditionFailure()
}
