// SQLite through GRDB: a pool of readers and one writer, on GRDB's own queues. Transactions are begun by
// hand, because GRDB's `write` begins them IMMEDIATE and so hides the errors that check-then-act has to show.

import Foundation
import GRDB

/// A WAL database file.
final class SQLiteDatabase: SQLDatabase {
    let dialect = SQLDialect.sqlite
    private let pool: DatabasePool

    /// Below every client's timeout, so that a client hears of contention instead of giving up.
    static let busyTimeoutSeconds = 1.5
    private static let openAttempts = 100

    /// Opens or creates the file.
    ///
    /// Several replicas may do so at once: switching to WAL then fails with "busy", which no busy timeout
    /// covers, and is tried again for some seconds.
    init(path: String, readers: Int = 8) throws {
        var configuration = Configuration()
        configuration.busyMode = .timeout(Self.busyTimeoutSeconds)
        configuration.maximumReaderCount = readers
        var attempt = 1
        while true {
            do {
                pool = try DatabasePool(path: path, configuration: configuration)
                return
            } catch let error as DatabaseError
                where error.resultCode == .SQLITE_BUSY && attempt < Self.openAttempts
            {
                attempt += 1
                Thread.sleep(forTimeInterval: 0.03)
            }
        }
    }

    /// Without a transaction around it: each statement is one of its own, as on PostgreSQL.
    func read<T: Sendable>(_ body: @escaping @Sendable (any SQLSession) throws -> T) async throws -> T {
        try await translatingErrors {
            try await pool.unsafeRead { database in try body(SQLiteSession(database: database)) }
        }
    }

    func transaction<T: Sendable>(
        _ isolation: Isolation, _ body: @escaping @Sendable (any SQLSession) throws -> T
    ) async throws -> T {
        let kind: Database.TransactionKind =
            switch isolation {
            case .autocommit, .plain, .repeatableRead, .serializable: .deferred
            case .locking: .immediate
            }
        return try await translatingErrors {
            try await pool.writeWithoutTransaction { database in
                let session = SQLiteSession(database: database)
                var result: Result<T, any Error>?
                try database.inTransaction(kind) {
                    result = .success(try body(session))
                    return .commit
                }
                guard let result else {
                    throw SQLError(kind: .other, code: "SQLite", message: "no transaction ran")
                }
                return try result.get()
            }
        }
    }

    func readElsewhere<T: Sendable>(_ body: @escaping @Sendable (any SQLSession) throws -> T) throws -> T {
        try pool.unsafeRead { database in try body(SQLiteSession(database: database)) }
    }

    func close() { try? pool.close() }

    private func translatingErrors<T: Sendable>(_ work: () async throws -> T) async throws -> T {
        let start = ContinuousClock.now
        do {
            return try await work()
        } catch let error as DatabaseError {
            var translated = SQLError(
                sqliteCode: error.extendedResultCode.rawValue,
                message: error.message ?? "\(error.resultCode)")
            translated.elapsedMilliseconds = Int((ContinuousClock.now - start) / .milliseconds(1))
            throw translated
        }
    }
}

/// A GRDB connection inside one of its access blocks.
private struct SQLiteSession: SQLSession {
    let database: Database
    var dialect: SQLDialect { .sqlite }

    func rows(_ sql: String, _ parameters: [SQLValue]) throws -> [SQLRow] {
        let statement = try database.cachedStatement(sql: sql)
        return try Row.fetchAll(statement, arguments: arguments(parameters)).map { row in
            SQLRow(values: row.databaseValues.map(SQLValue.init))
        }
    }

    func change(_ sql: String, _ parameters: [SQLValue]) throws -> Int {
        let statement = try database.cachedStatement(sql: sql)
        try statement.execute(arguments: arguments(parameters))
        return database.changesCount
    }

    private func arguments(_ parameters: [SQLValue]) -> StatementArguments {
        StatementArguments(
            parameters.map { parameter -> (any DatabaseValueConvertible)? in
                switch parameter {
                case .null: nil
                case .integer(let integer): integer
                case .text(let text): text
                }
            })
    }
}

extension SQLValue {
    fileprivate init(_ value: DatabaseValue) {
        switch value.storage {
        case .null: self = .null
        case .int64(let integer): self = .integer(Int(integer))
        case .double(let double): self = .text(String(double))
        case .string(let text): self = .text(text)
        case .blob(let bytes): self = .text(String(decoding: bytes, as: UTF8.self))
        }
    }
}
