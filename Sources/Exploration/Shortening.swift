// From the schedule of a finding to the fewest switches and requests that still show it.

/// Joins switches one by one, then leaves out requests one by one, as long as each step is confirmed; where
/// that ends early, tries one request that stops once.
///
/// Greedy: what is left has no switch and no request that could be taken away alone. The caller runs each
/// candidate and says which of them still show the finding.
public struct Shortening: Sendable {
    /// A shorter schedule to try.
    public struct Candidate: Sendable, Hashable {
        /// Those of the first schedule's requests that are left.
        public var requests: [Int]
        /// By the positions of those that are left.
        public var choices: [Int]

        /// Whoever cannot go on as planned lets the others do so.
        public var plan: Plan {
            Plan(prefix: choices, rule: .stay(order: Array(requests.indices)), isStrict: false)
        }
    }

    /// The shortest that is confirmed.
    public private(set) var best: Candidate
    private var tried: Set<Candidate> = []

    public init(_ trace: Trace, requests: Int) {
        best = Candidate(requests: Array(0..<requests), choices: trace.choices)
    }

    /// What to try next; `nil` if nothing shorter is left.
    public mutating func next() -> Candidate? {
        let next = (joined + dropped + interrupted).first { !tried.contains($0) }
        if let next { tried.insert(next) }
        return next
    }

    /// Whether a trial of the candidate has become shorter than the best.
    public func isShorter(_ trace: Trace, of candidate: Candidate) -> Bool {
        let switches = Self.blocks(of: best.choices).count - 1
        return candidate.requests.count < best.requests.count
            ? trace.switches <= switches : trace.switches < switches
    }

    /// The trial of the candidate shows the finding, and so did its repetition.
    public mutating func accept(_ candidate: Candidate, _ trace: Trace) {
        best = Candidate(requests: candidate.requests, choices: trace.choices)
    }

    /// With two parts of one request brought together: the later one forward, or the earlier one back.
    private var joined: [Candidate] {
        let blocks = Self.blocks(of: best.choices)
        return blocks.indices.flatMap { first -> [Candidate] in
            guard let second = blocks[(first + 1)...].firstIndex(where: { $0[0] == blocks[first][0] }) else {
                return []
            }
            let between = Array(blocks[(first + 1)..<second])
            let pair = [blocks[first], blocks[second]]
            return [pair + between, between + pair].map { middle in
                Candidate(
                    requests: best.requests,
                    choices: (blocks[..<first] + middle + blocks[(second + 1)...]).flatMap { $0 })
            }
        }
    }

    /// One request stops once, and all others run meanwhile: locks may forbid the steps between the best and
    /// this.
    private var interrupted: [Candidate] {
        guard Self.blocks(of: best.choices).count - 1 > best.requests.count else { return [] }
        return best.requests.indices.flatMap { request -> [Candidate] in
            let own = best.choices.filter { $0 == request }
            let others = best.requests.indices.filter { $0 != request }.flatMap { other in
                best.choices.filter { $0 == other }
            }
            return own.indices.dropFirst().map { stop in
                Candidate(requests: best.requests, choices: own[..<stop] + others + own[stop...])
            }
        }
    }

    /// Without one of the requests.
    private var dropped: [Candidate] {
        guard best.requests.count > 2 else { return [] }
        return best.requests.indices.map { gone in
            var requests = best.requests
            requests.remove(at: gone)
            return Candidate(
                requests: requests,
                choices: best.choices.filter { $0 != gone }.map { $0 > gone ? $0 - 1 : $0 })
        }
    }

    /// Consecutive decisions of one request.
    private static func blocks(of choices: [Int]) -> [[Int]] {
        choices.reduce(into: []) { blocks, choice in
            if blocks.last?.last == choice {
                blocks[blocks.count - 1].append(choice)
            } else {
                blocks.append([choice])
            }
        }
    }
}
