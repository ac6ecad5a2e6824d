// What all answers that are under way may hold together: a limit on each alone is none on ten thousand.

import Core

/// Bytes that connections hold of answers that are not whole yet.
final class AnswerBudget: Sendable {
    private struct State {
        var held = 0
        var refused = 0
    }

    let limitBytes: Int
    private let state = Locked(State())

    init(limitBytes: Int) { self.limitBytes = limitBytes }

    /// Answers that were given up because all together held too much.
    var refused: Int { state.withLock { $0.refused } }

    /// A connection holds so many bytes more, or fewer; `false` if that is too much: it has to give up.
    func hold(_ more: Int) -> Bool {
        state.withLock { state in
            state.held += more
            guard more > 0, state.held > limitBytes else { return true }
            state.refused += 1
            return false
        }
    }
}
