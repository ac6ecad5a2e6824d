// One operation between its draw and its return, as the event loop holds it.

import Core
import Histories
import NIOCore
import Scenarios

/// Which replica an operation's requests go to.
enum ReplicaChoice: Sendable {
    /// As the load's spread says, counted over all requests of the client.
    case spread
    /// As the load's spread says, the operation's first request beginning here.
    case spreadFrom(Int)
    /// One for all requests.
    case only(Int)
}

/// What is decided about an operation before anything is drawn for it.
struct Assignment: Sendable {
    var operation: OperationPlan
    var client: Int
    var phase: Phase
    var draw: DrawIdentity
    var round: Int?
    var intended: Int64?
    var replica = ReplicaChoice.spread
    /// What it begins with of what its client, or the part of the run that it belongs to, keeps.
    var memory = MemoryChoice.own
    /// What the round's preparation or an earlier operation brings along.
    var inherited: [String: Value] = [:]
    /// The keys' values if they are not drawn.
    var keys: [String: Value]?
    /// Whether its exchanges are wanted in words, and a request that cannot be filled is an error.
    var isTold = false
}

/// One operation in flight; used on its client's event loop only.
final class OpenOperation {
    let assignment: Assignment
    let plan: OperationPlan
    var generator: SeededGenerator
    var progress: OperationProgress
    var bindings: Bindings
    var memory: ClientMemory
    var record: OperationRecord
    /// The next request, rendered, where it goes, and what carries it (`nil`: the connection was refused).
    var request: OutgoingRequest
    var replica: Int
    var carrier: Carrier?
    var wasRefused = false
    /// In words, if they are wanted.
    var exchanges: [Exchange] = []

    init(
        _ assignment: Assignment, generator: SeededGenerator, bindings: Bindings, memory: ClientMemory,
        record: OperationRecord, request: OutgoingRequest, replica: Int, carrier: Carrier?
    ) {
        self.assignment = assignment
        self.plan = assignment.operation
        self.generator = generator
        self.progress = OperationProgress(assignment.operation)
        self.bindings = bindings
        self.memory = memory
        self.record = record
        self.request = request
        self.replica = replica
        self.carrier = carrier
    }

    /// Adds the next request to the record, which the caller writes before it sends.
    func stamp(_ sent: Int64, in plan: TrafficPlan) {
        record.requests.append(
            RequestRecord(
                step: progress.step, attempt: progress.attempt, replica: replica, method: request.method,
                target: plan.recordRedactor.redact(request.target), sent: sent))
    }

    /// Sends the request that was stamped last.
    func send(in plan: TrafficPlan) {
        request.trace(
            RequestTrace(
                seed: plan.options.seed, operation: record.id, request: record.requests.count - 1))
        carrier?.send(request)
    }

    /// Notes what came back for the request that was sent last.
    func note(_ received: ReceivedAnswer, outcome: Outcome, meets: [String], in plan: TrafficPlan) {
        let last = record.requests.count - 1
        record.requests[last].received = received.received
        record.requests[last].status = received.status
        record.requests[last].failure = received.failure
        record.requests[last].outcome = outcome
        record.requests[last].meets = meets
        var said = received.body
        if let errors = received.errors { said.setOrWriteImmutableBuffer(errors) }
        if outcome != .ok, let body = said, body.readableBytes > 0 {
            let text = plan.recordRedactor.redact(
                beginning: body.readableBytesView, atMost: 4 * RequestRecord.excerptLimitBytes)
            record.requests[last].excerpt = RequestRecord.excerpt(of: text)
        }
    }

    /// Keeps the cookies that a whole answer sets.
    func keepCookies(from received: ReceivedAnswer, in plan: TrafficPlan) {
        guard plan.scenario.defaults.cookies, received.failure == nil else { return }
        let headers = received.headers
        guard headers.contains(where: { $0.name == "set-cookie" }) else { return }
        plan.hasCookies.withLock { $0 = true }
        if !memory.cookies.take(headers, from: request.target, now: plan.unixNow) {
            plan.note(
                "a client had more than \(CookieJar.limit) cookies, and forgot those that it had longest")
        }
    }

    /// Binds the values that an answer gives, for later steps, for the record and for what the client keeps.
    func capture(from answer: Answer, by step: StepPlan, in plan: TrafficPlan) {
        let captured = step.captures(from: answer, at: plan.unixNow)
        for (name, value) in captured {
            bindings[name] = value
            record.captures[name] = plan.recordRedactor.redact(value)
        }
        guard !step.declaration.keeps.isEmpty else { return }
        // What the answer lacks is not kept, whatever was known under this name before.
        var known = bindings
        for capture in step.declaration.captures { known[capture.name] = captured[capture.name] }
        for keep in step.declaration.keeps {
            memory.state.updateValue(try? keep.value.value(in: known), forKey: keep.state)
        }
    }
}

/// An operation of which only the first byte is left to be written.
///
/// Its values are drawn, its first request is rendered, its connection is open. Nothing of it is recorded
/// before it is admitted.
struct HeldOperation: Sendable {
    let assignment: Assignment
    let loop: ClientLoop
    let open: NIOLoopBound<OpenOperation>
}

/// A request whose placeholder could not be filled.
struct UnsentRequest: Hashable, Sendable {
    var operation: String
    var error: BindingError
    /// The operation's first: then nothing of it was sent.
    var isFirst: Bool
}

/// What an operation came to, for those who go on with it.
struct Performed: Sendable {
    var outcome: Outcome
    var wasRefused: Bool
    /// What is kept after it.
    var memory: ClientMemory
    /// As it was recorded.
    var record: OperationRecord
    /// Bound and captured values together.
    var values: [String: Value]
    var exchanges: [Exchange]

    /// Values that others may inherit: all but those that belong to one operation alone.
    var handedOn: [String: Value] { values.filter { !PlaceholderNames.operation.contains($0.key) } }
}

extension TrafficError {
    init(recording error: HistoryError) {
        self.init(.recording, "the history cannot be written, so the run ends here: \(error)")
    }
}
