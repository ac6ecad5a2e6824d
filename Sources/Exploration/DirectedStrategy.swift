// Predicts from a serial trial where a conflict can be: one request has read what another writes, and has not
// yet used what it read.

/// One preemption at the place where another request may write between a read and its use.
///
/// After the prediction of data races from one observed trace (Savage et al., "Eraser", 1997; Sen, "Race
/// Directed Random Testing", 2008), with tables in the place of memory. A prediction may be wrong, which one
/// trial shows.
public struct DirectedStrategy: Strategy {
    private struct Candidate {
        var plan: Plan
        /// The smaller, the sooner.
        var rank: [Int]
    }

    private let requests: Int
    private var candidates: [Candidate] = []
    private var tried: Set<[Int]> = []
    /// Tables that a request writes, as far as any trial has shown; of equal operations each may write what
    /// the other does.
    private var writes: [Set<String>]
    private let operations: [String]

    public init(operations: [String]) {
        self.operations = operations
        requests = operations.count
        writes = Array(repeating: [], count: operations.count)
    }

    public mutating func next() -> Plan? {
        while let best = candidates.indices.min(by: { isSooner(candidates[$0], candidates[$1]) }) {
            let candidate = candidates.remove(at: best)
            if tried.insert(candidate.plan.prefix).inserted { return candidate.plan }
        }
        return nil
    }

    private func isSooner(_ one: Candidate, _ other: Candidate) -> Bool {
        one.rank.lexicographicallyPrecedes(other.rank)
    }

    public mutating func learn(_ trace: Trace) {
        for step in trace.steps {
            for request in 0..<requests where operations[request] == operations[step.turn.request] {
                writes[request].formUnion(step.turn.writes)
            }
        }
        // Only a trial of one request after the other shows what each does by itself; the second one may do
        // something else when it comes first, which costs one trial.
        guard trace.switches < requests else { return }
        for request in 0..<requests {
            let own = trace.steps.map(\.turn).filter { $0.request == request }
            for other in 0..<requests where other != request { predict(request, own, other) }
        }
    }

    /// Preemptions of `own` by another request, from just before the first use of what was read.
    private mutating func predict(_ first: Int, _ own: [Turn], _ other: Int) {
        for position in own.indices.dropFirst() {
            let read = own[..<position].reduce(into: Set<String>()) { $0.formUnion($1.reads) }
            let conflict = !read.isDisjoint(with: writes[other])
            let transaction = own[..<position].reversed().prefix { !$0.isEnd }
            let hasWritten = transaction.contains { !$0.writes.isEmpty }
            let rest = own[position...]
            guard rest.contains(where: { !$0.writes.isEmpty || $0.isEnd }) else { continue }
            let isNext = !own[position].writes.isEmpty || own[position].isEnd
            candidates.append(
                Candidate(
                    plan: Plan(
                        prefix: Array(repeating: first, count: position) + [other],
                        rule: .stay(order: [other] + (0..<requests).filter { $0 != other }),
                        isStrict: false),
                    rank: [conflict ? 0 : 1, hasWritten ? 1 : 0, isNext ? 0 : 1, position]))
        }
    }
}
