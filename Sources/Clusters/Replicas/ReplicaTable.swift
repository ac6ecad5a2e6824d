// Which process is which replica, and whether its end was meant: read by the supervisor's reading thread.

/// The states of all replicas.
///
/// A replica is `starting` until it answered, then `up`; `down` while contend itself holds it
/// down; `dead` once it ended by itself.
struct ReplicaTable: Sendable {
    enum Phase: Sendable, Hashable { case starting, up, down, dead }

    struct Entry: Sendable, Hashable {
        var phase = Phase.down
        /// The supervisor's key of its present process.
        var key: Int?
        /// The process group of that process, once it runs.
        var group: Int32?
    }

    private(set) var entries: [Entry]
    /// Everything ends because somebody outside wants it to.
    private(set) var isEndedFromOutside = false

    init(count: Int) { entries = Array(repeating: Entry(), count: count) }

    /// A new process begins to be replica `index`.
    mutating func starts(_ index: Int, key: Int) { entries[index] = Entry(phase: .starting, key: key) }

    /// Its process was started, and leads this group.
    mutating func runs(_ index: Int, group: Int32) { entries[index].group = group }

    /// Process group of each replica that has one.
    var groups: [Int: Int32] {
        Dictionary(
            entries.enumerated().compactMap { entry in entry.element.group.map { (entry.offset, $0) } }
        ) { $1 }
    }

    /// It answered; unless it has already died.
    mutating func isReady(_ index: Int) {
        if entries[index].phase == .starting { entries[index].phase = .up }
    }

    /// Its end will be ours; `false` when it died before we could.
    mutating func takesDown(_ index: Int) -> Bool {
        guard entries[index].phase != .dead else { return false }
        entries[index].phase = .down
        return true
    }

    /// Every end from now on is ours.
    mutating func takesAllDown() {
        for index in entries.indices { _ = takesDown(index) }
    }

    /// What ends now, or has ended a moment ago, was ended by whoever ends the whole run.
    mutating func isEndedAsAWhole() {
        isEndedFromOutside = true
        takesAllDown()
    }

    /// The index of the replica that ended though it was up; `nil` for every other end.
    mutating func ended(key: Int) -> Int? {
        guard let index = entries.firstIndex(where: { $0.key == key }) else { return nil }
        switch entries[index].phase {
        case .up:
            entries[index].phase = .dead
            return index
        case .starting:
            entries[index].phase = .dead
            return nil
        case .down, .dead:
            return nil
        }
    }
}
