// Progress: in every window of the load, some operation of a name is answered.

import History
import Scenario

struct ProgressJudging {
    let facts: RunFacts
    let name: String

    /// Answers are ok or fail; windows that touch a fault can be left out.
    func run(_ operation: String, within: Duration, outsideFaults: Bool) -> InvariantOutcome {
        var outcome = InvariantOutcome()
        let load = facts.operations.filter { $0.phase == .load }
        guard let start = load.map(\.invoked).min(), let end = load.compactMap(\.returned).max() else {
            outcome.refusal = "the load has no answered operation"
            return outcome
        }
        let window = within.nanoseconds
        guard end - start >= window else {
            outcome.refusal = "the load lasted \(Figures.milliseconds(end - start)), less than one window"
            return outcome
        }
        let answers = load.filter { $0.name == operation && $0.outcome != .unknown }
            .compactMap(\.returned).sorted()
        let faults = outsideFaults ? facts.faults.map { ($0.start, $0.end ?? end) } : []
        outcome.judged = Int((end - start) / max(1, window))
        var worst: (length: Int64, from: Int64)?
        for (from, to) in zip([start] + answers, answers + [end]) {
            for (low, high) in Self.clear(from, to, of: faults)
            where high - low > max(window, worst?.length ?? 0) {
                worst = (high - low, low)
            }
        }
        if let worst { outcome.violations = [violation(operation, window, worst)] }
        return outcome
    }

    /// The parts of a stretch of time that no fault touches.
    static func clear(
        _ from: Int64, _ to: Int64, of faults: [(start: Int64, end: Int64)]
    ) -> [(low: Int64, high: Int64)] {
        var parts: [(low: Int64, high: Int64)] = []
        var low = from
        for fault in faults.sorted(by: { $0.start < $1.start }) where fault.end > low && fault.start < to {
            if fault.start > low { parts.append((low, fault.start)) }
            low = max(low, fault.end)
        }
        if low < to { parts.append((low, to)) }
        return parts
    }

    private func violation(
        _ operation: String, _ window: Int64, _ worst: (length: Int64, from: Int64)
    ) -> Violation {
        let waiting = facts.operations.indices.filter {
            let record = facts.operations[$0]
            return record.name == operation && record.phase == .load && record.invoked >= worst.from
        }
        return Violation(
            kind: .stuck, check: name, key: operation,
            title:
                "No \(operation) was answered for \(Figures.milliseconds(worst.length)), "
                + "where one was due every \(Figures.milliseconds(window)).",
            names: [operation], example: Array(waiting.prefix(1)),
            opening: "Nothing was answered from +\(Figures.milliseconds(worst.from)) of the run on.")
    }
}

extension Duration {
    var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
