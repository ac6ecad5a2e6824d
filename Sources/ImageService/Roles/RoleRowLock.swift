// The role's row is locked for reading until the action is committed: SELECT … FOR SHARE. Who revokes the
// role waits that long; other actions of the same user do not. SQLite locks the whole file by BEGIN
// IMMEDIATE.

/// Checks the role in the action's transaction, with a lock.
struct RoleRowLock: RoleGuard {
    let database: any SQLDatabase

    func perform(_ action: AdminAction) async throws -> Image {
        try await database.transaction(.locking) { session in
            let isAdmin = try RoleTable(session: session)
                .isAdmin(action.user, locking: session.dialect.forShare)
            guard isAdmin else { throw action.refusal }
            return try action.run(session)
        }
    }
}
