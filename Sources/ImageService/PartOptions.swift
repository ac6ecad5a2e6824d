// Which parts a replica has.

/// The guard of each part that is wanted; absent means that the replica does not have the part.
public struct PartOptions: Sendable {
    public var imports: ImportGuardName?
    public var roles: RoleGuardName?
    public var artifacts: ArtifactGuardName?

    public init(
        imports: ImportGuardName? = nil, roles: RoleGuardName? = nil,
        artifacts: ArtifactGuardName? = nil
    ) {
        self.imports = imports
        self.roles = roles
        self.artifacts = artifacts
    }

    func parts(_ database: any SQLDatabase, _ limits: Limits) -> [any Part] {
        var parts: [any Part] = []
        if let imports { parts.append(Imports(database: database, guardName: imports)) }
        if let roles { parts.append(Roles(database: database, guardName: roles, limits: limits)) }
        if let artifacts { parts.append(Artifacts(database: database, guardName: artifacts)) }
        return parts
    }
}
