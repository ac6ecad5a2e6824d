// The command line of one replica.

public import ArgumentParser
import Glibc
public import ImageService
import Logging

/// Parses the flags, opens the database and serves.
@main
struct ImageServiceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "image-service",
        abstract: "A small image registry in the manner of Glance v2, to run several replicas of.",
        discussion:
            "The database is named by DATABASE_URL: sqlite:////absolute/path, postgresql://user@host:port/db or mysql://user@host:port/db."
    )

    @Option(help: "Port to listen on.")
    var port: Int

    @Option(help: "Address to listen on.")
    var host = "127.0.0.1"

    @Option(name: .customLong("guard"), help: "How a change is protected against the other replicas.")
    var guardName: GuardName

    @Option(help: "Most tags of an image; -1 for no limit.")
    var quotaTags = 128

    @Option(help: "Most members of an image; -1 for no limit.")
    var quotaMembers = 128

    @Option(help: "Most custom properties of an image; -1 for no limit.")
    var quotaProperties = 128

    @Option(help: "Most bytes of image data of a project; -1 for no limit.")
    var quotaStorage = -1

    @Flag(help: "Refuse a second image of the same name in a project.")
    var uniqueNames = false

    @Option(help: "Offer long tasks, under this guard.")
    var imports: ImportGuardName?

    @Option(help: "Keep roles in the database, and check them under this guard.")
    var roles: RoleGuardName?

    @Option(help: "Offer artifacts, under this guard.")
    var artifacts: ArtifactGuardName?

    @Option(help: "Connections to the database; on SQLite, of readers.")
    var connections = 8

    @Flag(help: "End a server's statements in a comment with the request's traceparent.")
    var sqlComments = false

    func validate() throws {
        guard (1...1_000).contains(connections) else {
            throw ValidationError("--connections must be a number from 1 to 1000")
        }
    }

    func run() async throws {
        guard let url = getenv("DATABASE_URL").map({ String(cString: $0) }) else {
            throw ValidationError(
                "DATABASE_URL is not set; set it to sqlite:////absolute/path, postgresql://… or mysql://…")
        }
        LoggingSystem.bootstrap { StreamLogHandler.standardError(label: $0) }
        let limits = Limits(
            tags: limit(quotaTags), members: limit(quotaMembers), properties: limit(quotaProperties),
            storageBytes: limit(quotaStorage), uniqueNames: uniqueNames)
        let registry = try await ImageRegistry(
            databaseURL: url, guard: guardName, limits: limits,
            parts: PartOptions(imports: imports, roles: roles, artifacts: artifacts),
            connections: connections, commentsStatements: sqlComments)
        try await Replica(
            registry: registry, host: host, port: port, logger: Logger(label: "image-service")
        ).run()
    }

    private func limit(_ quota: Int) -> Int? { quota < 0 ? nil : quota }
}

extension GuardName: ExpressibleByArgument {}
extension ImportGuardName: ExpressibleByArgument {}
extension RoleGuardName: ExpressibleByArgument {}
extension ArtifactGuardName: ExpressibleByArgument {}
