// The database of one run, whichever kind it is, as the names that it binds.

import CLibpq
import Core
import Glibc
import Scenario

/// What replicas are told of their database.
struct RunDatabase: Sendable {
    /// `database.url` and its parts.
    var bindings: [String: Value]
    /// Not to be seen in logs.
    var sensitive: [String] = []
    /// What monitors need; nothing where there is no server.
    var watched: WatchedServer?
    /// The server, where contend started it.
    var process: SupervisorClient.Handle?
    /// The file, where it is one.
    var path: String?

    /// Makes the declared database ready for use; everything is registered with the supervisor before it
    /// exists.
    static func start(_ context: RunContext) async throws(ClusterError) -> RunDatabase {
        switch context.scenario.target.database {
        case .none:
            return RunDatabase(bindings: [:])
        case .sqlite:
            context.onEvent(.starting("SQLite"))
            return try sqlite(in: context.options.runDirectory)
        case .postgresql(let settings, nil):
            context.onEvent(.starting("PostgreSQL"))
            return try await PostgresServer(context: context, settings: settings).start()
        case .postgresql(_, let url?):
            context.onEvent(.starting("a database on the PostgreSQL server given by its URL"))
            return try await ExistingServer(
                url: context.text(url, in: context.bindings), context: context
            ).start()
        }
    }

    /// A fresh, empty file; it stays in the run directory as evidence.
    static func sqlite(in runDirectory: String) throws(ClusterError) -> RunDatabase {
        let path = runDirectory + "/database/contend.sqlite"
        try RunContext.makeDirectory(runDirectory + "/database")
        guard access(path, F_OK) != 0 else {
            throw ClusterError(.database, "\(path) exists already: each run needs a directory of its own")
        }
        try RunContext.write("", to: path)
        var database = RunDatabase(bindings: [
            // Four slashes: after three, SQLAlchemy and those like it read a relative path.
            "database.url": .string("sqlite:///" + path.percentEncodedPath),
            "database.path": .string(path),
        ])
        database.path = path
        return database
    }

    static func postgresql(_ address: PostgresAddress) -> RunDatabase {
        RunDatabase(
            bindings: [
                "database.url": .string(address.url), "database.host": .string(address.host),
                "database.port": .int(address.port), "database.user": .string(address.user),
                "database.name": .string(address.database),
            ], sensitive: [address.password].compactMap { $0 },
            watched: WatchedServer(
                url: address.url, port: address.port, database: address.database, logFile: nil,
                logNotice: "the log of this server cannot be read: deadlocks are counted and seen live, "
                    + "but not all of them can be explained"))
    }

    /// Twelve letters and digits that no other run has.
    static func token() -> String {
        let letters = Array("abcdefghijklmnopqrstuvwxyz0123456789")
        return String((0..<12).map { _ in letters.randomElement() ?? "x" })
    }
}

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
