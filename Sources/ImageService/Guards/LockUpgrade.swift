// A planted deadlock: the row is locked for reading first and for writing later. Two requests that both hold
// the first lock wait for each other to give it up. SELECT … FOR SHARE, then UPDATE on PostgreSQL; on SQLite
// a deferred transaction that reads, then writes.

/// Guards by a shared lock that is upgraded; nothing is tried again, so that clients see what happens.
struct LockUpgrade: Guard {
    let database: any SQLDatabase
    let limits: Limits

    func apply(_ request: ChangeRequest) async throws -> Image {
        AttemptCount.current?.add()
        return try await database.transaction(.plain) { session in
            _ = try session.rows(
                "SELECT project FROM images WHERE id = ?\(session.dialect.forShare)",
                [.text(request.imageID)])
            return try request.applyUnlocked(session, limits)
        }
    }
}
