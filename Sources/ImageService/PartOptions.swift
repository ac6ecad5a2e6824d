// Which parts a replica has.

/// The guard of each part that is wanted; absent means that the replica does not have the part.
public struct PartOptions: Sendable {
    public var imports: ImportGuardName?

    public init(imports: ImportGuardName? = nil) {
        self.imports = imports
    }

    func parts(_ database: any SQLDatabase) -> [any Part] {
        var parts: [any Part] = []
        if let imports { parts.append(Imports(database: database, guardName: imports)) }
        return parts
    }
}
