// The worker locks the row that it reads, and others pass over it: SELECT … FOR UPDATE SKIP LOCKED. SQLite
// has no row locks; BEGIN IMMEDIATE lets one worker look at a time. The lock ends with the claim, so that
// lease and fencing token are needed as ever.

/// Claims by a row lock with a lease, and finishes only what is still its own.
struct ClaimSkipLocked: ImportGuard {
    let database: any SQLDatabase

    func claim() async throws -> Claim? {
        try await database.transaction(.locking) { session in
            let tasks = TaskTable(session: session)
            let locking = session.dialect.forUpdateSkipLocked
            guard let next = try tasks.next(orExpired: true, locking: locking) else { return nil }
            return try tasks.take(next, ifUnchanged: false)
        }
    }

    func finish(_ claim: Claim) async throws { try await finish(claim, ifStillMine: true) }
}
