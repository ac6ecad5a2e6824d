// Leave it to the database: one serializable transaction around read, decision and write, tried again when
// the database finds that it fits no order with the others.

/// Guards by SERIALIZABLE on PostgreSQL; on SQLite a deferred transaction, whose upgrade fails when its
/// snapshot is old.
struct Serializable: Guard {
    let database: any SQLDatabase
    let limits: Limits

    func apply(_ request: ChangeRequest) async throws -> Image {
        try await Retry().run {
            try await database.transaction(.serializable) { session in
                let before = try request.load(session, limits)
                let after = try request.decide(on: before, limits: limits)
                try request.write(after, over: before, session)
                guard let image = after.image else { throw Refusal.notFound(request.imageID) }
                return image
            }
        }
    }
}
