// Progress: in every window of the load, some operation of a name is answered.

import Core
import Histories
import Scenarios

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
        let asked = load.filter { $0.name == operation }
        guard !asked.isEmpty else {
            outcome.refusal = "no \(operation) was sent in the load"
            return outcome
        }
        let answers = asked.filter { $0.outcome != .unknown }.compactMap(\.returned).sorted()
        let faults = outsideFaults ? facts.faults.map { ($0.start, $0.end ?? end) } : []
        outcome.judged = Int((end - start) / max(1, window))
        var worst: (from: Int64, to: Int64)?
        let stretches = zip([start] + answers, answers + [end]).filter { $1 - $0 > window }
        for (low, high) in Self.waits(asked, in: stretches) {
            for (from, to) in Self.clear(low, high, of: faults)
            where to - from > max(window, worst.map { $0.to - $0.from } ?? 0) {
                worst = (from, to)
            }
        }
        if let worst { outcome.violations = [violation(operation, window, worst)] }
        return outcome
    }

    /// Of each stretch without an answer the part in which one was waited for: nobody answers what nobody
    /// asks.
    private static func waits(
        _ asked: [OperationRecord], in stretches: [(Int64, Int64)]
    ) -> [(low: Int64, high: Int64)] {
        let ordered = asked.map { (begin: $0.invoked, end: $0.returned ?? .max) }.sorted {
            $0.begin < $1.begin
        }
        return stretches.compactMap { from, to in
            let waiting = ordered.filter { $0.begin < to && $0.end > from }
            guard let begin = waiting.map(\.begin).min(), let end = waiting.map(\.end).max() else {
                return nil
            }
            let (low, high) = (max(from, begin), min(to, end))
            return low < high ? (low, high) : nil
        }
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
        _ operation: String, _ window: Int64, _ worst: (from: Int64, to: Int64)
    ) -> Violation {
        let waiting = facts.operations.indices.filter {
            let record = facts.operations[$0]
            return record.name == operation && record.phase == .load && record.invoked < worst.to
                && record.returned ?? .max > worst.from
        }
        let (from, to) = (Figures.milliseconds(worst.from), Figures.milliseconds(worst.to))
        return Violation(
            kind: .stuck, check: name, key: operation,
            title:
                "No \(operation) was answered for \(Figures.milliseconds(worst.to - worst.from)), "
                + "where one was due every \(Figures.milliseconds(window)).",
            names: [operation], example: Array(waiting.prefix(1)),
            opening: "No \(operation) was answered from +\(from) to +\(to) of the run; "
                + "\(waiting.count) waited for an answer.")
    }
}
