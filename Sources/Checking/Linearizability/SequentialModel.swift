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

    /// The same object with nothing known of its beginning.
    var fromAnywhere: Self { get }

    /// Whether a contradiction is best told without a word on what was there before, where that is possible.
    var isToldFromAnywhere: Bool { get }

    /// Of calls that may take effect at any time or never, those that can help to explain `strict` ones; the
    /// default is all.
    func helpful(_ free: [Call<Action>], to strict: [Call<Action>]) -> [Call<Action>]

    /// The quiet moment with a state that some order of the calls really leaves, where the search may have
    /// put another in its place; `nil` where none is found. The default is the moment itself.
    func told(_ quiet: QuietMoment<Self>, after calls: [Call<Action>]) -> QuietMoment<Self>?

    /// Positions of the calls that only a state explains to which nothing leads twice: it must not be left
    /// before them. The default is none.
    func tied(_ calls: [Call<Action>]) -> [State: [Int]]

    /// Whether some order of the calls explains them. The default is the search; a model with a cheaper
    /// exact route takes that.
    ///
    /// With `recordsOrder`, the order that explains them is told.
    func decide(_ calls: [Call<Action>], budget: Int, recordsOrder: Bool) -> Decision<Self>
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
}

/// What came of a check.
public enum LinearizabilityVerdict: Sendable, Hashable {
    case linearizable
    case violated
    /// The budget was used up before an answer was found.
    case exhausted
}

/// A moment of a history at which no call is open that must take effect, and the one state in which some
/// order passes it.
public struct QuietMoment<Model: SequentialModel>: Sendable {
    /// Calls that must take effect have returned by then, or were invoked later.
    var moment: Int64
    var state: Model.State
    /// Positions of the calls of unknown outcome that have taken effect by then.
    var spent: Set<Int>
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
    /// Of a violation that the search found: quiet moments before it that only one state passes, the last
    /// ones, in order.
    var quietMoments: [QuietMoment<Model>] = []
    /// Of a violation that the search found: the first return that no order passes.
    var deadline: Int64?
    /// Whether `deadline` is the very first return at which what was sent by then contradicts.
    var isDeadlineExact = false
    /// Of `exhausted`: the share of the returned calls, in order of return, that some order explains.
    public var fraction = 1.0
    /// Positions of the calls in an order that explains them, where there is one and it was asked for; calls
    /// of unknown outcome that need not have happened are left out.
    public var order: [Int]?

    init(_ verdict: LinearizabilityVerdict, explored: Int, order: [Int]? = nil) {
        self.verdict = verdict
        self.explored = explored
        self.order = order
    }

    /// A violation.
    init(suspects: [Int], restarted: Model? = nil, deadline: Int64? = nil, explored: Int) {
        verdict = .violated
        self.explored = explored
        self.suspects = suspects
        self.restarted = restarted
        self.deadline = deadline
    }

    /// A used-up budget.
    init(exhaustedAfter fraction: Double, explored: Int) {
        verdict = .exhausted
        self.explored = explored
        self.fraction = fraction
    }
}

extension SequentialModel {
    public var isToldFromAnywhere: Bool { true }

    public func told(_ quiet: QuietMoment<Self>, after calls: [Call<Action>]) -> QuietMoment<Self>? { quiet }

    public func tied(_ calls: [Call<Action>]) -> [State: [Int]] { [:] }

    public func helpful(_ free: [Call<Action>], to strict: [Call<Action>]) -> [Call<Action>] { free }

    public func decide(_ calls: [Call<Action>], budget: Int, recordsOrder: Bool) -> Decision<Self> {
        var search = LinearizabilitySearch(self, calls, recordsOrder: recordsOrder)
        return search.run(budget: budget)
    }
}
