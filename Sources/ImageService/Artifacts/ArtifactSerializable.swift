// Leave it to the database: one SERIALIZABLE transaction, tried again when it fits no order with the others.

/// Guards by SERIALIZABLE; on SQLite a deferred transaction, whose upgrade fails when its snapshot is old.
struct ArtifactSerializable: ArtifactGuard {
    let database: any SQLDatabase

    func apply(_ action: ArtifactAction, to id: String) async throws -> Artifact {
        try await database.transaction(.serializable) { session in
            try ArtifactTable(session: session).apply(action, to: id)
        }
    }
}
