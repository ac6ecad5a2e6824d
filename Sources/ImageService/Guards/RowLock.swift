// Pessimistic: hold the rows that the decision reads from before reading them until the commit. SELECT … FOR
// UPDATE on PostgreSQL; SQLite has one lock for the whole file, taken by BEGIN IMMEDIATE.

/// Guards by locks, always taken in the order image, project, so that no two requests wait for each other.
struct RowLock: Guard {
    let database: any SQLDatabase
    let limits: Limits

    func apply(_ request: ChangeRequest) async throws -> Image {
        try await Retry().run {
            try await database.transaction(.locking) { session in
                try lock(request, session)
                // A statement of its own: one that waited for the lock would have read the other tables
                // before waiting.
                let before = try request.load(session, limits)
                let after = try request.decide(on: before, limits: limits)
                try request.write(after, over: before, session)
                guard let image = after.image else { throw Refusal.notFound(request.imageID) }
                return image
            }
        }
    }

    private func lock(_ request: ChangeRequest, _ session: any SQLSession) throws {
        let owner = try session.rows(
            "SELECT project FROM images WHERE id = ?\(session.dialect.forUpdate)",
            [.text(request.imageID)]
        ).first?.text(0)
        let needsProject =
            request.change.countsStorage || (limits.uniqueNames && request.change.requestedName != nil)
        if needsProject { try ProjectTable(session: session).lock(owner ?? request.newOwner) }
    }
}
