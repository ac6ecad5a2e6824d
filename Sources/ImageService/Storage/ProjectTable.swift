// The storage count of a project: one row, there from the first time that somebody counts.

/// Reads and writes storage counts through a session.
struct ProjectTable {
    let session: any SQLSession

    /// Makes the row when it is missing; concurrent ones agree.
    func ensure(_ project: String) throws {
        try session.change(
            """
            INSERT INTO projects (project, storage_used, version) VALUES (?, 0, 1)
            \(session.dialect.unlessThere("project"))
            """, [.text(project)])
    }

    /// The count; a missing row counts as nothing used.
    func load(_ project: String) throws -> ProjectStorage {
        let row = try session.rows(
            "SELECT storage_used, version FROM projects WHERE project = ?", [.text(project)]
        ).first
        return ProjectStorage(
            project: project, usedBytes: row?.integer(0) ?? 0, version: row?.integer(1) ?? 1)
    }

    /// Waits until no other transaction holds the project's row, and holds it until the end of this one.
    func lock(_ project: String) throws {
        try ensure(project)
        _ = try session.rows(
            "SELECT 1 FROM projects WHERE project = ?\(session.dialect.forUpdate)", [.text(project)])
    }

    /// Sets the count, whatever it is now; with a version only if the row still has that one.
    ///
    /// Answers how many rows were written.
    @discardableResult
    func update(_ storage: ProjectStorage, ifVersion version: Int? = nil) throws -> Int {
        var parameters: [SQLValue] = [.integer(storage.usedBytes), .text(storage.project)]
        if let version { parameters.append(.integer(version)) }
        return try session.change(
            "UPDATE projects SET storage_used = ?, version = version + 1 WHERE project = ?"
                + (version == nil ? "" : " AND version = ?"), parameters)
    }
}
