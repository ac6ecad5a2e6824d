// One request and its answer in words, for `run --once` and for what `setup` says of a refusal.

public import Core
import Histories
import NIOCore
import Scenarios

/// One exchange; secrets that the load knows are redacted.
public struct Exchange: Sendable {
    /// Of a message, this much is shown.
    static let shownBytes = 8_192

    public var operation: String
    /// Request line, headers and body as sent.
    public var request: String
    /// Status line, headers and body as received, or the failure.
    public var answer: String
    public var captures: [String: Value]
    public var outcome: Outcome
    /// Which rule decided.
    public var reason: String
}

extension Exchange {
    /// An operation that was not sent.
    init(unsent operation: String, because reason: String) {
        self.init(
            operation: operation, request: "(not sent)", answer: "(none)", captures: [:], outcome: .fail,
            reason: reason)
    }

    /// The request of an operation that was just answered.
    init(
        _ operation: OpenOperation, _ received: ReceivedAnswer, outcome: Outcome, reason: String,
        in plan: TrafficPlan
    ) {
        let steps = operation.plan.steps
        let step = steps.count == 1 ? "" : " (\(steps[operation.progress.step].declaration.name))"
        var answer = "(\(received.failure?.rawValue ?? "no answer"))"
        if var bytes = received.head {
            if let body = received.body { bytes.writeImmutableBuffer(body) }
            if let errors = received.errors { bytes.writeImmutableBuffer(errors) }
            answer = Self.shown(bytes, in: plan)
        }
        self.init(
            operation: operation.plan.name + step, request: Self.shown(operation.request.bytes, in: plan),
            answer: answer, captures: plan.redactor.redact(operation.record.captures.dictionary),
            outcome: outcome, reason: plan.redactor.redact(reason))
    }

    /// A message as lines of text, redacted, its length limited; of a body that is no text only its length.
    private static func shown(_ message: ByteBuffer, in plan: TrafficPlan) -> String {
        let bytes = message.readableBytesView
        if let end = bytes.firstRange(of: Array("\r\n\r\n".utf8))?.upperBound, bytes[end...].contains(0) {
            let head = ByteBuffer(bytes[..<end])
            return shown(head, in: plan) + "\n\n(\(Figures.grouped(bytes.endIndex - end, "byte")), no text)"
        }
        var text = plan.redactor.redact(beginning: bytes.lazy.filter { $0 != 13 }, atMost: shownBytes)
        while text.hasSuffix("\n") { text.removeLast() }
        let left = bytes.count - shownBytes
        return left > 0 ? text + "\n… \(left) bytes more" : text
    }
}
