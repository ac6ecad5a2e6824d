// What came of judging a foreign history.

public import Core

/// A contradiction, told by its operations.
public struct ForeignViolation: Sendable, Hashable {
    /// `nil` where the whole history is one object.
    public var key: String?
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

public struct ForeignJudgement: Sendable {
    public var model: ForeignModel
    /// `pass`, `violation` or `unknown`.
    public var verdict: Verdict
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
        verdict = .pass
    }

    /// Fits the verdict to what was found: a violation dominates.
    mutating func conclude() {
        verdict = !violations.isEmpty ? .violation : undecided.isEmpty ? .pass : .unknown
    }
}
