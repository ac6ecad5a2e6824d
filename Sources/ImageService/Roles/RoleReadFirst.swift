// Planted: the role is read in one transaction, and the action is another. The role may be revoked in
// between.

/// Checks the role before the action.
struct RoleReadFirst: RoleGuard {
    let database: any SQLDatabase

    func perform(_ action: AdminAction) async throws -> Image {
        guard try await database.read({ try RoleTable(session: $0).isAdmin(action.user) }) else {
            throw action.refusal
        }
        return try await database.transaction(.plain) { try action.run($0) }
    }
}
