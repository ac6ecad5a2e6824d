// Operations as declared: requests, captures, varied values, steps and retries.

public import Core
import Histories

/// Headers and timeout that every request has unless it says otherwise.
public struct RequestDefaults: Sendable, Hashable {
    public var timeout = Duration.seconds(10)
    public var headers: [HeaderTemplate] = []
    /// Each client keeps the cookies that answers set, and sends them.
    public var cookies = false

    public init() {}
}

public struct HeaderTemplate: Sendable, Hashable {
    public var name: String
    public var value: Template
}

public struct RequestTemplate: Sendable, Hashable {
    public enum Body: Sendable, Hashable {
        case json(TemplateValue)
        case text(Template)
        case zeros(bytes: Int)
        /// `application/x-www-form-urlencoded`.
        case form([BodyField])
        /// `multipart/form-data`.
        case multipart([BodyField])

        /// Said of it where no header says another; a multipart body has a boundary besides.
        public var contentType: String {
            switch self {
            case .json: "application/json"
            case .text: "text/plain; charset=utf-8"
            case .zeros: "application/octet-stream"
            case .form: "application/x-www-form-urlencoded"
            case .multipart: "multipart/form-data"
            }
        }

        /// Whether it has fields, and a content type that no header can replace.
        public var hasFields: Bool {
            switch self {
            case .json, .text, .zeros: false
            case .form, .multipart: true
            }
        }
    }

    public var method: String
    /// Path and query, which begin with `/`, or the words of a command.
    public var target: Template
    public var headers: [HeaderTemplate] = []
    public var body: Body?
    public var timeout = Duration.seconds(10)
    /// Program and arguments where contend runs a command beside a replica; empty where it sends a request.
    public var command: [Template] = []
    /// Which of the target's services it goes to; `nil`: the first.
    public var service: String?

    /// A command, which has neither headers nor body.
    static func command(_ words: [Template], timeout: Duration) -> RequestTemplate {
        let spaced = words.flatMap { [.literal(" ")] + $0.parts }.dropFirst()
        return RequestTemplate(
            method: RequestRecord.commandMethod,
            target: Template(parts: Array(spaced), position: words[0].position), timeout: timeout,
            command: words)
    }
}

/// One field of a form; several may have one name.
public struct BodyField: Sendable, Hashable {
    public var name: String
    public var value: Template
    /// What makes it a file of a multipart body.
    public var file: FileHead?

    public struct FileHead: Sendable, Hashable {
        public var name: Template
        public var type: Template
    }
}

/// Takes one value out of an answer.
public struct Capture: Sendable, Hashable {
    public enum Source: Sendable, Hashable {
        case json(JSONPath)
        case header(String)
        /// What the answer sets a cookie of this name to.
        case cookie(String)
        case status
    }

    public var name: String
    public var source: Source

    /// Paths that find something where the filters of its path have something to look at.
    public var probes: [JSONPath] { if case .json(let path) = source { path.probes } else { [] } }
}

/// What a step that was ok has its client keep.
public struct Keep: Sendable, Hashable {
    /// Of `load.state`.
    public var state: String
    public var value: Template
}

/// Where a varied value comes from; every draw is from the client's own seeded generator.
public enum Variation: Sendable, Hashable {
    /// Any integer of the range.
    case range(ClosedRange<Int>)
    /// One of these.
    case choice([Value])
    /// One element of the list that this comes to when it is filled.
    case known(TemplateValue)
    /// These in order, from the start again when they are used up; counted per client.
    case sequence([Value])
    /// A text distinct for every draw of every client.
    case unique
}

public struct NamedVariation: Sendable, Hashable {
    public var name: String
    public var variation: Variation
}

/// When a step is tried again.
public struct Retry: Sendable, Hashable {
    /// Answers that are retried; only surely-failed ones are, unless the step is idempotent.
    public var on: [AnswerPattern]
    /// How many tries in all.
    public var attempts: Int
    /// Index of the step to go back to.
    public var from: Int
    /// The pause before try k is drawn between zero and `backoff` times 2^(k-1).
    public var backoff = Duration.zero
}

public struct Step: Sendable, Hashable {
    public var name: String
    public var request: RequestTemplate
    public var captures: [Capture]
    public var keeps: [Keep]
    public var outcome: OutcomeRules
    public var retry: Retry?
    public var idempotent: Bool
    /// `effect: none`: it changes nothing, whatever its method.
    public var isRead: Bool
    /// The pause between the step before and this one, drawn each time.
    public var wait: ClosedRange<Duration>?

    public init(
        name: String, request: RequestTemplate, captures: [Capture] = [], keeps: [Keep] = [],
        outcome: OutcomeRules = OutcomeRules(),
        retry: Retry? = nil, idempotent: Bool = false, isRead: Bool = false
    ) {
        self.name = name
        self.request = request
        self.captures = captures
        self.keeps = keeps
        self.outcome = outcome
        self.retry = retry
        self.idempotent = idempotent
        self.isRead = isRead
    }
}

/// An operation needs an earlier ok one of this run, and inherits its keys and captures.
public struct Need: Sendable, Hashable {
    public var operation: String
    /// `false`: each earlier one is taken once, by one client; `true`: clients race for it.
    public var reuse = false
}

public struct OperationDeclaration: Sendable, Hashable {
    public var name: String
    /// At least one.
    public var steps: [Step]
    /// `effect: none`: a read, whose lost answer tells nothing.
    public var isRead: Bool
    public var vary: [NamedVariation]
    public var needs: Need?
    public var position: SourcePosition

    public init(
        name: String, steps: [Step], isRead: Bool = false, vary: [NamedVariation] = [], needs: Need? = nil,
        position: SourcePosition = SourcePosition(line: 1, column: 1)
    ) {
        self.name = name
        self.steps = steps
        self.isRead = isRead
        self.vary = vary
        self.needs = needs
        self.position = position
    }
}

/// A request before the load; any answer that `expect` does not match ends the run before it begins.
public struct SetupRequest: Sendable, Hashable {
    /// Sent for each value of this key, or once.
    public var forEach: String?
    public var request: RequestTemplate
    public var captures: [Capture] = []
    /// Empty: any 2xx.
    public var expect: [AnswerPattern] = []
}

extension Scenario {
    /// Whether some operation runs a command.
    public var runsCommands: Bool {
        operations.flatMap(\.steps).contains { !$0.request.command.isEmpty }
    }
}
