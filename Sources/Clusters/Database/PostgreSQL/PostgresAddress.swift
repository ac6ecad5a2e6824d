// Where a database of PostgreSQL is.

import Core

/// Where a database is, as a URL and as its parts.
struct PostgresAddress: Sendable, Hashable {
    /// A name, an address, or the folder of a Unix socket.
    var host: String
    var port: Int
    var user: String
    var password: String?
    var database: String
    /// Other connection options, kept in the URL's query.
    var options: [String: String] = [:]

    var url: String {
        var query = options
        var authority = user.percentEncoded
        if let password { authority += ":" + password.percentEncoded }
        if !authority.isEmpty { authority += "@" }
        if host.hasPrefix("/") || host.isEmpty {
            query["host"] = host.isEmpty ? nil : host
            query["port"] = String(port)
        } else {
            authority += (host.contains(":") ? "[\(host)]" : host) + ":\(port)"
        }
        let text = query.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.percentEncoded)" }
        return "postgresql://\(authority)/\(database.percentEncoded)"
            + (text.isEmpty ? "" : "?" + text.joined(separator: "&"))
    }
}
