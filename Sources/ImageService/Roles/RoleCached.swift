// Planted: a replica remembers who is an admin. Another replica revokes the role, and this one does not hear
// of it.

import Synchronization

/// Checks the role in the memory of this replica.
final class RoleCached: RoleGuard {
    let database: any SQLDatabase
    /// Until when each admin is believed to be one.
    private let admins = Mutex<[String: ContinuousClock.Instant]>([:])
    private static let lifetime = Duration.seconds(1)

    init(database: any SQLDatabase) { self.database = database }

    func perform(_ action: AdminAction) async throws -> Image {
        let start = ContinuousClock.now
        if !admins.withLock({ $0[action.user].map { start < $0 } ?? false }) {
            guard try await database.read({ try RoleTable(session: $0).isAdmin(action.user) }) else {
                throw action.refusal
            }
            admins.withLock { $0[action.user] = start + Self.lifetime }
        }
        return try await database.transaction(.plain) { try action.run($0) }
    }
}
