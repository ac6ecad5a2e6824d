// A command in place of a request: run beside a replica, with an exit status and an output as its answer.

public import Core
import Histories
import NIOCore

/// How a command ended.
public struct EndedCommand: Sendable {
    var exit: Int
    /// `nil` where it was too long.
    var output: [UInt8]?
    var errors: [UInt8]

    public init(exit: Int, output: [UInt8]?, errors: [UInt8] = []) {
        self.exit = exit
        self.output = output
        self.errors = errors
    }
}

/// A command of which surely nothing ran.
public struct CommandNotStarted: Error {
    var message: String

    public init(_ message: String) { self.message = message }
}

/// Runs commands beside replicas.
public struct CommandService: Sendable {
    /// Runs a command to its end, which cancelling the task brings about early.
    ///
    /// Throws `CommandNotStarted` where that is certain; after any other error nobody knows.
    public typealias Run = @Sendable (_ words: [String], _ replica: Int) async throws -> EndedCommand

    /// What commands know, by replica.
    var values: [[String: Value]]
    /// What is redacted of their words and outputs beside the scenario's secrets.
    var sensitive: [String]
    var run: Run

    public init(values: [[String: Value]], sensitive: [String], run: @escaping Run) {
        self.values = values
        self.sensitive = sensitive
        self.run = run
    }
}

/// One command from its start to its end, used on its event loop only.
final class CommandExchange {
    private let plan: TrafficPlan
    private let replica: Int
    private let eventLoop: any EventLoop
    /// Told when it begins and when it has ended.
    private let note: (CommandExchange, Bool) -> Void
    private var task: Task<Void, Never>?
    private var isTimedOut = false
    private var answer: ReceivedAnswer?
    private var waiter: UnsafeContinuation<ReceivedAnswer, Never>?
    private var deadline = Int64.max
    /// What is left until the deadline while its time does not count.
    private var left: Int64?

    init(
        _ plan: TrafficPlan, replica: Int, on eventLoop: any EventLoop,
        note: @escaping (CommandExchange, Bool) -> Void
    ) {
        self.plan = plan
        self.replica = replica
        self.eventLoop = eventLoop
        self.note = note
    }

    /// Starts the command, which the caller has stamped and recorded.
    func send(_ request: OutgoingRequest) {
        guard let commands = plan.options.commands else { return end(nil, .refused) }
        note(self, true)
        deadline = plan.clock.now() + request.timeoutNanoseconds
        armTimer()
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        task = Task { [replica, eventLoop, plan] in
            var ended: EndedCommand?
            var failure: TransportFailure?
            do {
                ended = try await commands.run(request.command, replica)
                if ended?.output == nil { failure = .malformed }
            } catch let error as CommandNotStarted {
                failure = .refused
                plan.note("a command was not started: \(plan.redactor.redact(error.message))")
            } catch {
                failure = .disconnected
            }
            eventLoop.execute { [ended, failure] in bound.value.end(ended, failure) }
        }
    }

    func receive(isolation: isolated (any Actor)? = #isolation) async -> ReceivedAnswer {
        if let answer { return answer }
        return await withUnsafeContinuation { waiter = $0 }
    }

    func countTime(_ counts: Bool) {
        guard answer == nil, task != nil else { return }
        if !counts, left == nil {
            left = max(0, deadline - plan.clock.now())
            deadline = .max
        } else if counts, let left {
            self.left = nil
            deadline = plan.clock.now() + left
            armTimer()
        }
    }

    /// Ends the command; its answer comes once it has ended.
    func interrupt() {
        guard answer == nil else { return }
        isTimedOut = true
        task?.cancel()
    }

    private func armTimer() {
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        plan.clock.schedule(at: deadline, on: eventLoop) { bound.value.timerFired() }
    }

    private func timerFired() {
        if plan.clock.now() >= deadline { interrupt() }
    }

    private func end(_ ended: EndedCommand?, _ failure: TransportFailure?) {
        note(self, false)
        var answer = ReceivedAnswer(failure: isTimedOut ? .timeout : failure, received: plan.clock.now())
        if let ended, answer.failure == nil {
            answer.status = ended.exit
            answer.head = ByteBuffer(string: "exit \(ended.exit)\n")
        }
        answer.body = ended?.output.map { ByteBuffer(bytes: $0) }
        answer.errors = ended.map { ByteBuffer(bytes: $0.errors) }
        self.answer = answer
        waiter?.resume(returning: answer)
        waiter = nil
    }
}
