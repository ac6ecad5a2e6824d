// One operation between its draw and its return, as the event loop holds it.

import Core
import History
import NIOCore
import Scenario

/// What is decided about an operation before anything is drawn for it.
struct Assignment: Sendable {
    var operation: OperationPlan
    var client: Int
    var phase: Phase
    var draw: DrawIdentity
    var round: Int?
    var intended: Int64?
    /// The replica of all its requests; `nil` leaves it to the load's spread.
    var replica: Int?
    /// What the round's preparation or an earlier operation brings along.
    var inherited: [String: Value] = [:]
    /// The keys' values if they are not drawn.
    var keys: [String: Value]?
}

/// One operation in flight; used on its client's event loop only.
final class OpenOperation {
    let assignment: Assignment
    let plan: OperationPlan
    var generator: SeededGenerator
    var progress: OperationProgress
    var bindings: Bindings
    var record: OperationRecord
    /// The next request, rendered, where it goes, and what carries it (`nil`: the connection was refused).
    var request: OutgoingRequest
    var replica: Int
    var connection: HTTPConnection?
    var wasRefused = false

    init(
        _ assignment: Assignment, generator: SeededGenerator, bindings: Bindings, record: OperationRecord,
        request: OutgoingRequest, replica: Int, connection: HTTPConnection?
    ) {
        self.assignment = assignment
        self.plan = assignment.operation
        self.generator = generator
        self.progress = OperationProgress(assignment.operation)
        self.bindings = bindings
        self.record = record
        self.request = request
        self.replica = replica
        self.connection = connection
    }
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
    /// Bound and captured values together.
    var values: [String: Value]
    /// When the first request was stamped, nanoseconds since the run's origin.
    var sent: Int64
}
