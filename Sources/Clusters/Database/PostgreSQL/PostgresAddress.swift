// Where a database of PostgreSQL is.

import Core
import DatabaseProxy

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

    /// The same database through a proxy of this machine, which speaks no TLS.
    func behind(port: Int) -> PostgresAddress {
        var address = self
        (address.host, address.port) = ("127.0.0.1", port)
        address.options["hostaddr"] = nil
        address.options["gssencmode"] = nil
        if options["sslmode"] != nil { address.options["sslmode"] = "disable" }
        return address
    }

    /// Where the proxy finds the server.
    func forProxy() throws(ClusterError) -> ProxiedServer {
        let required = ["require", "verify-ca", "verify-full"]
        if let mode = options["sslmode"], required.contains(mode) {
            throw ClusterError(
                .database,
                "the database URL asks for sslmode=\(mode), and the proxy of `explore`, `replay` and `--sql` "
                    + "speaks no TLS: use a server without TLS, or `run` without --sql")
        }
        if host.isEmpty || host.hasPrefix("/") {
            return .socket("\(host.isEmpty ? Self.socketFolder : host)/.s.PGSQL.\(port)")
        }
        return .port(host: options["hostaddr"] ?? host, port)
    }

    /// Where Debian's and Ubuntu's servers and libpq meet.
    private static let socketFolder = "/var/run/postgresql"
}
