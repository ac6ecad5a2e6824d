// The least and the most that a read of a counter can give: what was surely added and taken by then, and what
// may have been.

/// The figures of one read, from a count that is known.
struct CountBounds {
    /// The changes that they are made of.
    private let changes: [Call<CounterAction>]
    private let read: Call<CounterAction>
    /// The count from which they start.
    let start: Int
    /// A read that gave `start`; else it was there at first.
    let startRead: Call<CounterAction>?

    /// Where the beginning is not known, by the example's first read.
    init?(of read: Call<CounterAction>, _ contradiction: Contradiction<CounterModel>) {
        self.read = read
        if contradiction.before.initial.isBound {
            start = contradiction.before.initial.count
            startRead = nil
            changes = Self.scope(contradiction)
            return
        }
        let earlier = contradiction.reads.first { $0.returned ?? .max < read.invoked }
        guard let earlier, case .observe(let count) = earlier.action else { return nil }
        start = count
        startRead = earlier
        changes = contradiction.key.calls
    }

    /// The changes of the example's stretch, and all that came later.
    private static func scope(_ contradiction: Contradiction<CounterModel>) -> [Call<CounterAction>] {
        guard contradiction.isRestarted else { return contradiction.key.calls }
        let end = contradiction.pool.map(\.invoked).max() ?? .max
        return contradiction.pool + contradiction.key.calls.filter { $0.invoked > end }
    }

    /// The same for another read.
    func bounds(of other: Call<CounterAction>) -> ClosedRange<Int> {
        let low = start + sum(sure(before: other)) + sum(unsure(by: other)) { min(0, $0) }
        let high = start + sum(sure(before: other)) + sum(unsure(by: other)) { max(0, $0) }
        return low...high
    }

    var bounds: ClosedRange<Int> { bounds(of: read) }

    /// Acknowledged changes that count for sure: additions, or what was taken away.
    func sure(isAddition: Bool) -> [Call<CounterAction>] {
        sure(before: read).filter { (amount($0) > 0) == isAddition && amount($0) != 0 }
    }

    /// How the least or the most is made up, as a sentence.
    func account(isLeast: Bool) -> String {
        let sure = sure(before: read)
        let unsure = unsure(by: read)
        let added = sum(sure) { max(0, $0) } + (isLeast ? 0 : sum(unsure) { max(0, $0) })
        let taken = sum(sure) { max(0, -$0) } + (isLeast ? sum(unsure) { max(0, -$0) } : 0)
        var text = "\(start)"
        if added > 0 {
            text += " and \(added) \(isLeast ? "added before it" : "that may have been added by then")"
        }
        if taken > 0 {
            text += ", less \(taken) \(isLeast ? "that may have been taken by then" : "taken before it")"
            text += ","
        }
        let bound = isLeast ? bounds.lowerBound : bounds.upperBound
        return "Together: \(text) make \(isLeast ? "at least" : "at most") \(bound)."
    }

    private func amount(_ call: Call<CounterAction>) -> Int {
        switch call.action {
        case .change(let amount): amount
        case .observe: 0
        }
    }

    private func sum(_ calls: [Call<CounterAction>], _ part: (Int) -> Int = { $0 }) -> Int {
        calls.reduce(0) { $0 + part(amount($1)) }
    }

    private func sure(before other: Call<CounterAction>) -> [Call<CounterAction>] {
        changes.filter {
            $0.returned ?? .max < other.invoked && $0.invoked > startRead?.returned ?? .min
        }
    }

    private func unsure(by other: Call<CounterAction>) -> [Call<CounterAction>] {
        let from = startRead?.invoked ?? .min
        return changes.filter { call in
            guard call.invoked <= other.returned ?? .max, call.returned ?? .max >= from else { return false }
            let isSure = call.returned ?? .max < other.invoked && call.invoked > startRead?.returned ?? .min
            return !isSure
        }
    }
}
