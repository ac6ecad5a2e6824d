// All that the action needs stands in the statement that writes. That keeps one artifact right. But it plants
// a write skew: a statement locks the row that it writes, and reads other rows in a snapshot. One request
// publishes an artifact, another one deletes what it needs, and neither sees the other. MariaDB locks what
// the statement reads of its own table, so that the two deadlock there. SQLite has one writer.

/// Guards by a unique index and by conditions in UPDATE.
struct ArtifactConditions: ArtifactGuard {
    let database: any SQLDatabase

    func apply(_ action: ArtifactAction, to id: String) async throws -> Artifact {
        let condition = Self.condition(action)
        return try await database.transaction(.autocommit) { session in
            let artifacts = ArtifactTable(session: session)
            guard try artifacts.write(action.to, to: id, if: condition) else {
                // Refused, unless the artifact has changed since.
                _ = try artifacts.decide(action, id)
                throw LostRace()
            }
            guard let artifact = try artifacts.load(id) else { throw Artifact.notFound(id) }
            return artifact
        }
    }

    private static func condition(_ action: ArtifactAction) -> String {
        var condition = action.from.map { "status = '\($0.rawValue)'" } ?? "status <> 'deleted'"
        if action.to == .active {
            condition += """
                 AND NOT EXISTS (SELECT 1 FROM artifact_needs n JOIN artifacts d ON d.id = n.needs_id
                    WHERE n.artifact_id = artifacts.id AND d.status <> 'active')
                """
        }
        if action == .delete {
            condition += """
                 AND NOT EXISTS (SELECT 1 FROM artifact_needs n JOIN artifacts t ON t.id = n.artifact_id
                    WHERE n.needs_id = artifacts.id AND t.status = 'active')
                """
        }
        return condition
    }
}
