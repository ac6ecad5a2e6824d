// What a guard of artifacts is: the guards by the names that `--artifacts` takes.

/// The guards of artifacts.
public enum ArtifactGuardName: String, Sendable, CaseIterable {
    case checkThenAct = "check-then-act"
    case conditions
    case rowLock = "row-lock"
    case serializable

    func make(_ database: any SQLDatabase) -> any ArtifactGuard {
        switch self {
        case .checkThenAct: ArtifactCheckThenAct(database: database)
        case .conditions: ArtifactConditions(database: database)
        case .rowLock: ArtifactRowLock(database: database)
        case .serializable: ArtifactSerializable(database: database)
        }
    }
}

/// Protects artifacts against what other replicas do at the same time.
protocol ArtifactGuard: Sendable {
    var database: any SQLDatabase { get }
    /// Adds the artifact; a name and a version are there once for each type and owner.
    func create(_ artifact: Artifact) async throws -> Artifact
    /// Throws `Refusal` when the action surely had no effect.
    func apply(_ action: ArtifactAction, to id: String) async throws -> Artifact
}

extension ArtifactGuard {
    /// Leaves it to the unique index.
    func create(_ artifact: Artifact) async throws -> Artifact {
        try await database.transaction(.locking) { try ArtifactTable(session: $0).insert(artifact) }
    }
}

extension ArtifactTable {
    /// Reads and decides.
    func decide(_ action: ArtifactAction, _ id: String) throws -> Artifact {
        guard let artifact = try load(id) else { throw Artifact.notFound(id) }
        return try artifact.after(action)
    }

    /// Reads, decides and writes, where the transaction itself keeps others away.
    func apply(_ action: ArtifactAction, to id: String) throws -> Artifact {
        let artifact = try decide(action, id)
        _ = try write(artifact.status, to: id)
        return artifact
    }
}
