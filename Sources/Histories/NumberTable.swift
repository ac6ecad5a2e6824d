// Positions by numbers that are mostly dense, such as those of operations and clients.

/// A table in place of a dictionary where the numbers are dense; others are kept beside it.
struct NumberTable {
    /// Beyond so many for each that is there, numbers are not dense.
    private static let spread = 8
    private static let leastRoom = 1 << 12

    /// One more than the position; 0 where there is none.
    private var dense: [UInt32] = []
    private var others: [Int: Int] = [:]
    private var count = 0

    subscript(number: Int) -> Int? {
        if dense.indices.contains(number), dense[number] > 0 { return Int(dense[number]) - 1 }
        return others.isEmpty ? nil : others[number]
    }

    /// Gives back what was there before.
    mutating func update(_ number: Int, to position: Int) -> Int? {
        let before = self[number]
        count += 1
        guard number >= 0, number < Self.leastRoom + Self.spread * count, position < UInt32.max else {
            others[number] = position
            return before
        }
        if number >= dense.count {
            dense += Array(repeating: 0, count: max(number + 1, 2 * dense.count) - dense.count)
        }
        dense[number] = UInt32(position + 1)
        return before
    }
}
