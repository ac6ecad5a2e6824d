// The registry without HTTP: a database, the guard in front of it, and the reads beside it. One value is one
// replica.

import Foundation
import Logging
import MariaClient

/// One replica's access to the images.
public struct ImageRegistry: Sendable {
    public let guardName: GuardName
    public let limits: Limits
    let parts: [any Part]
    let database: any SQLDatabase
    private let keeper: any Guard

    /// Opens the database named by a URL (`sqlite:////absolute/path`, `postgresql://…` or `mysql://…`) and
    /// creates the schema if no other replica has.
    ///
    /// `connections` is the size of the pool, of readers on SQLite; with `commentsStatements` a
    /// server's statements end in a comment with the request's `traceparent` (sqlcommenter's form).
    ///
    /// Throws `StartError`.
    public init(
        databaseURL: String, guard guardName: GuardName, limits: Limits = Limits(),
        parts options: PartOptions = PartOptions(), connections: Int = 8, commentsStatements: Bool = false
    ) async throws {
        let database = try Self.open(databaseURL, connections, commentsStatements)
        let parts = options.parts(database, limits)
        do {
            try await Schema(guardName: guardName, limits: limits, parts: parts).create(in: database)
        } catch let error as SQLError {
            database.close()
            throw StartError(code: .unreachable, sentence: "cannot create the tables: \(error)")
        } catch let refusal as Refusal {
            database.close()
            throw StartError(
                code: .unreachable, sentence: "cannot create the tables: \(refusal.sentence)")
        } catch {
            database.close()
            throw error
        }
        self.guardName = guardName
        self.limits = limits
        self.parts = parts
        self.database = database
        self.keeper = guardName.make(database, limits)
    }

    private static func open(
        _ url: String, _ connections: Int, _ commentsStatements: Bool
    ) throws -> any SQLDatabase {
        do {
            if url.hasPrefix("sqlite:///") {
                return try SQLiteDatabase(path: path(ofSQLite: url), readers: connections)
            }
            if url.hasPrefix("postgresql://") || url.hasPrefix("postgres://") {
                return try ServerDatabase(
                    .postgresql, url: url, connections: connections, commentsStatements: commentsStatements)
            }
            if MariaAddress.schemes.contains(where: url.hasPrefix) {
                return try ServerDatabase(
                    .mariadb, url: url, connections: connections, commentsStatements: commentsStatements)
            }
        } catch {
            throw StartError(code: .unreachable, sentence: "cannot open the database: \(error)")
        }
        throw StartError(
            code: .databaseURL,
            sentence:
                "DATABASE_URL must be sqlite:////absolute/path, postgresql://… or mysql://user@host:port/database"
        )
    }

    /// The file that a URL of SQLite names, which may be percent-encoded.
    ///
    /// An absolute path has four slashes, as SQLAlchemy writes it; this program has no use for relative ones,
    /// and takes three for the same.
    static func path(ofSQLite url: String) -> String {
        let path = "/" + url.dropFirst("sqlite:".count).drop { $0 == "/" }
        return path.removingPercentEncoding ?? path
    }

    /// Makes a change under the guard.
    ///
    /// Throws `Refusal` when it surely had no effect.
    public func apply(_ request: ChangeRequest) async throws -> Image {
        try await keeper.apply(request)
    }

    /// Makes several changes under the guard, which may make them together or one by one.
    func applyAll(_ requests: [ChangeRequest]) async throws -> [Image] {
        try await keeper.applyAll(requests)
    }

    /// The image, if it is there and the caller may see it.
    ///
    /// Throws `Refusal` otherwise.
    public func image(_ id: String, for caller: Caller) async throws -> Image {
        guard let image = try await database.read({ session in try ImageTable(session: session).load(id) }),
            image.status != .deleted, caller.sees(image)
        else { throw Refusal.notFound(id) }
        return image
    }

    func images(_ filter: ImageFilter, for caller: Caller) async throws -> [Image] {
        try await database.read { session in try ImageTable(session: session).list(filter, for: caller) }
    }

    /// The members as rows, duplicates included.
    func members(of id: String) async throws -> [(member: String, status: String)] {
        try await database.read { session in try ImageTable(session: session).members(of: id) }
    }

    /// Bytes of the live images of a project, summed from the images themselves.
    public func storageUsed(by project: String) async throws -> Int {
        try await database.read { session in try ImageTable(session: session).storageUsed(by: project) }
    }

    /// What the parts do besides answering, until it is cancelled.
    func work(_ logger: Logger) async {
        await withTaskGroup { group in
            for part in parts { group.addTask { await part.work(logger) } }
        }
    }

    /// Closes the connections; requests that come later fail.
    public func close() { database.close() }
}
