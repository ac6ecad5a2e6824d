// A set of small numbers that is one word as long as they stay below 64.

struct SmallBitSet: Hashable, Sendable {
    private var low: UInt64 = 0
    /// Without trailing zero words, so that equal sets are equal values.
    private var high: [UInt64] = []

    var isEmpty: Bool { low == 0 && high.isEmpty }

    func contains(_ member: Int) -> Bool {
        if member < 64 { return low & (1 << UInt64(member)) != 0 }
        let word = member / 64 - 1
        return word < high.count && high[word] & (1 << UInt64(member % 64)) != 0
    }

    mutating func insert(_ member: Int) {
        if member < 64 {
            low |= 1 << UInt64(member)
            return
        }
        let word = member / 64 - 1
        while high.count <= word { high.append(0) }
        high[word] |= 1 << UInt64(member % 64)
    }

    mutating func remove(_ member: Int) {
        if member < 64 {
            low &= ~(1 << UInt64(member))
            return
        }
        let word = member / 64 - 1
        guard word < high.count else { return }
        high[word] &= ~(1 << UInt64(member % 64))
        while high.last == 0 { high.removeLast() }
    }

    func isSubset(of other: SmallBitSet) -> Bool {
        guard low & ~other.low == 0, high.count <= other.high.count else { return false }
        return zip(high, other.high).allSatisfy { $0 & ~$1 == 0 }
    }
}
