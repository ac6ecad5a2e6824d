// Roles in rows. A role ends at a time of the database's clock, so that it can end later than it is revoked.

/// Reads and writes roles through a session.
struct RoleTable {
    let session: any SQLSession

    static let admin = "admin"
    /// When a role ends that nobody has revoked.
    private static let never = 9_000_000_000_000_000

    private var now: String { session.dialect.now }

    static func statements(_ dialect: SQLDialect) -> [String] {
        [
            """
            CREATE TABLE IF NOT EXISTS user_roles (
                user_name \(dialect.key) NOT NULL, role \(dialect.key) NOT NULL,
                ends_at \(dialect.integer) NOT NULL, PRIMARY KEY (user_name, role))\(dialect.tableOptions)
            """
        ]
    }

    /// A condition on a row of `user_roles` that one user, the parameter, is an admin.
    static func isAdmin(_ dialect: SQLDialect) -> String {
        "user_name = ? AND role = '\(admin)' AND ends_at > \(dialect.now)"
    }

    /// Whether the user is an admin; with a lock, no one can revoke that before the transaction ends.
    func isAdmin(_ user: String, locking: String = "") throws -> Bool {
        try !session.rows(
            "SELECT 1 FROM user_roles WHERE " + Self.isAdmin(session.dialect) + locking, [.text(user)]
        ).isEmpty
    }

    /// The time so many milliseconds from now, if the user is an admin, and will be one for as long: a role
    /// that is being revoked gives no more leases.
    func lease(of user: String, milliseconds: Int) throws -> Int? {
        try session.rows(
            """
            SELECT \(now) + \(milliseconds) FROM user_roles
            WHERE user_name = ? AND role = '\(Self.admin)' AND ends_at = \(Self.never)
            """, [.text(user)]
        ).first?.integer(0)
    }

    /// Answers false while the role is being revoked.
    func grant(_ role: String, to user: String) throws -> Bool {
        let row: [SQLValue] = [.text(user), .text(role)]
        let again = try session.change(
            """
            UPDATE user_roles SET ends_at = \(Self.never)
            WHERE user_name = ? AND role = ? AND (ends_at <= \(now) OR ends_at = \(Self.never))
            """, row)
        if again == 1 { return true }
        let isThere = try session.rows("SELECT 1 FROM user_roles WHERE user_name = ? AND role = ?", row)
        guard isThere.isEmpty else { return false }
        try session.change(
            "INSERT INTO user_roles (user_name, role, ends_at) VALUES (?, ?, \(Self.never))", row)
        return true
    }

    /// Answers whether there was a role to revoke.
    func revoke(_ role: String, from user: String, afterMilliseconds delay: Int) throws -> Bool {
        try session.change(
            """
            UPDATE user_roles SET ends_at = \(now) + \(delay)
            WHERE user_name = ? AND role = ? AND ends_at = \(Self.never)
            """, [.text(user), .text(role)]) == 1
    }

    /// Both in one statement, which sees one state of the database.
    func access(of user: String, to image: String) throws -> (isAdmin: Bool, status: String)? {
        try session.rows(
            """
            SELECT (SELECT count(*) FROM user_roles WHERE \(Self.isAdmin(session.dialect))), status
            FROM images WHERE id = ? AND status <> 'deleted'
            """, [.text(user), .text(image)]
        ).first.map { row in (row.integer(0) == 1, row.text(1) ?? "") }
    }
}
