// Every schedule with a bounded number of preemptions.

import Core

/// Fewest preemptions first, so that what is found has as few as any schedule that shows it.
///
/// After iterative context bounding (Musuvathi and Qadeer, PLDI 2007). When a request cannot go on, the
/// choice among the others is free.
///
/// A schedule is left out where another one with no more preemptions differs from it only in the order of
/// statements that do not conflict. Partial-order reduction alone does not keep the bound (Coons et al.,
/// "Bounded Partial-Order Reduction", OOPSLA 2013), so only a request that goes back to where it was stopped
/// is looked at: it could have run its next statement before it was stopped.
public struct ExhaustiveStrategy: Strategy {
    private let requests: Int
    private let limit: Int
    /// Prefixes to try, by their preemptions.
    private var waiting: [[[Int]]]
    private var current: [Int]?
    /// A schedule could not be followed or judged.
    private var hasGap = false
    /// By their choices.
    private var known: [[Int]: Trace] = [:]

    public init(requests: Int, preemptions limit: Int) {
        self.requests = requests
        self.limit = limit
        waiting = Array(repeating: [], count: limit + 1)
        waiting[0] = [[]]
    }

    /// Whether every schedule was tried.
    public var isComplete: Bool { !hasGap && current == nil && waiting.allSatisfy(\.isEmpty) }

    /// Schedules that were left out with all that begin like them.
    public private(set) var pruned = 0

    /// Schedules that are known to be left.
    public var left: Int { waiting.reduce(0) { $0 + $1.count } }

    public mutating func next() -> Plan? {
        while let level = waiting.firstIndex(where: { !$0.isEmpty }) {
            let prefix = waiting[level].removeFirst()
            let plan = Plan(prefix: prefix, rule: .stay(order: Array(0..<requests)))
            if let trace = known.values.first(where: { plan.leads(to: $0) }) {
                branch(from: prefix.count, trace)
            } else {
                current = prefix
                return plan
            }
        }
        return nil
    }

    public mutating func learn(_ trace: Trace) {
        known[trace.choices] = trace
        guard let prefix = current else { return }
        guard trace.choices.starts(with: prefix) else { return giveUp() }
        current = nil
        branch(from: prefix.count, trace)
    }

    /// The trial of `next` could not be followed or judged: it stays open what it would have shown.
    public mutating func giveUp() {
        hasGap = hasGap || current != nil
        current = nil
    }

    /// What else could have been chosen behind the prefix.
    private mutating func branch(from first: Int, _ trace: Trace) {
        let choices = trace.choices
        for position in trace.steps.indices.dropFirst(first) {
            let step = trace.steps[position]
            let before = trace.preemptions(in: position)
            let last = position > 0 ? choices[position - 1] : nil
            for other in step.enabled where other != step.turn.request {
                let isPreemption = last.map { step.enabled.contains($0) && other != $0 } ?? false
                let preemptions = before + (isPreemption ? 1 : 0)
                guard preemptions <= limit else { continue }
                if returnsWithoutConflict(other, at: position, in: trace) {
                    pruned += 1
                    continue
                }
                waiting[preemptions].append(Array(choices[..<position]) + [other])
            }
        }
    }

    /// Whether the request would go on with a statement at which it was stopped, and nothing since then
    /// conflicts with that.
    private func returnsWithoutConflict(_ request: Int, at position: Int, in trace: Trace) -> Bool {
        func pending(at position: Int) -> Turn? {
            trace.steps[position].pending.first { $0.request == request }
        }
        guard let last = trace.steps[..<position].lastIndex(where: { $0.turn.request == request }),
            let turn = pending(at: position), turn == pending(at: last + 1), let own = turn.footprint
        else { return false }
        return trace.steps[(last + 1)..<position].allSatisfy { step in
            step.turn.footprint.map { !own.conflicts(with: $0) } ?? false
        }
    }
}
