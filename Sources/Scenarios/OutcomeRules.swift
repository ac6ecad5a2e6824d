// How an answer is read: patterns over status, headers and JSON body, and the rules made of them.

public import Core
public import Histories

/// A set of HTTP statuses: single ones (`404`) and classes (`5xx`).
public struct StatusSet: Sendable, Hashable {
    public var ranges: [ClosedRange<Int>]

    public init(_ ranges: [ClosedRange<Int>]) { self.ranges = ranges }

    public func contains(_ status: Int) -> Bool { ranges.contains { $0.contains(status) } }
}

/// One condition on an answer.
public enum AnswerCondition: Sendable, Hashable {
    public enum Test: Sendable, Hashable {
        case equals(Value)
        case differs(Value)
        case present
        case absent
    }

    case status(StatusSet)
    /// The exit status of a command.
    case exit(Int)
    case header(String, Test)
    case json(JSONPath, Test)
    case timeout
    case disconnected
    /// The connection was refused before a byte was sent.
    case refused
}

/// Conditions that must all hold (`status 201 and json $.status == "ABORT"`).
public struct AnswerPattern: Sendable, Hashable {
    public var conditions: [AnswerCondition]

    public init(_ conditions: [AnswerCondition]) { self.conditions = conditions }
}

/// What came back for one request, as the rules and captures see it.
public struct Answer: Sendable {
    /// `nil` when no answer arrived, and of a command.
    public var status: Int?
    /// Of a command that has ended.
    public var exit: Int?
    /// Names in lower case.
    public var headers: [(name: String, value: String)]
    /// The body as JSON, if it is any.
    public var json: Value?
    public var failure: TransportFailure?

    public init(
        status: Int?, exit: Int? = nil, headers: [(name: String, value: String)] = [], json: Value? = nil,
        failure: TransportFailure? = nil
    ) {
        self.status = status
        self.exit = exit
        self.headers = headers
        self.json = json
        self.failure = failure
    }
}

/// The outcome rules of one step; each list holds alternatives.
///
/// Precedence: `unknown`, then `fail`, then `ok` as declared; then the defaults of the design. Where `ok` is
/// declared, an unlisted 2xx is unknown: the author did not foresee it.
public struct OutcomeRules: Sendable, Hashable {
    public var ok: [AnswerPattern]
    public var fail: [AnswerPattern]
    public var unknown: [AnswerPattern]

    public init(ok: [AnswerPattern] = [], fail: [AnswerPattern] = [], unknown: [AnswerPattern] = []) {
        self.ok = ok
        self.fail = fail
        self.unknown = unknown
    }
}
