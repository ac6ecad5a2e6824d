// What one client intended, which requests it took, and what came of it: the unit that histories hold and
// checkers judge.

public import Core

/// The part of a run that an operation belongs to.
public enum Phase: String, Sendable, Hashable, CaseIterable {
    /// Requests before the load, once or for each key.
    case setup
    /// The preparation of one burst round, by one client.
    case before
    /// Traffic under contention: the only phase that contention is counted in.
    case load
    /// The reads that end a burst round, through each replica in turn.
    case after
    /// Reads after everything has come to rest, through each replica in turn.
    case final
}

/// Why a request has no complete answer.
public enum TransportFailure: String, Sendable, Hashable, CaseIterable {
    /// The connection was refused, or closed before a byte was written: surely no effect.
    case refused
    /// The deadline passed first.
    case timeout
    /// The connection broke after the first byte was written.
    case disconnected
    /// The answer's body went past the stated limit, or was not HTTP.
    case malformed
}

/// One HTTP request of an operation and the answer to it.
///
/// Times are nanoseconds since the run's origin on its one monotonic clock: `sent` is stamped before the
/// first byte is written, `received` after the last is read.
public struct RequestRecord: Sendable, Hashable {
    /// Position of the step in its operation, from 0.
    @Narrow public var step: Int
    /// How many tries of this step came before, from 0.
    @Narrow public var attempt: Int
    /// Index of the replica, from 0.
    @Narrow public var replica: Int
    public var failure: TransportFailure?
    /// How the step's outcome rules read the answer.
    public var outcome: Outcome
    /// In place of the usual methods: a million requests have one of few.
    @usableFromInline var methodNumber: UInt8
    /// Path and query, as sent.
    public var target: String
    public var sent: Int64
    @OrNone public var received: Int64?
    @OrNone public var status: Int?
    private var apart: Apart?

    /// What most requests have nothing of.
    private indirect enum Apart: Hashable {
        case of(excerpt: String?, meets: [String], method: String?)
    }

    /// Stands where there is no request.
    static let none: RequestRecord = {
        var none = RequestRecord(step: 0, attempt: 0, replica: 0, method: "GET", target: "", sent: 0)
        none.methodNumber = .max
        return none
    }()

    @inlinable var isNone: Bool { methodNumber == .max }

    private static let usualMethods = ["GET", "PUT", "POST", "PATCH", "DELETE", "HEAD", "OPTIONS"]

    private mutating func keepApart(excerpt: String?, meets: [String], method: String?) {
        let isEmpty = excerpt == nil && meets.isEmpty && method == nil
        apart = isEmpty ? nil : .of(excerpt: excerpt, meets: meets, method: method)
    }

    private var unusualMethod: String? {
        guard case .of(_, _, let method) = apart else { return nil }
        return method
    }

    public var method: String {
        get { unusualMethod ?? Self.usualMethods[Int(methodNumber)] }
        set {
            let number = Self.usualMethods.firstIndex(of: newValue)
            methodNumber = UInt8(number ?? 0)
            if number != nil, apart == nil { return }
            keepApart(excerpt: excerpt, meets: meets, method: number == nil ? newValue : nil)
        }
    }

    /// The first bytes of an answer that was not ok, for the story; at most
    /// `RequestRecord.excerptLimitBytes`.
    public var excerpt: String? {
        get {
            guard case .of(let excerpt, _, _) = apart else { return nil }
            return excerpt
        }
        set { keepApart(excerpt: newValue, meets: meets, method: unusualMethod) }
    }

    /// Conditions under `absent` that the answer meets, as the scenario writes them; those that are only
    /// statuses are left out.
    public var meets: [String] {
        get {
            guard case .of(_, let meets, _) = apart else { return [] }
            return meets
        }
        set { keepApart(excerpt: excerpt, meets: newValue, method: unusualMethod) }
    }

    public static let excerptLimitBytes = 512

    /// In place of a method where a command was run: `target` then holds its words, `status` its exit status.
    public static let commandMethod = "RUN"

    public var isCommand: Bool { method == Self.commandMethod }

    /// `409` or `exit 1`, or why there is no status.
    public var answer: String {
        status.map { isCommand ? "exit \($0)" : "\($0)" } ?? failure?.rawValue ?? "no answer"
    }

    public init(
        step: Int, attempt: Int, replica: Int, method: String, target: String, sent: Int64,
        received: Int64? = nil,
        status: Int? = nil, failure: TransportFailure? = nil, outcome: Outcome = .unknown,
        excerpt: String? = nil, meets: [String] = []
    ) {
        self.step = step
        self.attempt = attempt
        self.replica = replica
        methodNumber = 0
        self.target = target
        self.sent = sent
        self.received = received
        self.status = status
        self.failure = failure
        self.outcome = outcome
        keepApart(excerpt: excerpt, meets: meets, method: nil)
        self.method = method
    }
}

/// One intention of one client, from invocation to return.
public struct OperationRecord: Sendable, Hashable, Identifiable {
    /// Unique in its run.
    public var id: Int
    /// The virtual client, from 0; a client never has two operations open at once.
    @Narrow public var client: Int
    public var phase: Phase
    public var outcome: Outcome
    /// The operation's name in the scenario.
    public var name: String
    /// Everything bound before the first byte was sent: keys, varied values, `unique`, what `needs` brought
    /// along.
    public var values: NamedValues
    /// What its answers gave.
    public var captures: NamedValues
    /// The burst round, from 0; `nil` outside bursts.
    @OrNone public var round: Int?
    /// When an open-loop load meant to start it, nanoseconds since the run's origin.
    @OrNone public var intended: Int64?
    /// Nanoseconds since the run's origin, stamped before the first byte was sent.
    public var invoked: Int64
    /// Nanoseconds since the run's origin; `nil` while no end is known, as after a crash of the recorder.
    @OrNone public var returned: Int64?
    public var requests: Requests

    public init(
        id: Int, client: Int, name: String, phase: Phase, round: Int? = nil, values: [String: Value] = [:],
        captures: [String: Value] = [:], intended: Int64? = nil, invoked: Int64, returned: Int64? = nil,
        outcome: Outcome = .unknown, requests: [RequestRecord] = []
    ) {
        self.id = id
        self.client = client
        self.name = name
        self.phase = phase
        self.round = round
        self.values = values.isEmpty ? NamedValues() : NamedValues(values)
        self.captures = captures.isEmpty ? NamedValues() : NamedValues(captures)
        self.intended = intended
        self.invoked = invoked
        self.returned = returned
        self.outcome = outcome
        self.requests = Requests(requests)
    }

    /// A captured value, or else one bound before sending.
    @inlinable public func value(_ name: String) -> Value? { captures[name] ?? values[name] }

    /// From the intended start, or else the invocation, to the return.
    public var latencyNanoseconds: Int64? { returned.map { $0 - (intended ?? invoked) } }

    /// What a service says beyond this is no count of attempts, and sums of it would overflow.
    @usableFromInline static let attemptsLimit = 1_000_000

    /// How often it was tried: by the client, and by the service where it tells so in a capture named
    /// `attempts`.
    @inlinable public var attempts: Int {
        // Each time that it went back to a step, however many steps it took from there.
        let retried = requests.indices.dropFirst().count { requests[$0].step <= requests[$0 - 1].step }
        let inside: Int =
            switch captures["attempts"] {
            case .int(let count)?: count
            case .string(let text)?: Int(text) ?? 1
            default: 1
            }
        return retried + min(max(1, inside), Self.attemptsLimit)
    }

    public var hasServerError: Bool { requests.contains { (500...599).contains($0.status ?? 0) } }
}
