// The rows of an artifact and of all that it needs are locked before anything is read: SELECT … FOR UPDATE;
// on SQLite BEGIN IMMEDIATE. They are locked in the order of their ids, so that no two requests wait for each
// other.

/// Guards by locks.
///
/// Who deletes an artifact holds its row, and so must whoever publishes one that needs it.
struct ArtifactRowLock: ArtifactGuard {
    let database: any SQLDatabase

    func apply(_ action: ArtifactAction, to id: String) async throws -> Artifact {
        try await database.transaction(.locking) { session in
            let artifacts = ArtifactTable(session: session)
            // Which ones it needs never changes.
            let needed = action.to == .active ? try artifacts.load(id)?.dependencies.map(\.id) ?? [] : []
            for id in ([id] + needed).sorted() { try artifacts.lock(id) }
            return try artifacts.apply(action, to: id)
        }
    }
}
