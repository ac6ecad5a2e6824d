// Tasks between rows and values, and the statements that the guards choose from.

/// A task that a worker may run: with the number of its claim, which is the fencing token.
struct Claim: Sendable {
    /// The key that every statement takes: two ways to one row would be two orders of locks on MariaDB.
    let row: Int
    let task: String
    let image: String
    var token: Int
}

/// A task as clients see it.
struct ImportTask: Sendable {
    let task: String
    let image: String
    let status: String
    let claims: Int
    let runs: Int

    var document: JSONValue {
        .object([
            ("id", .text(task)), ("image_id", .text(image)), ("status", .text(status)),
            ("claims", .integer(claims)), ("runs", .integer(runs)),
        ])
    }
}

/// Reads and writes tasks through a session.
///
/// A task is `pending`, then `processing`, then `success` or `failure`.
struct TaskTable {
    let session: any SQLSession

    /// Longer than any import takes, unless its worker stands still.
    static let leaseMilliseconds = 400

    static func statements(_ dialect: SQLDialect) -> [String] {
        let (integer, key, end) = (dialect.integer, dialect.key, dialect.tableOptions)
        return [
            """
            CREATE TABLE IF NOT EXISTS tasks (
                row_key \(dialect.surrogateKey), task \(key) NOT NULL UNIQUE, image_id \(key) NOT NULL,
                status \(key) NOT NULL, token \(integer) NOT NULL, lease_ends \(integer) NOT NULL)\(end)
            """,
            "CREATE TABLE IF NOT EXISTS import_runs (task \(key) NOT NULL, token \(integer) NOT NULL)\(end)",
            "CREATE INDEX IF NOT EXISTS runs_by_task ON import_runs (task)",
        ]
    }

    func insert(_ task: String, of image: String) throws {
        try session.change(
            "INSERT INTO tasks (task, image_id, status, token, lease_ends) VALUES (?, ?, 'pending', 0, 0)",
            [.text(task), .text(image)])
    }

    func list(_ condition: String, _ value: String) throws -> [ImportTask] {
        try session.rows(
            """
            SELECT task, image_id, status, token, (SELECT count(*) FROM import_runs r WHERE r.task = t.task)
            FROM tasks t WHERE \(condition) ORDER BY row_key
            """, [.text(value)]
        ).map { row in
            ImportTask(
                task: row.text(0) ?? "", image: row.text(1) ?? "", status: row.text(2) ?? "",
                claims: row.integer(3) ?? 0, runs: row.integer(4) ?? 0)
        }
    }

    /// The oldest task that nobody works on; with `orExpired` also one whose lease has run out.
    func next(orExpired: Bool, locking: String = "") throws -> Claim? {
        let expired = orExpired ? " OR status = 'processing' AND lease_ends < \(session.dialect.now)" : ""
        return try session.rows(
            """
            SELECT row_key, task, image_id, token FROM tasks WHERE status = 'pending'\(expired)
            ORDER BY row_key LIMIT 1\(locking)
            """, []
        ).first.map { row in
            Claim(
                row: row.integer(0) ?? 0, task: row.text(1) ?? "", image: row.text(2) ?? "",
                token: row.integer(3) ?? 0)
        }
    }

    /// Makes the task this worker's; with `ifUnchanged` only if nobody has claimed or ended it since it was
    /// read.
    ///
    /// Answers the claim with its own token, or nothing if another worker was faster.
    func take(_ claim: Claim, ifUnchanged: Bool) throws -> Claim? {
        let changes = try session.change(
            """
            UPDATE tasks SET status = 'processing', token = token + 1,
                lease_ends = \(session.dialect.now) + \(Self.leaseMilliseconds) WHERE row_key = ?
            """ + (ifUnchanged ? " AND token = ? AND status IN ('pending', 'processing')" : ""),
            [.integer(claim.row)] + (ifUnchanged ? [.integer(claim.token)] : []))
        guard changes == 1 else { return nil }
        var mine = claim
        mine.token += 1
        return mine
    }

    /// Ends the task with its effect: the image is active, and one more run is counted; with `ifStillMine`
    /// only if nobody has claimed the task since.
    func finish(_ claim: Claim, ifStillMine: Bool) throws {
        let mine = try session.change(
            "UPDATE tasks SET status = 'success' WHERE row_key = ?" + (ifStillMine ? " AND token = ?" : ""),
            [.integer(claim.row)] + (ifStillMine ? [.integer(claim.token)] : []))
        guard mine == 1 else { return }
        let imported = try session.change(
            """
            UPDATE images SET status = 'active', version = version + 1, updated_at = ?
            WHERE id = ? AND status IN ('queued', 'active')
            """, [.text(Timestamp.now()), .text(claim.image)])
        if imported == 1 {
            try session.change(
                "INSERT INTO import_runs (task, token) VALUES (?, ?)",
                [.text(claim.task), .integer(claim.token)])
        } else {
            try session.change("UPDATE tasks SET status = 'failure' WHERE row_key = ?", [.integer(claim.row)])
        }
    }
}
