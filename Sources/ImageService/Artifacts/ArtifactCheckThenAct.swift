// Planted: what is read in one transaction decides what is written in another. There is no unique index
// either.

/// Guards nothing.
struct ArtifactCheckThenAct: ArtifactGuard {
    let database: any SQLDatabase

    func create(_ artifact: Artifact) async throws -> Artifact {
        guard try await !database.read({ try ArtifactTable(session: $0).isTaken(artifact) }) else {
            throw artifact.isTaken
        }
        return try await database.transaction(.plain) { try ArtifactTable(session: $0).insert(artifact) }
    }

    func apply(_ action: ArtifactAction, to id: String) async throws -> Artifact {
        let artifact = try await database.read { try ArtifactTable(session: $0).decide(action, id) }
        return try await database.transaction(.plain) { session in
            _ = try ArtifactTable(session: session).write(artifact.status, to: id)
            return artifact
        }
    }
}
