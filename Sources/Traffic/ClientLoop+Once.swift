// `run --once`: one operation, told exchange by exchange.

import Core
import History
import NIOCore
import Scenario

extension ClientLoop {
    /// Of a message, this much is shown.
    static let shownBytes = 8_192

    /// Performs the operation and tells its exchanges, secrets redacted; gives what later operations inherit.
    func tell(_ assignment: Assignment) async throws(TrafficError) -> ([Exchange], [String: Value]) {
        var assignment = assignment
        let name = assignment.operation.name
        if let need = assignment.operation.declaration.needs {
            var generator = SeededGenerator(seed: plan.options.seed, draw: assignment.draw)
            guard let taken = plan.needs.take(need, using: &generator) else {
                return ([unsent(name, "it needs an earlier ok \(need.operation), and there is none")], [:])
            }
            assignment.inherited.merge(taken) { $1 }
        }
        journal = []
        defer { journal = nil }
        let performed: Performed
        do {
            performed = try await perform(assignment)
        } catch {
            guard error.code == .binding else { throw error }
            return ([unsent(name, error.message)], [:])
        }
        return (journal ?? [], performed.values.filter { !Traffic.ownNames.contains($0.key) })
    }

    /// Notes one exchange of an operation.
    func tell(_ operation: OpenOperation, _ received: ReceivedAnswer, outcome: Outcome, reason: String) {
        let steps = operation.plan.steps
        let step = steps.count == 1 ? "" : " (\(steps[operation.progress.step].declaration.name))"
        journal?.append(
            Exchange(
                operation: operation.plan.name + step, request: shown(operation.request.bytes),
                answer: shown(received), captures: operation.record.captures.dictionary, outcome: outcome,
                reason: redacted(reason)))
    }

    private func unsent(_ name: String, _ reason: String) -> Exchange {
        Exchange(
            operation: name, request: "(not sent)", answer: "(none)", captures: [:], outcome: .fail,
            reason: reason)
    }

    private func shown(_ answer: ReceivedAnswer) -> String {
        guard var bytes = answer.head else { return "(\(answer.failure?.rawValue ?? "no answer"))" }
        if let body = answer.body { bytes.writeImmutableBuffer(body) }
        return shown(bytes)
    }

    /// A message as lines of text, redacted, its length limited.
    private func shown(_ message: ByteBuffer) -> String {
        let bytes = message.readableBytesView
        var text = redacted(beginning: bytes.lazy.filter { $0 != 13 }, atMost: Self.shownBytes)
        while text.hasSuffix("\n") { text.removeLast() }
        let left = bytes.count - Self.shownBytes
        return left > 0 ? text + "\n… \(left) bytes more" : text
    }
}
