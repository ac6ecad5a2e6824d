// Artifacts between rows and values. Reading is one statement, so that an artifact and what it needs are seen
// as they are at one moment.

/// Reads and writes artifacts through a session.
struct ArtifactTable {
    let session: any SQLSession

    /// The longest version; with it, type, owner, name and version fit into an index of MariaDB.
    static let longestVersionBytes = 64

    static func statements(_ dialect: SQLDialect, hasUniqueIndex: Bool) -> [String] {
        let (key, end) = (dialect.key, dialect.tableOptions)
        let short = "VARCHAR(\(longestVersionBytes))"
        let statements = [
            """
            CREATE TABLE IF NOT EXISTS artifacts (
                row_key \(dialect.surrogateKey), id \(key) NOT NULL UNIQUE, type \(short) NOT NULL,
                owner \(key) NOT NULL, name \(key) NOT NULL, artifact_version \(short) NOT NULL,
                status \(short) NOT NULL)\(end)
            """,
            """
            CREATE TABLE IF NOT EXISTS artifact_needs (
                artifact_id \(key) NOT NULL, needs_id \(key) NOT NULL)\(end)
            """,
            "CREATE INDEX IF NOT EXISTS needs_by_artifact ON artifact_needs (artifact_id)",
            "CREATE INDEX IF NOT EXISTS needs_by_needed ON artifact_needs (needs_id)",
        ]
        guard hasUniqueIndex else { return statements }
        return statements + [
            """
            CREATE UNIQUE INDEX IF NOT EXISTS unique_artifact
            ON artifacts (type, owner, name, artifact_version)
            """
        ]
    }

    func load(_ id: String) throws -> Artifact? { try list("a.id = ?", [id]).first }

    func list(_ condition: String, _ values: [String]) throws -> [Artifact] {
        let dependencies = session.dialect.jsonArray(of: session.dialect.jsonPair("d.id", "d.status"))
        return try session.rows(
            """
            SELECT a.id, a.type, a.owner, a.name, a.artifact_version, a.status,
                (SELECT \(dependencies) FROM artifact_needs n JOIN artifacts d ON d.id = n.needs_id
                 WHERE n.artifact_id = a.id),
                (SELECT count(*) FROM artifact_needs n JOIN artifacts t ON t.id = n.artifact_id
                 WHERE n.needs_id = a.id AND t.status = 'active')
            FROM artifacts a WHERE \(condition) ORDER BY a.row_key
            """, values.map(SQLValue.text)
        ).map { row in
            var artifact = Artifact(
                id: row.text(0) ?? "", type: row.text(1) ?? "", owner: row.text(2) ?? "",
                name: row.text(3) ?? "", version: row.text(4) ?? "")
            artifact.status = try Self.status(row.text(5))
            artifact.dependencies = try JSONValue.pairs(row.text(6)).map { ($0, try Self.status($1)) }
            artifact.activeDependents = row.integer(7) ?? 0
            return artifact
        }
    }

    func isTaken(_ artifact: Artifact) throws -> Bool {
        try !session.rows(
            "SELECT 1 FROM artifacts WHERE type = ? AND owner = ? AND name = ? AND artifact_version = ?",
            artifact.key
        ).isEmpty
    }

    /// Adds the artifact as a draft.
    ///
    /// Answers it as it is then; throws a `Refusal` if something that it needs is not there.
    func insert(_ artifact: Artifact) throws -> Artifact {
        try session.change(
            """
            INSERT INTO artifacts (type, owner, name, artifact_version, id, status)
            VALUES (?, ?, ?, ?, ?, 'draft')
            """, artifact.key + [.text(artifact.id)])
        for (id, _) in artifact.dependencies {
            try session.change(
                "INSERT INTO artifact_needs (artifact_id, needs_id) VALUES (?, ?)",
                [.text(artifact.id), .text(id)])
        }
        let inserted = try load(artifact.id)
        guard let inserted, inserted.dependencies.count == artifact.dependencies.count,
            inserted.dependencies.allSatisfy({ $0.status != .deleted })
        else { throw Refusal(.notFound, "an artifact that it needs is not there") }
        return inserted
    }

    /// Writes the status, whatever it is now, or only if a condition holds of the row.
    ///
    /// Answers whether it was written.
    func write(_ status: ArtifactStatus, to id: String, if condition: String? = nil) throws -> Bool {
        try session.change(
            "UPDATE artifacts SET status = ? WHERE id = ?" + (condition.map { " AND " + $0 } ?? ""),
            [.text(status.rawValue), .text(id)]) == 1
    }

    /// Waits until no other transaction holds the row, and holds it until the end of this one.
    func lock(_ id: String) throws {
        _ = try session.rows(
            "SELECT 1 FROM artifacts WHERE id = ?" + session.dialect.forUpdate, [.text(id)])
    }

    private static func status(_ text: String?) throws -> ArtifactStatus {
        guard let status = text.flatMap(ArtifactStatus.init(rawValue:)) else {
            throw SQLError(
                kind: .other, code: "row", message: "unknown status \(text ?? "NULL") of an artifact")
        }
        return status
    }
}

extension Artifact {
    /// What is unique.
    fileprivate var key: [SQLValue] { [.text(type), .text(owner), .text(name), .text(version)] }
}
