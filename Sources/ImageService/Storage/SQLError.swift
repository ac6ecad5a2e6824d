// A statement that failed, in the words of its database, sorted by what a guard can do about it.

/// An error of SQLite or PostgreSQL.
struct SQLError: Error, Sendable, CustomStringConvertible {
    enum Kind: Sendable {
        /// Another transaction was in the way; nothing was written, and trying again may work.
        case contention
        /// A unique index refused the row; nothing was written.
        case uniqueViolation
        /// Too many requests wait for a connection; nothing was written.
        case overloaded
        /// Anything else, including a connection that was lost.
        case other
    }

    let kind: Kind
    /// SQLSTATE, or SQLite's extended result code.
    let code: String
    let message: String
    /// From the start of the transaction to the error.
    var elapsedMilliseconds = 0

    var description: String { "\(code) after \(elapsedMilliseconds) ms: \(message)" }
}

extension SQLError {
    init(sqlState: String, message: String) {
        let kind: Kind =
            switch sqlState {
            case "40001", "40P01", "55P03": .contention
            case "23505": .uniqueViolation
            default: .other
            }
        self.init(kind: kind, code: "SQLSTATE \(sqlState)", message: message)
    }

    /// Sorts an extended result code: 5 is busy, 6 locked, 2067 and 1555 a unique index or primary key.
    init(sqliteCode: Int32, message: String) {
        let kind: Kind =
            switch (sqliteCode & 0xff, sqliteCode) {
            case (5, _), (6, _): .contention
            case (_, 2067), (_, 1555): .uniqueViolation
            default: .other
            }
        self.init(kind: kind, code: "SQLite \(sqliteCode)", message: message)
    }
}
