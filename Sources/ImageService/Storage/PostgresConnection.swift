// One libpq connection, used by one thread, blocking. Statements are prepared once per connection.

import CLibpq

/// A connection that is opened by one thread and then used by another alone.
///
/// Unchecked for that one hand-over.
final class PostgresConnection: ServerConnection, @unchecked Sendable {
    private let url: String
    private var connection: OpaquePointer?
    /// Statement text to the name it was prepared under.
    private var prepared: [String: String] = [:]
    /// Ends every statement that is sent, which then is not prepared.
    var comment: String?
    private static let connectTimeoutSeconds = 5

    var dialect: SQLDialect { .postgresql }

    init(url: String) throws {
        self.url = url
        try connect()
    }

    deinit { PQfinish(connection) }

    private func connect() throws {
        PQfinish(connection)
        prepared.removeAll()
        let separator = url.contains("?") ? "&" : "?"
        connection = PQconnectdb("\(url)\(separator)connect_timeout=\(Self.connectTimeoutSeconds)")
        guard PQstatus(connection) == CONNECTION_OK else { throw failure(nil) }
        PQsetNoticeProcessor(connection, { _, _ in }, nil)
    }

    /// Makes a lost connection new; a statement in flight when it was lost has already failed.
    func reconnectIfLost() throws {
        if PQstatus(connection) != CONNECTION_OK { try connect() }
    }

    func transaction<T>(_ isolation: Isolation, _ body: (any SQLSession) throws -> T) throws -> T {
        let level: String
        switch isolation {
        case .autocommit: return try body(self)
        case .plain, .locking: level = "READ COMMITTED"
        case .repeatableRead: level = "REPEATABLE READ"
        case .serializable: level = "SERIALIZABLE"
        }
        try run("BEGIN ISOLATION LEVEL \(level)")
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
        try execute(sql, parameters) { result in
            let columns = PQnfields(result)
            return (0..<PQntuples(result)).map { row in
                SQLRow(
                    values: (0..<columns).map { column in
                        guard PQgetisnull(result, row, column) == 0,
                            let text = PQgetvalue(result, row, column)
                        else { return .null }
                        return .text(String(cString: text))
                    })
            }
        }
    }

    func change(_ sql: String, _ parameters: [SQLValue]) throws -> Int {
        try execute(sql, parameters) { result in
            PQcmdTuples(result).flatMap { Int(String(cString: $0)) } ?? 0
        }
    }

    /// Runs statements without parameters, several if need be; their rows are dropped.
    func run(_ sql: String) throws {
        let result = PQexec(connection, sql)
        defer { PQclear(result) }
        try check(result)
    }

    private func execute<T>(
        _ sql: String, _ parameters: [SQLValue], _ read: (OpaquePointer?) throws -> T
    ) throws -> T {
        let name = try comment == nil ? prepare(sql) : nil
        let texts = parameters.map { parameter -> ContiguousArray<CChar>? in
            switch parameter {
            case .null: nil
            case .integer(let integer): String(integer).utf8CString
            case .text(let text): text.utf8CString
            }
        }
        let result = withPointers(to: texts[...], collected: []) { pointers in
            let count = Int32(pointers.count)
            if let name { return PQexecPrepared(connection, name, count, pointers, nil, nil, 0) }
            let text = "\(numbered(sql)) \(comment ?? "")"
            return PQexecParams(connection, text, count, nil, pointers, nil, nil, 0)
        }
        defer { PQclear(result) }
        try check(result)
        return try read(result)
    }

    private func prepare(_ sql: String) throws -> String {
        if let name = prepared[sql] { return name }
        let name = "s\(prepared.count)"
        let result = PQprepare(connection, name, numbered(sql), 0, nil)
        defer { PQclear(result) }
        try check(result)
        prepared[sql] = name
        return name
    }

    /// `?` as `$1`, `$2`, …; none of our statements has a question mark in a literal.
    private func numbered(_ sql: String) -> String {
        var number = 0
        return sql.reduce(into: "") { text, character in
            guard character == "?" else { return text.append(character) }
            number += 1
            text += "$\(number)"
        }
    }

    private func check(_ result: OpaquePointer?) throws {
        switch PQresultStatus(result) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK: return
        default: throw failure(result)
        }
    }

    private func failure(_ result: OpaquePointer?) -> SQLError {
        let state =
            PQresultErrorField(result, Int32(UInt8(ascii: "C"))).map { String(cString: $0) } ?? "08006"
        let message = String(
            cString: result == nil ? PQerrorMessage(connection) : PQresultErrorMessage(result))
        return SQLError(sqlState: state, message: String(message.prefix { $0 != "\n" }))
    }
}

/// Calls the body with one C pointer for each text, valid as long as the body runs.
private func withPointers<T>(
    to texts: ArraySlice<ContiguousArray<CChar>?>, collected: [UnsafePointer<CChar>?],
    _ body: ([UnsafePointer<CChar>?]) -> T
) -> T {
    guard let first = texts.first else { return body(collected) }
    guard let text = first else {
        return withPointers(to: texts.dropFirst(), collected: collected + [nil], body)
    }
    return text.withUnsafeBufferPointer { buffer in
        withPointers(to: texts.dropFirst(), collected: collected + [buffer.baseAddress], body)
    }
}
