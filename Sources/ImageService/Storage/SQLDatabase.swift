// The little of SQL that the guards need, over GRDB, libpq and libmariadb alike, so that each guard is
// written once.

/// One connection, for the length of a closure.
///
/// Never leaves the thread that the closure runs on.
protocol SQLSession {
    var dialect: SQLDialect { get }
    /// Runs a statement that answers rows. Parameters are written `?` in all dialects.
    func rows(_ sql: String, _ parameters: [SQLValue]) throws -> [SQLRow]
    /// Runs a statement that changes rows; answers how many.
    @discardableResult
    func change(_ sql: String, _ parameters: [SQLValue]) throws -> Int
}

/// How a transaction is begun.
enum Isolation: Sendable {
    /// Not at all: each statement commits by itself; on SQLite DEFERRED.
    case autocommit
    /// READ COMMITTED; on SQLite DEFERRED.
    case plain
    /// READ COMMITTED with row locks taken by the statements; on SQLite IMMEDIATE, which locks the whole
    /// file.
    case locking
    /// REPEATABLE READ, which is snapshot isolation, though MariaDB's lets a write go over a newer row; on
    /// SQLite DEFERRED.
    case repeatableRead
    /// SERIALIZABLE, by locks on MariaDB; on SQLite DEFERRED, whose snapshot isolation with one writer is
    /// serializable.
    case serializable
}

/// A database with a bounded set of connections, each used off the event loops and off the cooperative pool.
protocol SQLDatabase: Sendable {
    var dialect: SQLDialect { get }
    /// Statements that only read, each a transaction of its own.
    func read<T: Sendable>(_ body: @escaping @Sendable (any SQLSession) throws -> T) async throws -> T
    /// A transaction: committed when the body returns, rolled back when it throws.
    func transaction<T: Sendable>(
        _ isolation: Isolation, _ body: @escaping @Sendable (any SQLSession) throws -> T
    ) async throws -> T
    /// As `read`, from inside a body that holds a connection already: on another one, which its thread waits
    /// for.
    ///
    /// Throws an `SQLError` of kind `overloaded` when none is free in time.
    func readElsewhere<T: Sendable>(_ body: @escaping @Sendable (any SQLSession) throws -> T) throws -> T
    func close()
}

/// Where the databases' SQL differs.
enum SQLDialect: Sendable {
    case sqlite, postgresql, mariadb

    private func either(sqlite: String, postgresql: String, mariadb: String? = nil) -> String {
        switch self {
        case .sqlite: sqlite
        case .postgresql: postgresql
        case .mariadb: mariadb ?? postgresql
        }
    }

    /// An aggregate of the values as JSON text, `[]` for none.
    func jsonArray(of column: String) -> String {
        either(
            sqlite: "json_group_array(\(column))", postgresql: "coalesce(json_agg(\(column))::text, '[]')",
            mariadb: "coalesce(json_arrayagg(\(column)), '[]')")
    }

    /// Two columns as a JSON array of two.
    func jsonPair(_ first: String, _ second: String) -> String {
        either(sqlite: "json_array", postgresql: "json_build_array", mariadb: "json_array")
            + "(\(first), \(second))"
    }

    var surrogateKey: String {
        either(
            sqlite: "INTEGER PRIMARY KEY AUTOINCREMENT", postgresql: "BIGSERIAL PRIMARY KEY",
            mariadb: "BIGINT AUTO_INCREMENT PRIMARY KEY")
    }

    var integer: String { either(sqlite: "INTEGER", postgresql: "BIGINT") }

    /// Ends a SELECT that locks its rows; SQLite has no row locks and needs none inside BEGIN IMMEDIATE.
    var forUpdate: String { either(sqlite: "", postgresql: " FOR UPDATE") }

    /// Ends a SELECT that keeps its rows from being written by others, as any read of SQLite's does.
    var forShare: String { either(sqlite: "", postgresql: " FOR SHARE", mariadb: " LOCK IN SHARE MODE") }

    /// Passes over rows that others have locked, instead of waiting for them.
    var forUpdateSkipLocked: String { either(sqlite: "", postgresql: " FOR UPDATE SKIP LOCKED") }

    /// The database's clock in milliseconds since 1970, which is the same for all replicas.
    var now: String {
        either(
            sqlite: "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)",
            postgresql: "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)",
            mariadb: "CAST(unix_timestamp(sysdate(6)) * 1000 AS INTEGER)")
    }

    /// Text that can stand in an index.
    var key: String { either(sqlite: "TEXT", postgresql: "TEXT", mariadb: "VARCHAR(255)") }

    /// Ends a CREATE TABLE: texts are equal only byte by byte, also at their ends.
    var tableOptions: String {
        either(sqlite: "", postgresql: "", mariadb: " CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin")
    }

    /// Ends an INSERT that leaves a row alone that has this key already.
    ///
    /// MariaDB takes the lock for writing at once: two that INSERT IGNORE, and then write, deadlock.
    func unlessThere(_ key: String) -> String {
        either(
            sqlite: "ON CONFLICT (\(key)) DO NOTHING", postgresql: "ON CONFLICT (\(key)) DO NOTHING",
            mariadb: "ON DUPLICATE KEY UPDATE \(key) = \(key)")
    }
}
