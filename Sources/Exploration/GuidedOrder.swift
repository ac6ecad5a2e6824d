// The order of an earlier trial, to be followed on code that may have changed since.

/// Says who goes on so that the requests meet where they met before, or why they cannot.
///
/// The order is read as stretches: what one request did until another went on. A request that goes on again
/// later was stopped directly before a statement, and is stopped directly before the same one now: one with
/// the same first word and the same tables. Until then it writes and ends transactions as before. If it was
/// stopped before a statement that only reads, it reads as before too; before any other, all that it has read
/// by then is older than what the others do meanwhile, whatever it is.
///
/// The last stretch of a request ends with its answer, whatever it sends until then. But if others follow, it
/// must have written some of what it wrote; and if it was stopped before, it may not write the same tables
/// more often in that transaction, as the race might be about such a write, which nobody was stopped at.
/// Requests wait for locks where they waited before, and nowhere else.
public struct GuidedOrder: Sendable {
    /// One decision of the earlier trial.
    public struct Step: Sendable {
        public var turn: Turn
        /// Who could have gone on.
        public var enabled: [Int]

        public init(_ turn: Turn, enabled: [Int]) {
            self.turn = turn
            self.enabled = enabled
        }
    }

    public enum Choice: Sendable, Hashable {
        case goesOn(Int)
        /// What was expected of a request, and what came instead.
        case differs(request: Int, expected: String, came: String)
    }

    private struct Stretch {
        var request: Int
        var turns: [Turn]
        /// Those with later decisions that waited for a lock when it began.
        var waiting: Set<Int>
        /// The request had been stopped before.
        var isResumed: Bool
        /// Where it was stopped; `nil` in its last stretch.
        var stop: Turn?
        /// A lock stopped it.
        var isBlocked = false

        /// Whether its reads count as well.
        var isStrict: Bool { isBlocked || stop?.leavesTraces != true }
        /// What must come again until the stop.
        var fixed: [Turn] { isStrict ? turns : turns.filter(\.leavesTraces) }
    }

    /// Those that are not over yet.
    private var stretches: ArraySlice<Stretch>
    /// What the request of the first one has done in it.
    private var taken: [Turn] = []

    public init(_ steps: [Step]) {
        var stretches: [Stretch] = []
        for (index, step) in steps.enumerated() {
            let request = step.turn.request
            if stretches.last?.request == request {
                stretches[stretches.count - 1].turns.append(step.turn)
                continue
            }
            let before = stretches.lastIndex { $0.request == request }
            if let before { stretches[before].stop = step.turn }
            let waiting = Set(steps[index...].map(\.turn.request)).subtracting(step.enabled)
            if let last = stretches.last, waiting.contains(last.request) {
                stretches[stretches.count - 1].isBlocked = true
            }
            stretches.append(
                Stretch(
                    request: request, turns: [step.turn], waiting: waiting, isResumed: before != nil))
        }
        self.stretches = stretches[...]
    }

    /// Who goes on, of the requests at a decision, while others wait for locks.
    public mutating func next(_ held: [Int: Turn], waiting: Set<Int>) -> Choice {
        while let stretch = stretches.first {
            if taken.isEmpty, let difference = difference(in: waiting, held, from: stretch) {
                return difference
            }
            guard let turn = held[stretch.request] else {
                if let difference = difference(ofSilent: stretch, waiting) { return difference }
                continue
            }
            if let stop = stretch.stop, !taken.isEmpty, isStopped(stretch, before: turn) {
                guard turn.isAlike(stop) else { return differs(stretch, quoted(turn)) }
                removeFirst()
                continue
            }
            if let difference = difference(of: turn, in: stretch) { return difference }
            taken.append(turn)
            return .goesOn(stretch.request)
        }
        let (request, turn) = held.min { $0.key < $1.key } ?? (0, Turn(request: 0, statement: ""))
        return .differs(request: request, expected: "no further statement", came: quoted(turn))
    }

    /// What is left of the order once every request is answered, if anything is.
    public mutating func end() -> Choice? {
        while let stretch = stretches.first {
            guard stretch.stop == nil, !taken.isEmpty else { return differs(stretch, "its answer") }
            if let difference = close(stretch) { return difference }
        }
        return nil
    }

    /// What has come again of what must.
    private func repeated(_ stretch: Stretch) -> Int {
        stretch.isStrict ? taken.count : taken.count(where: \.leavesTraces)
    }

    /// Whether nothing but the stop can come now.
    private func isStopped(_ stretch: Stretch, before turn: Turn) -> Bool {
        repeated(stretch) == stretch.fixed.count && (stretch.isStrict || turn.leavesTraces)
    }

    /// Its request waits for a lock or was answered: the stretch is over, or that is the difference.
    private mutating func difference(ofSilent stretch: Stretch, _ waiting: Set<Int>) -> Choice? {
        let isWaiting = waiting.contains(stretch.request)
        if isWaiting, stretch.isBlocked, repeated(stretch) == stretch.fixed.count {
            removeFirst()
            return nil
        }
        guard !isWaiting, stretch.stop == nil, !taken.isEmpty else {
            return differs(stretch, isWaiting ? "a wait for a lock" : "its answer")
        }
        return close(stretch)
    }

    private func difference(of turn: Turn, in stretch: Stretch) -> Choice? {
        if taken.isEmpty, stretch.isResumed, !turn.isAlike(stretch.turns[0]) {
            return differs(stretch, quoted(turn))
        }
        guard stretch.stop != nil else { return difference(ofLast: turn, in: stretch) }
        guard turn.leavesTraces || stretch.isStrict else { return nil }
        let position = repeated(stretch)
        let isAlike = position < stretch.fixed.count && turn.isAlike(stretch.fixed[position])
        return isAlike ? nil : differs(stretch, quoted(turn))
    }

    /// In the transaction behind the stop the same tables are written no more often than before.
    private func difference(ofLast turn: Turn, in stretch: Stretch) -> Choice? {
        guard stretch.isResumed, let first = stretch.turns.first, !turn.writes.isDisjoint(with: first.writes),
            !taken.contains(where: \.isEnd)
        else { return nil }
        func count(_ turns: some Sequence<Turn>) -> Int {
            turns.prefix { !$0.isEnd }.count { !$0.writes.isDisjoint(with: first.writes) }
        }
        guard count(taken) >= count(stretch.turns) else { return nil }
        return .differs(
            request: stretch.request, expected: "the end of its transaction", came: quoted(turn))
    }

    /// The request of the stretch was answered.
    private mutating func close(_ stretch: Stretch) -> Choice? {
        func used(_ turns: [Turn], _ tables: KeyPath<Turn, Set<String>>) -> Set<String> {
            turns.reduce(into: []) { $0.formUnion($1[keyPath: tables]) }
        }
        let tables = used(stretch.turns, \.writes).isEmpty ? \Turn.reads : \Turn.writes
        let before = used(stretch.turns, tables)
        if stretches.count > 1, !before.isEmpty, before.isDisjoint(with: used(taken, tables)),
            let missing = stretch.turns.first(where: { !$0[keyPath: tables].isEmpty })
        {
            return .differs(
                request: stretch.request, expected: quoted(missing), came: "its answer without it")
        }
        removeFirst()
        return nil
    }

    private mutating func removeFirst() {
        stretches.removeFirst()
        taken = []
    }

    /// A request that waits where it did not, or the other way round.
    private func difference(
        in waiting: Set<Int>, _ held: [Int: Turn], from stretch: Stretch
    ) -> Choice? {
        let waiting = waiting.intersection(stretches.map(\.request))
        guard let request = waiting.symmetricDifference(stretch.waiting).min() else { return nil }
        guard waiting.contains(request) else {
            let came = held[request].map(quoted) ?? "its answer"
            return .differs(request: request, expected: "a wait for a lock", came: came)
        }
        let next = stretches.first { $0.request == request }
        return .differs(
            request: request, expected: next?.turns.first.map(quoted) ?? "its answer",
            came: "a wait for a lock")
    }

    /// Something came that is not what the stretch goes on with.
    private func differs(_ stretch: Stretch, _ came: String) -> Choice {
        let position = repeated(stretch)
        let next = position < stretch.fixed.count ? stretch.fixed[position] : stretch.stop
        return .differs(request: stretch.request, expected: next.map(quoted) ?? "its answer", came: came)
    }

    private func quoted(_ turn: Turn) -> String { "`\(turn.statement)`" }
}

extension Turn {
    /// Whether it is the same statement as far as the order goes: its text may have changed.
    ///
    /// A statement that names no table may do anything, so that only the same text is alike.
    func isAlike(_ other: Turn) -> Bool {
        if statement == other.statement { return true }
        let isSameWord = statement.prefix { $0 != " " } == other.statement.prefix { $0 != " " }
        return isSameWord && reads == other.reads && writes == other.writes && isEnd == other.isEnd
            && (isEnd || !reads.isEmpty)
    }

    /// Whether it may be more than a read.
    fileprivate var leavesTraces: Bool { isEnd || !writes.isEmpty || reads.isEmpty }
}
