// A statement that failed, in the words of its database, sorted by what a guard can do about it.

/// An error of a database.
struct SQLError: Error, Sendable, CustomStringConvertible {
    enum Kind: Sendable {
        /// A lock was not free in time; nothing was written, and trying again may work.
        case busy
        /// The transaction fitted no order with the others; nothing was written, and trying again is the
        /// cure.
        case serialization
        /// A unique index refused the row; nothing was written.
        case uniqueViolation
        /// Too many requests wait for a connection; nothing was written.
        case overloaded
        /// Anything else, including a connection that was lost.
        case other
    }

    let kind: Kind
    /// SQLSTATE, SQLite's extended result code, or MariaDB's number.
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
            case "40001", "40P01": .serialization
            case "55P03": .busy
            case "23505": .uniqueViolation
            default: .other
            }
        self.init(kind: kind, code: "SQLSTATE \(sqlState)", message: message)
    }

    /// Sorts an extended result code: 517 is a stale snapshot, else 5 busy and 6 locked; 2067 and 1555 are a
    /// unique index and a primary key.
    init(sqliteCode: Int32, message: String) {
        let kind: Kind =
            switch (sqliteCode & 0xff, sqliteCode) {
            case (_, 517): .serialization
            case (5, _), (6, _): .busy
            case (_, 2067), (_, 1555): .uniqueViolation
            default: .other
            }
        self.init(kind: kind, code: "SQLite \(sqliteCode)", message: message)
    }
}
