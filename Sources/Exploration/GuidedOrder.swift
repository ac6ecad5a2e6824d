// The order of an earlier trial, to be followed on code that may have changed since.

/// Says who goes on so that the requests meet where they met before, or why they cannot.
///
/// The order is read as stretches: what one request did until another went on. In each the same statements
/// come in the same order as before: with the same first word, tables, subqueries and calls; values and
/// conditions may differ. A request that goes on again later is stopped directly before the same statement.
/// Only what follows after a request was stopped for the last time may lack statements, as a fix refuses the
/// request there. Anything new might be what races now, and then nobody was stopped at it: the order no
/// longer fits. Requests wait for locks where they waited before, and nowhere else.
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
        /// Where the request was stopped; `nil` in its last stretch.
        var stop: Turn?
        /// A lock stopped it.
        var isBlocked = false
    }

    /// Those that are not over yet.
    private var stretches: ArraySlice<Stretch>
    /// What the request of the first one has done in it.
    private var taken: [Turn] = []
    /// How many of its turns before are done or left out.
    private var position = 0

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
            stretches.append(Stretch(request: request, turns: [step.turn], waiting: waiting))
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
            if let stop = stretch.stop, turn.isAlike(stop), isComplete(stretch, before: stop) {
                removeFirst()
                continue
            }
            guard let match = match(turn, in: stretch) else { return differs(stretch, quoted(turn)) }
            position = match + 1
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

    /// Whether all has come that must come before the request is stopped.
    private func isComplete(_ stretch: Stretch, before stop: Turn) -> Bool {
        stretch.turns.dropFirst(position).allSatisfy { isSpare($0, before: stop) }
    }

    /// A read before a write may be left out if its tables were read: what was read is older than what the
    /// others do meanwhile.
    private func isSpare(_ turn: Turn, before stop: Turn) -> Bool {
        let isRead = turn.writes.isEmpty && !turn.isEnd && !turn.reads.isEmpty
        let read = taken.reduce(into: Set<String>()) { $0.formUnion($1.reads) }
        return isRead && (stop.isEnd || !stop.writes.isEmpty) && turn.reads.isSubset(of: read)
    }

    /// Where in the stretch the statement was before; in a last one, others may have been left out.
    private func match(_ turn: Turn, in stretch: Stretch) -> Int? {
        let rest = stretch.turns.indices.dropFirst(position)
        if let stop = stretch.stop {
            let next = rest.first {
                !isSpare(stretch.turns[$0], before: stop) || turn.isAlike(stretch.turns[$0])
            }
            return next.flatMap { turn.isAlike(stretch.turns[$0]) ? $0 : nil }
        }
        guard !taken.isEmpty else {
            return rest.first.flatMap { turn.isAlike(stretch.turns[$0]) ? $0 : nil }
        }
        return rest.first { turn.isAlike(stretch.turns[$0]) || turn.isEnd && stretch.turns[$0].isEnd }
    }

    /// Its request waits for a lock or was answered: the stretch is over, or that is the difference.
    private mutating func difference(ofSilent stretch: Stretch, _ waiting: Set<Int>) -> Choice? {
        let isWaiting = waiting.contains(stretch.request)
        if isWaiting, stretch.isBlocked, position == stretch.turns.count {
            removeFirst()
            return nil
        }
        guard !isWaiting, stretch.stop == nil, !taken.isEmpty else {
            return differs(stretch, isWaiting ? "a wait for a lock" : "its answer")
        }
        return close(stretch)
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
        position = 0
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
        let next = position < stretch.turns.count ? stretch.turns[position] : stretch.stop
        return .differs(request: stretch.request, expected: next.map(quoted) ?? "its answer", came: came)
    }

    private func quoted(_ turn: Turn) -> String { "`\(turn.statement)`" }
}

extension Turn {
    /// Whether it is the same statement as far as the order goes: its values and conditions may have changed.
    ///
    /// A statement that names no table may do anything, so that only the same text is alike.
    func isAlike(_ other: Turn) -> Bool {
        if statement == other.statement { return true }
        return shape == other.shape && reads == other.reads && writes == other.writes && isEnd == other.isEnd
            && (isEnd || !reads.isEmpty)
    }

    /// The first word, each SELECT, and what stands before a parenthesis: functions, lists of columns.
    private var shape: [Substring] {
        let words = statement.split(separator: " ")
        let calls = zip(words, words.dropFirst()).filter { $1 == "(" }.map(\.0)
        return words.prefix(1) + words.filter { $0.uppercased() == "SELECT" } + calls
    }
}
