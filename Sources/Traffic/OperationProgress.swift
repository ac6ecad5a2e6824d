// Which request of an operation comes next, and what the operation came to: steps and retries without any
// network.

import Core
import Scenarios

/// How far one operation has come.
struct OperationProgress {
    enum Next: Equatable {
        case send(step: Int, attempt: Int, pauseNanoseconds: Int64)
        case finish(Outcome)
    }

    private let plan: OperationPlan
    private(set) var step = 0
    private var tries: [Int]
    /// Whether a write attempt so far took effect or may have.
    private var mayHaveWritten = false

    init(_ plan: OperationPlan) {
        self.plan = plan
        self.tries = [Int](repeating: 0, count: plan.steps.count)
        tries[0] = 1
    }

    /// The try of the current step, from 0.
    var attempt: Int { tries[step] - 1 }

    /// The current request was answered.
    ///
    /// Only surely-failed attempts are retried, unless the step is idempotent.
    mutating func answered(
        _ outcome: Outcome, retryMatches: Bool, using generator: inout SeededGenerator
    ) -> Next {
        let current = plan.steps[step]
        if current.isWrite, outcome != .fail { mayHaveWritten = true }
        if outcome == .ok, !(retryMatches && current.declaration.idempotent) {
            guard step + 1 < plan.steps.count else { return .finish(.ok) }
            let wait = plan.steps[step + 1].declaration.wait.map {
                Int64.random(in: $0.lowerBound.nanoseconds...$0.upperBound.nanoseconds, using: &generator)
            }
            return go(to: step + 1, pauseNanoseconds: wait ?? 0)
        }
        if let retry = current.declaration.retry, retryMatches, tries[step] < retry.attempts,
            outcome == .fail || current.declaration.idempotent || !current.isWrite
        {
            let tried = tries[step]
            let ceiling = retry.backoff.nanoseconds.multipliedReportingOverflow(by: 1 << min(tried - 1, 20))
            let pause = ceiling.overflow ? Int64.max / 4 : ceiling.partialValue
            return go(
                to: min(retry.from, step),
                pauseNanoseconds: pause > 0 ? Int64.random(in: 0...pause, using: &generator) : 0)
        }
        return .finish(final(outcome))
    }

    /// The next request cannot be made, because an answer lacked what it needs.
    func cannotContinue() -> Outcome {
        plan.declaration.isRead ? .unknown : mayHaveWritten ? .unknown : .fail
    }

    private mutating func go(to next: Int, pauseNanoseconds: Int64) -> Next {
        step = next
        tries[next] += 1
        return .send(step: next, attempt: tries[next] - 1, pauseNanoseconds: pauseNanoseconds)
    }

    /// `fail` only if every write attempt failed; a lost read before the first write wrote nothing.
    private func final(_ outcome: Outcome) -> Outcome {
        if plan.declaration.isRead || outcome == .ok { return outcome }
        return mayHaveWritten ? .unknown : .fail
    }
}
