// One connection to MariaDB, used by one thread, blocking. Its values stand in the statements' text.

import MariaClient

/// A connection that is opened by one thread and then used by another alone.
///
/// Unchecked for that one hand-over.
final class MariaSession: ServerConnection, @unchecked Sendable {
    private let address: MariaAddress
    private var connection: MariaConnection
    private var isLost = false
    var comment: String?
    private static let connectTimeoutSeconds: UInt32 = 5

    var dialect: SQLDialect { .mariadb }

    init(url: String) throws {
        guard let address = MariaAddress(url) else {
            throw SQLError(kind: .other, code: "MariaDB", message: "expected mysql://user@host:port/database")
        }
        self.address = address
        connection = try Self.connect(address)
    }

    private static func connect(_ address: MariaAddress) throws -> MariaConnection {
        do throws(MariaError) {
            let connection = try MariaConnection(
                address, name: "image-service", timeoutSeconds: connectTimeoutSeconds)
            // REPEATABLE READ is the server's default; reads and plain transactions are as on PostgreSQL.
            try connection.run("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")
            return connection
        } catch {
            throw SQLError(maria: error)
        }
    }

    /// Makes a lost connection new; a statement in flight when it was lost has already failed.
    func reconnectIfLost() throws {
        guard isLost else { return }
        connection = try Self.connect(address)
        isLost = false
    }

    func transaction<T>(_ isolation: Isolation, _ body: (any SQLSession) throws -> T) throws -> T {
        switch isolation {
        case .autocommit: return try body(self)
        case .plain, .locking: break
        case .repeatableRead: try run("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        case .serializable: try run("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE")
        }
        try run("START TRANSACTION")
        do {
            let result = try body(self)
            try run("COMMIT")
            return result
        } catch {
            _ = try? run("ROLLBACK")
            throw error
        }
    }

    func rows(_ sql: String, _ parameters: [SQLValue]) throws -> [SQLRow] {
        try run(sql, parameters).rows.map { row in SQLRow(values: row.map(SQLValue.optional)) }
    }

    func change(_ sql: String, _ parameters: [SQLValue]) throws -> Int { try run(sql, parameters).changes }

    @discardableResult
    private func run(
        _ sql: String, _ parameters: [SQLValue] = []
    ) throws -> (rows: [[String?]], changes: Int) {
        let values = parameters.map { parameter -> MariaValue in
            switch parameter {
            case .null: .null
            case .integer(let integer): .integer(integer)
            case .text(let text): .text(text)
            }
        }
        do throws(MariaError) {
            return try connection.run(comment.map { "\(sql) \($0)" } ?? sql, values)
        } catch {
            isLost = error.isLost
            throw SQLError(maria: error)
        }
    }
}

extension SQLError {
    /// 1213 is a deadlock, 1020 a row that has changed since the snapshot, 1205 a lock that was not free in
    /// time, 1062 a unique index.
    fileprivate init(maria error: MariaError) {
        let kind: Kind =
            switch error.code {
            case 1_213, 1_020: .serialization
            case 1_205: .busy
            case 1_062: .uniqueViolation
            default: .other
            }
        self.init(kind: kind, code: "MariaDB \(error.code)", message: error.message)
    }
}
