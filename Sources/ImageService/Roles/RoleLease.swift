// A replica remembers an admin for the time of a lease, and a role that is revoked ends only when every lease
// is out. All replicas and all reads agree on that moment, by the database's clock: the action's statement
// asks for it as well, since a replica may stand still between its check and its statement.

import Synchronization

/// Checks the role by a lease.
final class RoleLease: RoleGuard {
    let database: any SQLDatabase
    /// When each admin's lease ends, by the database's clock.
    private let leases = Mutex<[String: Int]>([:])
    private static let leaseMilliseconds = 100
    /// For a statement that has seen the clock and is not committed yet.
    private static let graceMilliseconds = 150

    var revocationMilliseconds: Int { Self.leaseMilliseconds + Self.graceMilliseconds }

    init(database: any SQLDatabase) { self.database = database }

    func perform(_ action: AdminAction) async throws -> Image {
        let end = try await lease(of: action.user, for: action)
        do {
            return try await database.transaction(.autocommit) { session in
                try action.run(session, also: ("\(session.dialect.now) < ?", [.integer(end)]))
            }
        } catch let race as LostRace {
            // The next attempt asks for the role again.
            leases.withLock { $0[action.user] = nil }
            throw race
        }
    }

    private func lease(of user: String, for action: AdminAction) async throws -> Int {
        if let end = leases.withLock({ $0[user] }) { return end }
        let lease = try await database.read { session in
            try RoleTable(session: session).lease(of: user, milliseconds: Self.leaseMilliseconds)
        }
        guard let lease else { throw action.refusal }
        leases.withLock { $0[user] = lease }
        return lease
    }
}
