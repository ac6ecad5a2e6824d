// Remembers in which order a search placed calls, for all its branches at once.

/// A tree of placements: each node knows its call and the placement before it.
struct PlacementTree {
    private var calls: [Int32] = []
    private var parents: [Int32] = []

    /// Adds a node behind `last`, which becomes it.
    mutating func place(_ call: Int, after last: inout Int32) {
        calls.append(Int32(call))
        parents.append(last)
        last = Int32(calls.count - 1)
    }

    /// The calls from the first placement to this one.
    func path(to last: Int32) -> [Int] {
        var path: [Int] = []
        var node = last
        while node >= 0 {
            path.append(Int(calls[Int(node)]))
            node = parents[Int(node)]
        }
        return path.reversed()
    }
}
