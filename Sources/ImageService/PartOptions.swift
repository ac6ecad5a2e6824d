// Which parts a replica has.

/// The guard of each part that is wanted; absent means that the replica does not have the part.
public struct PartOptions: Sendable {
    public init() {}

    func parts(_ database: any SQLDatabase) -> [any Part] { [] }
}
