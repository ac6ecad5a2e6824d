// What a linearizability check is given: calls with their intervals, and the sequential object they should
// look like.

/// A deterministic sequential specification (Herlihy & Wing 1990).
public protocol SequentialModel: Sendable {
    associatedtype State: Hashable, Sendable
    associatedtype Action: Hashable, Sendable

    var initial: State { get set }

    /// The state after `action`, or `nil` if a correct object cannot take that step from `state`.
    func apply(_ action: Action, to state: State) -> State?

    /// Whether the action changes nothing in any fully known state: such a call may be placed as soon as it
    /// fits.
    func isRead(_ action: Action) -> Bool

    /// Whether some order of the calls explains them. The default is the search; a model with a cheaper
    /// exact route takes that.
    func decide(_ calls: [Call<Action>], budget: Int) -> Decision<Self>
}

/// One call on one key.
///
/// Equal stamps are concurrent: a call precedes another only if it returned strictly before the other was
/// invoked.
public struct Call<Action: Hashable & Sendable>: Sendable, Hashable {
    /// Which operation it belongs to; the caller's own numbering.
    public var operation: Int
    public var action: Action
    public var invoked: Int64
    /// `nil`: outcome unknown, so it may take effect at any time after the invocation, or never.
    public var returned: Int64?

    public init(operation: Int, action: Action, invoked: Int64, returned: Int64?) {
        self.operation = operation
        self.action = action
        self.invoked = invoked
        self.returned = returned
    }
}

/// What came of a check.
public enum LinearizabilityVerdict: Sendable, Hashable {
    case linearizable
    case violated
    /// The budget was used up before an answer was found.
    case exhausted
}

/// A verdict, what it cost, and where to look if it is `violated`.
public struct Decision<Model: SequentialModel>: Sendable {
    public var verdict: LinearizabilityVerdict
    /// Configurations looked at.
    public var explored: Int
    /// Of a violation: positions of calls among which the contradiction lies.
    var suspects: [Int] = []
    /// Of a violation: the model whose initial state is the only one possible before the suspects.
    var restarted: Model?

    init(_ verdict: LinearizabilityVerdict, explored: Int, suspects: [Int] = [], restarted: Model? = nil) {
        self.verdict = verdict
        self.explored = explored
        self.suspects = suspects
        self.restarted = restarted
    }
}

extension SequentialModel {
    public func decide(_ calls: [Call<Action>], budget: Int) -> Decision<Self> {
        var search = LinearizabilitySearch(self, calls)
        return search.run(budget: budget)
    }
}

/// Checks the calls of one key, wherever they come from, against a model; calls that surely had no effect
/// and reads that got no answer are left out by the caller.
///
/// `budget` counts explored configurations, so that the same calls give the same answer on any machine.
public func checkLinearizability<Model: SequentialModel>(
    _ calls: [Call<Model.Action>], _ model: Model, budget: Int
) -> Decision<Model> {
    model.decide(calls, budget: budget)
}
