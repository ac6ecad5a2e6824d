// What a statement touches, where that is certain.

/// The tables of a statement, by name.
public struct Footprint: Sendable, Hashable {
    public var reads: Set<String>
    public var writes: Set<String>
    /// Read and locked: it makes no difference to whoever only reads.
    public var locks: Set<String>

    public init(reads: Set<String> = [], writes: Set<String> = [], locks: Set<String> = []) {
        self.reads = reads
        self.writes = writes
        self.locks = locks
    }

    /// Whether the order of the two statements may make a difference.
    public func conflicts(with other: Footprint) -> Bool {
        isDisturbed(by: other) || other.isDisturbed(by: self) || !locks.isDisjoint(with: other.locks)
    }

    private func isDisturbed(by other: Footprint) -> Bool {
        !other.writes.isDisjoint(with: reads.union(writes).union(locks))
    }
}
