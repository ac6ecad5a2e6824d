// Leave it to the database: one serializable transaction around read, decision and write, tried again when
// the database finds that it fits no order with the others.

/// Guards by SERIALIZABLE on PostgreSQL; on SQLite a deferred transaction, whose upgrade fails when its
/// snapshot is old.
///
/// REPEATABLE READ is the planted write skew: two requests that read each other's row and write their own do
/// not meet. Its tables have no unique index on names, which would keep them apart.
struct Serializable: Guard {
    let database: any SQLDatabase
    let limits: Limits
    var retry = Retry()
    var isolation = Isolation.serializable

    func apply(_ request: ChangeRequest) async throws -> Image {
        try await retry.run {
            try await database.transaction(isolation) { session in
                try request.applyUnlocked(session, limits)
            }
        }
    }
}
