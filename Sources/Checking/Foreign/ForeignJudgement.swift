// What came of judging a foreign history.

public import Core

/// A contradiction, told by its operations.
public struct ForeignViolation: Sendable, Hashable {
    /// `nil` where the whole history is one object.
    public var key: String? = nil
    /// `not-linearizable`, or the name that Adya, Elle or Jepsen give it.
    public var kind: String
    /// One sentence.
    public var title: String
    /// Positions in the judged operations, in order of invocation: fewest that already contradict the model.
    public var operations: [Int]
    /// What ties them together, a sentence each.
    public var reasons: [String] = []
    /// How many of the kind there are.
    public var count = 1
}

/// A key whose budget was used up.
public struct ForeignUndecided: Sendable, Hashable {
    public var key: String?
    /// Share of its returned operations, in order of return, that some order explains.
    public var fraction: Double
}

/// An order that explains a key.
public struct ForeignOrder: Sendable, Hashable {
    public var key: String?
    /// Positions in the judged operations; those without effect are left out.
    public var operations: [Int]
}

/// What came of a foreign history.
public struct ForeignJudgement: Sendable {
    public var model: ForeignModel
    /// How the history was read, a sentence each.
    public var readings: [String]
    public var keys = 0
    /// Configurations or edges looked at.
    public var explored = 0
    public var violations: [ForeignViolation] = []
    public var undecided: [ForeignUndecided] = []
    /// Where orders were asked for.
    public var orders: [ForeignOrder] = []

    init(_ options: ForeignOptions) {
        model = options.model
        readings = options.readings
    }

    /// `pass`, `violation` or `unknown`: a violation dominates.
    public var verdict: Verdict {
        !violations.isEmpty ? .violation : undecided.isEmpty ? .pass : .unknown
    }

    mutating func add(_ outcome: ForeignOutcome, on key: String?) {
        explored += outcome.explored
        for var violation in outcome.violations {
            violation.key = key
            violations.append(violation)
        }
        outcome.undecided.map { undecided.append(ForeignUndecided(key: key, fraction: $0)) }
        outcome.order.map { orders.append(ForeignOrder(key: key, operations: $0)) }
    }
}
