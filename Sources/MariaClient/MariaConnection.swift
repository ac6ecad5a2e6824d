// One connection to MariaDB through libmariadb, blocking: what contend and its bundled service both need.

import CLibmariadb

/// An error of the server, or of the library where the server does not answer.
public struct MariaError: Error, Sendable, Hashable {
    /// The server's number, such as 1213; from 2000 to 2999 the library's own.
    public var code: Int
    public var message: String

    /// Whether the connection cannot be used any more.
    public var isLost: Bool { (2_000..<3_000).contains(code) }
}

/// A parameter of a statement.
public enum MariaValue: Sendable, Hashable {
    case null
    case integer(Int)
    case text(String)
}

/// One connection; used by one thread at a time.
public final class MariaConnection {
    private var handle: OpaquePointer?

    /// Whether the library is there; without it no connection can be made.
    public static var hasLibrary: Bool { contend_has_libmariadb() == 1 }
    public static var libraryVersion: String { String(cString: mysql_get_client_info()) }

    /// `name` is how the connection calls itself, for who looks at the server's connections.
    public init(
        _ address: MariaAddress, name: String, timeoutSeconds: UInt32 = 10
    ) throws(MariaError) {
        handle = mysql_init(nil)
        guard let handle else { throw MariaError(code: 2_000, message: String(cString: mysql_error(nil))) }
        var timeout = timeoutSeconds
        mysql_options(handle, Int32(MYSQL_OPT_CONNECT_TIMEOUT), &timeout)
        mysql_options(handle, Int32(MYSQL_SET_CHARSET_NAME), "utf8mb4")
        mysql_options4(handle, Int32(MYSQL_OPT_CONNECT_ATTR_ADD), "program_name", name)
        // By the address: `localhost` would be the Unix socket of the system's server.
        let host = address.host == "localhost" ? "127.0.0.1" : address.host
        let connected = mysql_real_connect(
            handle, host, address.user, address.password, address.database.isEmpty ? nil : address.database,
            UInt32(address.port), nil, UInt(CLIENT_FOUND_ROWS))
        guard connected != nil else {
            let failure = failure
            close()
            throw failure
        }
    }

    deinit { close() }

    public func close() {
        if let handle { mysql_close(handle) }
        handle = nil
    }

    /// Runs one statement, with `?` for each parameter; rows of text, `nil` for NULL, and how many rows a
    /// change found.
    @discardableResult
    public func run(
        _ statement: String, _ parameters: [MariaValue] = []
    ) throws(MariaError) -> (rows: [[String?]], changes: Int) {
        guard let handle else { throw MariaError(code: 2_006, message: "the connection is closed") }
        let text = parameters.isEmpty ? statement : filled(statement, parameters)
        guard mysql_real_query(handle, text, UInt(text.utf8.count)) == 0 else { throw failure }
        guard let result = mysql_store_result(handle) else {
            guard mysql_field_count(handle) == 0 else { throw failure }
            return ([], Int(mysql_affected_rows(handle)))
        }
        defer { mysql_free_result(result) }
        let columns = Int(mysql_num_fields(result))
        var rows: [[String?]] = []
        while let row = mysql_fetch_row(result), let lengths = mysql_fetch_lengths(result) {
            rows.append(
                (0..<columns).map { column in
                    row[column].map { text in
                        text.withMemoryRebound(to: UInt8.self, capacity: Int(lengths[column])) {
                            String(
                                decoding: UnsafeBufferPointer(start: $0, count: Int(lengths[column])),
                                as: UTF8.self)
                        }
                    }
                })
        }
        return (rows, 0)
    }

    /// A literal of the text.
    public func literal(_ text: String) -> String {
        var quoted = [CChar](repeating: 0, count: text.utf8.count * 2 + 1)
        let count = mysql_real_escape_string(handle, &quoted, text, UInt(text.utf8.count))
        return "'" + String(decoding: quoted.prefix(Int(count)).map(UInt8.init(bitPattern:)), as: UTF8.self)
            + "'"
    }

    /// A name of the server's own, such as a database.
    public static func identifier(_ name: String) -> String { "`" + name.replacing("`", with: "``") + "`" }

    private func filled(_ statement: String, _ parameters: [MariaValue]) -> String {
        var rest = parameters[...]
        return statement.reduce(into: "") { text, character in
            guard character == "?" else { return text.append(character) }
            switch rest.popFirst() {
            case .null?, nil: text += "NULL"
            case .integer(let integer)?: text += String(integer)
            case .text(let value)?: text += literal(value)
            }
        }
    }

    private var failure: MariaError {
        let message = String(cString: mysql_error(handle)).split(separator: "\n").joined(separator: " ")
        return MariaError(code: Int(mysql_errno(handle)), message: message)
    }
}
