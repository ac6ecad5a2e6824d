// When a run may end before its load does: as soon as what is looked for is found.

public import Checking
public import Core

/// What is looked for, so that a burst can stop between two batches of rounds as soon as it is there.
public enum Goal: Sendable, Hashable {
    case anyFinding
    case safety
    case kind(FindingKind)

    public func isReached(by judgement: Judgement) -> Bool {
        switch self {
        case .anyFinding: !judgement.newFindings.isEmpty
        case .safety: judgement.newFindings.contains { $0.kind.severity == .safety }
        case .kind(let kind): judgement.newFindings.contains { $0.kinds.contains(kind) }
        }
    }
}

/// Rounds in growing batches, judged in between: early findings come early, and late ones cost little.
struct RoundBatches: Sequence, IteratorProtocol {
    static let firstSize = 10
    static let largestSize = 160

    let rounds: Int
    private var done = 0
    private var size = firstSize

    init(rounds: Int) { self.rounds = rounds }

    mutating func next() -> Range<Int>? {
        guard done < rounds else { return nil }
        let batch = done..<Swift.min(done + size, rounds)
        done = batch.upperBound
        size = Swift.min(size * 2, Self.largestSize)
        return batch
    }
}
