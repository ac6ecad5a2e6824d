// How much, how fast, on which keys, through which replicas; faults beside it.

public struct MixEntry: Sendable, Hashable {
    public var operation: String
    /// Above zero.
    public var weight: Int
}

/// An operation that prepares a round.
public struct Preparation: Sendable, Hashable, ExpressibleByStringLiteral {
    public var operation: String
    /// `nil`: once.
    ///
    /// Otherwise each of its captures and varied values is known afterwards as a list, with an element for
    /// each time.
    public var times: Int?

    public init(operation: String, times: Int? = nil) {
        self.operation = operation
        self.times = times
    }

    public init(stringLiteral operation: String) { self.init(operation: operation) }
}

/// Entities that clients contend for; `${{ name }}` is `name-TOKEN-i`, distinct for every run.
public struct KeyDeclaration: Sendable, Hashable {
    public enum Choice: Sendable, Hashable {
        case uniform
        /// This share of operations goes to the first `keys` keys.
        case hot(share: Double, keys: Int)
    }

    public var name: String
    public var count: Int
    public var choice: Choice = .uniform
}

/// A value that each client keeps for itself from one operation to the next.
public struct StateDeclaration: Sendable, Hashable {
    public var name: String
    /// `nil`: unset until an operation keeps something.
    public var initial: TemplateValue?
}

/// Which replica a client's next request goes to.
public enum Spread: String, Sendable, Hashable, CaseIterable {
    /// Request after request, the next replica. In a burst, client k begins at replica k mod n in every
    /// round, and the further requests of its operation go to the next ones.
    case roundRobin = "round-robin"
    case random
    /// Client k always goes to replica k mod n.
    case pinned
}

public struct Load: Sendable, Hashable {
    public static let roundsRange = 1...1_000_000

    public enum Shape: Sendable, Hashable {
        /// Each client sends its next operation when the last has returned.
        case closed(clients: Int, duration: Duration)
        /// A closed load whose clients rise: so many in each of these equal parts of the duration.
        case ramp(clients: [Int], duration: Duration)
        /// Operations start at this rate; latency counts from the intended start. `clients` is the most at
        /// once.
        case open(perSecond: Double, startClients: Int, clients: Int, duration: Duration)
        /// All clients released at one instant, round after round.
        case burst(rounds: Int, clients: Int)
    }

    public var shape: Shape
    /// Operations that prepare a round, in order, by one client.
    public var before: [Preparation]
    public var mix: [MixEntry]
    /// Reads that end a round, through each replica in turn.
    public var after: [String]
    public var keys: [KeyDeclaration]
    /// What each client keeps.
    public var state: [StateDeclaration]
    public var spread: Spread

    public init(
        shape: Shape, before: [Preparation] = [], mix: [MixEntry], after: [String] = [],
        keys: [KeyDeclaration] = [], state: [StateDeclaration] = [], spread: Spread? = nil
    ) {
        self.shape = shape
        self.before = before
        self.mix = mix
        self.after = after
        self.keys = keys
        self.state = state
        self.spread = spread ?? Self.defaultSpread(of: shape)
    }

    /// In a burst the clients alone decide which replicas meet.
    private static func defaultSpread(of shape: Shape) -> Spread {
        switch shape {
        case .burst: .pinned
        case .closed, .ramp, .open: .roundRobin
        }
    }

    /// The most clients at once.
    public var clients: Int {
        switch shape {
        case .closed(let clients, _), .open(_, _, let clients, _), .burst(_, let clients): clients
        case .ramp(let clients, _): clients.last ?? 0
        }
    }
}

public struct FaultDeclaration: Sendable, Hashable {
    public enum When: Sendable, Hashable {
        /// Once, this long after the load began.
        case at(Duration)
        case every(Duration)
    }

    public enum Victim: Sendable, Hashable {
        /// By its number in the service, from 0.
        case replica(Int)
        case any
    }

    public enum Action: Sendable, Hashable {
        case pause(for: Duration)
        case kill(restartAfter: Duration)
        case restart
    }

    public var when: When
    public var victim: Victim
    public var action: Action
    /// The service or companion that is hit; `nil`: the first service.
    public var service: String?
}
