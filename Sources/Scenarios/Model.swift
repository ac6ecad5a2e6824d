// What must hold: models, judged key by key or over several keys at once, and invariants.

public import Core

/// An operation and the value it writes, reads, adds or removes.
public struct OperationBinding: Sendable, Hashable {
    public var operation: String
    public var value: Template
}

/// A read and how its answer is understood.
public struct Observation: Sendable, Hashable {
    public var operation: String
    public var value: Template
    /// Answers that mean that the entity is not there, whatever their outcome; each is observed as the value
    /// `absent`.
    public var absent: [AnswerPattern] = []
}

public struct Transition: Sendable, Hashable {
    public var operation: String
    /// Empty: from any state.
    public var from: [Template]
    public var to: Template
}

/// An operation that claims a key when it is ok.
public struct Claim: Sendable, Hashable, ExpressibleByStringLiteral {
    public var operation: String
    /// Only such answers are claims; empty: all.
    public var when: [AnswerPattern] = []

    public init(operation: String, when: [AnswerPattern] = []) {
        self.operation = operation
        self.when = when
    }

    public init(stringLiteral operation: String) { self.init(operation: operation) }
}

/// A write that takes effect only on the value it expects.
public struct CompareAndSet: Sendable, Hashable {
    public var operation: String
    public var expected: Template
    public var new: Template
}

/// What a correct key would do.
public struct Model: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        case register(write: [OperationBinding], read: [Observation])
        case casRegister(write: [OperationBinding], compareAndSet: [CompareAndSet], read: [Observation])
        case stateMachine(transitions: [Transition], observe: [Observation])
        /// The count stays between the two: from 0 where no minimum is given, to any where no limit is.
        case boundedCounter(
            minimum: Template? = nil, limit: Template?, add: [OperationBinding], subtract: [OperationBinding],
            observe: [Observation])
        case set(
            add: [OperationBinding], remove: [OperationBinding], read: [Observation],
            phantoms: Phantoms = .reported)
        /// At most one claim of a key holds at a time.
        case unique(claim: [Claim], release: [String])
        /// All balances add up to the same, and none is below zero without `overdraft`.
        case bank(transfer: [String], read: [Observation], total: Int?, overdraft: Bool)
        /// Each transaction takes effect at one instant.
        case multiRegister([TransactionBinding])
        /// Lists to which transactions append, and which they read as a whole.
        case listAppend([TransactionBinding], Isolation)
        /// Registers that transactions read and write.
        case rwRegister([TransactionBinding], Isolation)
    }

    /// Elements of a set that nobody had sent when they were read.
    public enum Phantoms: String, Sendable, Hashable, CaseIterable {
        /// They are violations.
        case reported
        /// The service adds elements of its own: they are not looked at.
        case ignored
    }

    public enum Consistency: String, Sendable, Hashable, CaseIterable {
        /// Every read is judged (Herlihy & Wing 1990).
        case linearizable
        /// Only reads after quiescence are judged.
        case final
    }

    public var name: String
    public var kind: Kind
    /// Empty where the whole run is judged together.
    public var key: Template
    /// `nil`: the first read binds it.
    public var initial: TemplateValue?
    public var consistency = Consistency.linearizable
    public var position = SourcePosition(line: 1, column: 1)
}

extension Model {
    /// Its reads, but for those of transactions.
    public var observations: [Observation] {
        switch kind {
        case .register(_, let read), .casRegister(_, _, let read), .set(_, _, let read, _): read
        case .stateMachine(_, let observe), .boundedCounter(_, _, _, _, let observe): observe
        case .bank(_, let read, _, _): read
        case .unique, .multiRegister, .listAppend, .rwRegister: []
        }
    }

    /// Conditions on the answers of one operation that the history must keep: its observations' `absent`, and
    /// the `when` of its claims.
    public func conditions(of operation: String) -> [AnswerPattern] {
        observations.filter { $0.operation == operation }.flatMap(\.absent)
            + claims.filter { $0.operation == operation }.flatMap(\.when)
    }

    /// All of these conditions.
    var conditions: [AnswerPattern] { observations.flatMap(\.absent) + claims.flatMap(\.when) }

    private var claims: [Claim] {
        guard case .unique(let claims, _) = kind else { return [] }
        return claims
    }

    /// What its operations read and write of several keys at once; empty where it is judged key by key.
    public var transactions: [TransactionBinding] {
        switch kind {
        case .multiRegister(let transactions), .listAppend(let transactions, _),
            .rwRegister(let transactions, _):
            transactions
        case .register, .casRegister, .stateMachine, .boundedCounter, .set, .unique, .bank: []
        }
    }
}

/// A side of a comparison: a literal, a field of an operation, a sum or a count over ok operations, or a sum
/// of these.
public indirect enum Expression: Sendable, Hashable {
    case literal(Value)
    /// `usage.used`
    case field(operation: String, name: String)
    /// `sum(reserve.units)`, or `sum(reserve.units where reserve.kind == "gold")`
    case sum(operation: String, name: String, where: Condition.Node? = nil)
    /// `count(reserve)`
    case count(operation: String, where: Condition.Node? = nil)
    case add(Expression, Expression)
    case subtract(Expression, Expression)
    case multiply(Expression, Expression)
}

public struct Comparison: Sendable, Hashable {
    public enum Operator: String, Sendable, Hashable, CaseIterable {
        case less = "<", lessOrEqual = "<=", equal = "==", notEqual = "!=", greaterOrEqual = ">=", greater =
            ">"
    }

    public var left: Expression
    public var comparison: Operator
    public var right: Expression
}

/// Among which operations a value must not come twice.
public enum UniqueScope: Sendable, Hashable {
    /// Those on the same keys of the load; without such keys, those of the same round.
    case key
    /// All operations of the run.
    case run
    /// Those for which this text is the same.
    case each(Template)
}

/// A sentence that must hold.
public struct Invariant: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        /// Of every ok answer of the operations named.
        case always(Condition)
        /// After quiescence, through every replica in turn, for each key; unknown outcomes widen sums to
        /// intervals.
        case finally(Condition)
        /// The captured value never comes twice among those that `per` puts together.
        case unique(operation: String, name: String, per: UniqueScope = .key)
        /// The value is one and the same in all ok answers for which `per` is the same.
        case same(operation: String, name: String, per: Template)
        /// Some operation of this name is answered at least once in every such window of the load.
        case progress(operation: String, within: Duration, outsideFaults: Bool)
    }

    public var name: String
    public var kind: Kind
    public var position = SourcePosition(line: 1, column: 1)
}
