// Leave it to the database: one serializable transaction around read, decision and write, tried again when
// the database finds that it fits no order with the others.

/// Guards by SERIALIZABLE on PostgreSQL; on SQLite a deferred transaction, whose upgrade fails when its
/// snapshot is old.
struct Serializable: Guard {
    let database: any SQLDatabase
    let limits: Limits
    var retry = Retry()

    func apply(_ request: ChangeRequest) async throws -> Image {
        try await retry.run {
            try await database.transaction(.serializable) { session in
                try request.applyUnlocked(session, limits)
            }
        }
    }
}
