// The tables, made by whichever replica comes first. Check-then-act gets no unique index: uniqueness is one
// of the things that it checks by hand. Write-skew gets none on names for the same reason.

/// Creates the schema once, however many replicas start at the same instant.
struct Schema {
    let guardName: GuardName
    let limits: Limits
    var parts: [any Part] = []

    /// Any number that nobody else uses for an advisory lock.
    private static let advisoryLock = 0x0049_4d41_4745

    /// On a cluster no lock keeps replicas of other servers out, and their CREATE ends what runs here.
    func create(in database: any SQLDatabase) async throws {
        try await Retry(budget: .seconds(20)).run { try await createOnce(in: database) }
    }

    private func createOnce(in database: any SQLDatabase) async throws {
        try await database.transaction(.locking) { session in
            switch session.dialect {
            case .sqlite: break  // BEGIN IMMEDIATE lets one replica in at a time.
            case .postgresql:
                _ = try session.rows("SELECT pg_advisory_xact_lock(\(Self.advisoryLock))", [])
            case .mariadb:
                // Its CREATE commits, so that a lock of a transaction would be gone after the first.
                _ = try session.rows("SELECT get_lock(concat(database(), '.schema'), 60)", [])
            }
            defer {
                if session.dialect == .mariadb {
                    _ = try? session.rows("SELECT release_lock(concat(database(), '.schema'))", [])
                }
            }
            let dialect = session.dialect
            try session.change(makerTable(dialect), [])
            try checkMaker(session)
            let indexes = guardName == .checkThenAct ? [] : uniqueIndexes(dialect)
            for statement in tables(dialect) + indexes + parts.flatMap({ $0.statements(dialect) }) {
                try session.change(statement, [])
            }
        }
    }

    private func makerTable(_ dialect: SQLDialect) -> String {
        """
        CREATE TABLE IF NOT EXISTS schema_maker (
            option_name \(dialect.key) PRIMARY KEY, choice TEXT NOT NULL)\(dialect.tableOptions)
        """
    }

    private func tables(_ dialect: SQLDialect) -> [String] {
        let (integer, key, end) = (dialect.integer, dialect.key, dialect.tableOptions)
        // What the index on names of live images holds there.
        let liveName =
            dialect == .mariadb ? ", live_name \(key) AS (IF(status <> 'deleted', name, NULL)) VIRTUAL" : ""
        return [
            """
            CREATE TABLE IF NOT EXISTS images (
                row_key \(dialect.surrogateKey), id \(key) NOT NULL, project \(key) NOT NULL, name \(key),
                status \(key) NOT NULL, visibility TEXT NOT NULL, protected \(integer) NOT NULL,
                disk_format TEXT, container_format TEXT, size \(integer), checksum TEXT,
                version \(integer) NOT NULL, created_at TEXT NOT NULL, updated_at TEXT NOT NULL,
                tag_count \(integer) NOT NULL, member_count \(integer) NOT NULL,
                property_count \(integer) NOT NULL\(liveName))\(end)
            """,
            "CREATE INDEX IF NOT EXISTS images_by_id ON images (id)",
            "CREATE INDEX IF NOT EXISTS images_by_name ON images (project, name)",
            "CREATE TABLE IF NOT EXISTS image_tags (image_id \(key) NOT NULL, tag \(key) NOT NULL)\(end)",
            "CREATE INDEX IF NOT EXISTS tags_by_image ON image_tags (image_id)",
            """
            CREATE TABLE IF NOT EXISTS image_properties (
                image_id \(key) NOT NULL, name \(key) NOT NULL, value TEXT NOT NULL)\(end)
            """,
            "CREATE INDEX IF NOT EXISTS properties_by_image ON image_properties (image_id)",
            """
            CREATE TABLE IF NOT EXISTS image_members (
                image_id \(key) NOT NULL, member \(key) NOT NULL, status TEXT NOT NULL)\(end)
            """,
            "CREATE INDEX IF NOT EXISTS members_by_image ON image_members (image_id)",
            """
            CREATE TABLE IF NOT EXISTS projects (
                project \(key) PRIMARY KEY, storage_used \(integer) NOT NULL,
                version \(integer) NOT NULL)\(end)
            """,
        ]
    }

    private func uniqueIndexes(_ dialect: SQLDialect) -> [String] {
        var statements = [
            "CREATE UNIQUE INDEX IF NOT EXISTS unique_id ON images (id)",
            "CREATE UNIQUE INDEX IF NOT EXISTS unique_tag ON image_tags (image_id, tag)",
            "CREATE UNIQUE INDEX IF NOT EXISTS unique_property ON image_properties (image_id, name)",
            "CREATE UNIQUE INDEX IF NOT EXISTS unique_member ON image_members (image_id, member)",
        ]
        if limits.uniqueNames, guardName != .writeSkew {
            statements.append(
                "CREATE UNIQUE INDEX IF NOT EXISTS unique_name ON images "
                    + (dialect == .mariadb
                        ? "(project, live_name)"
                        : "(project, name) WHERE name IS NOT NULL AND status <> 'deleted'"))
        }
        return statements
    }

    /// Replicas of one database must run one guard: mixed guards protect nothing.
    ///
    /// Looked at before anything is made, so that a replica that is refused leaves no table behind.
    private func checkMaker(_ session: any SQLSession) throws {
        var options = ["guard": guardName.rawValue, "unique-names": limits.uniqueNames ? "yes" : "no"]
        for part in parts { options[part.option.name] = part.option.value }
        // All in one statement: a replica on another server of a cluster sees all of them or none.
        let wanted = Array(repeating: "SELECT ? AS option_name, ? AS choice", count: options.count)
        try session.change(
            """
            INSERT INTO schema_maker (option_name, choice)
            SELECT option_name, choice FROM (\(wanted.joined(separator: " UNION ALL "))) AS wanted
            WHERE NOT EXISTS (SELECT 1 FROM schema_maker)
            """, options.flatMap { [.text($0.key), .text($0.value)] })
        let rows = try session.rows("SELECT option_name, choice FROM schema_maker", [])
        let made = Dictionary(uniqueKeysWithValues: rows.map { ($0.text(0) ?? "", $0.text(1) ?? "") })
        guard made != options else { return }
        let maker = made.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        throw StartError(
            code: .wrongDatabase,
            sentence: """
                the database was made for \(maker.joined(separator: ", ")); start this replica alike, or \
                give it another database
                """)
    }
}
