// Who is to go on at each decision of a trial.

import Core

/// The choices of one trial: some that are given, and a rule for all others.
public struct Plan: Sendable, Hashable {
    public enum Rule: Sendable, Hashable {
        /// Whoever went on last goes on as long as it can; then the first in this order that can.
        case stay(order: [Int])
        /// Anybody, each as likely as the others.
        case walk(seed: UInt64)
        /// Whoever has the highest priority; at the given decisions the one that goes on gets the lowest.
        case priorities([Int], changes: Set<Int>)
        /// Whoever has the highest priority, drawn for each decision; when it goes on, those that may race
        /// with it draw another.
        case racing(seed: UInt64)
    }

    /// The requests that go on at the first decisions.
    public var prefix: [Int]
    public var rule: Rule
    /// Whether a trial is worthless once a request of the prefix cannot go on; otherwise the rule takes over.
    public var isStrict: Bool

    public init(prefix: [Int] = [], rule: Rule, isStrict: Bool = true) {
        self.prefix = prefix
        self.rule = rule
        self.isStrict = isStrict
    }

    public func choices() -> Choices { Choices(self) }

    /// Whether a trial under this plan would be this one again; of a plan whose rule looks at no statement.
    public func leads(to trace: Trace) -> Bool {
        var choices = choices()
        return trace.steps.allSatisfy { choices.next(among: $0.enabled) == $0.turn.request }
    }

    /// A plan on its way through a trial.
    public struct Choices: Sendable {
        private let plan: Plan
        private var step = 0
        private var hasLeftPrefix = false
        private var last: Int?
        private var priorities: [Int] = []
        /// Of what each request waits with.
        private var drawn: [Int: UInt64] = [:]
        private var generator: SeededGenerator

        fileprivate init(_ plan: Plan) {
            self.plan = plan
            var seed: UInt64 = 0
            switch plan.rule {
            case .stay: break
            case .walk(let own), .racing(let own): seed = own
            case .priorities(let own, changes: _): priorities = own
            }
            generator = SeededGenerator(state: seed)
        }

        /// Who of the requests that can go on does, these given in order; `nil` where a strict plan names
        /// another.
        ///
        /// - Parameter turn: with which statement a request waits, as far as it is known.
        public mutating func next(
            among enabled: [Int], turn: (Int) -> Turn? = { _ in nil }
        ) -> Int? {
            defer { step += 1 }
            if step < plan.prefix.count, !hasLeftPrefix {
                let planned = plan.prefix[step]
                if enabled.contains(planned) {
                    last = planned
                    return planned
                }
                if plan.isStrict { return nil }
                hasLeftPrefix = true
            }
            switch plan.rule {
            case .stay(let order):
                if let last, enabled.contains(last) { return last }
                last = order.first { enabled.contains($0) } ?? enabled.first
            case .walk: last = enabled.randomElement(using: &generator)
            case .priorities(_, let changes):
                if changes.contains(step), let last, let place = priorities.firstIndex(of: last) {
                    priorities.append(priorities.remove(at: place))
                }
                last = priorities.first { enabled.contains($0) } ?? enabled.first
            case .racing:
                for request in enabled where drawn[request] == nil { drawn[request] = generator.next() }
                last = enabled.max { drawn[$0] ?? 0 < drawn[$1] ?? 0 }
                guard let last else { break }
                // What it waits with next is another decision.
                drawn[last] = nil
                for other in enabled where other != last {
                    guard let mine = turn(last), let theirs = turn(other) else {
                        drawn[other] = nil
                        continue
                    }
                    if mine.mayRace(with: theirs) { drawn[other] = nil }
                }
            }
            return last
        }
    }
}
