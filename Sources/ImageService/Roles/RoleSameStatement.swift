// Planted, and narrow: the role is a condition of the statement that acts. It looks safe. But a server's
// statement reads the role in a snapshot, and its effect shows only at the commit: who looks in between can
// see the role revoked first, and the action done afterwards. SQLite has one writer, so that nothing races.

/// Checks the role in the action's statement, without a lock.
struct RoleSameStatement: RoleGuard {
    let database: any SQLDatabase

    func perform(_ action: AdminAction) async throws -> Image {
        try await database.transaction(.autocommit) { session in
            do {
                let condition =
                    "EXISTS (SELECT 1 FROM user_roles WHERE \(RoleTable.isAdmin(session.dialect)))"
                return try action.run(session, also: (condition, [.text(action.user)]))
            } catch let race as LostRace {
                guard try RoleTable(session: session).isAdmin(action.user) else { throw action.refusal }
                throw race
            }
        }
    }
}
