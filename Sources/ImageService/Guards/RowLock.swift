// Pessimistic: hold the rows that the decision reads from before reading them until the commit. SELECT … FOR
// UPDATE on PostgreSQL; SQLite has one lock for the whole file, taken by BEGIN IMMEDIATE.

/// Guards by locks, taken in the order image, project, so that no two requests wait for each other.
///
/// Several images are locked in the order of their ids; in the order of the request, two requests that name
/// them the other way round wait for each other, which is the planted deadlock.
struct RowLock: Guard {
    enum Order: Sendable { case byID, asRequested }

    let database: any SQLDatabase
    let limits: Limits
    var order = Order.byID

    func apply(_ request: ChangeRequest) async throws -> Image {
        try await Retry().run {
            try await database.transaction(.locking) { session in
                try request.applyLocked(session, limits)
            }
        }
    }

    /// All of them in one transaction, or none.
    func applyAll(_ requests: [ChangeRequest]) async throws -> [Image] {
        let ordered =
            switch order {
            case .byID: requests.sorted { $0.imageID < $1.imageID }
            case .asRequested: requests
            }
        return try await Retry().run {
            try await database.transaction(.locking) { session in
                try ordered.map { try $0.applyLocked(session, limits) }
            }
        }
    }
}

extension ChangeRequest {
    /// Locks the rows, then reads, decides and writes.
    func applyLocked(_ session: any SQLSession, _ limits: Limits) throws -> Image {
        try lock(session, limits)
        // A statement of its own: one that waited for the lock would have read the other tables before
        // waiting.
        return try applyUnlocked(session, limits)
    }

    /// Reads, decides and writes, where the transaction itself keeps others away.
    func applyUnlocked(_ session: any SQLSession, _ limits: Limits) throws -> Image {
        let before = try load(session, limits)
        let after = try decide(on: before, limits: limits)
        try write(after, over: before, session)
        guard let image = after.image else { throw Refusal.notFound(imageID) }
        return image
    }

    private func lock(_ session: any SQLSession, _ limits: Limits) throws {
        let owner = try session.rows(
            "SELECT project FROM images WHERE id = ?\(session.dialect.forUpdate)", [.text(imageID)]
        ).first?.text(0)
        let needsProject = change.countsStorage || (limits.uniqueNames && change.requestedName != nil)
        if needsProject { try ProjectTable(session: session).lock(owner ?? newOwner) }
    }
}
