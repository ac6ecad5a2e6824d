// One process of the service: the registry behind HTTP on one port, until it is told to stop.

import Hummingbird
public import Logging
import ServiceLifecycle
import UnixSignals

/// A replica that listens on one address.
public struct Replica: Sendable {
    public let registry: ImageRegistry
    public let host: String
    public let port: Int
    private let logger: Logger

    /// Requests still being answered when the process is told to stop get this long.
    private static let longestShutdown = Duration.milliseconds(700)

    public init(registry: ImageRegistry, host: String, port: Int, logger: Logger) {
        self.registry = registry
        self.host = host
        self.port = port
        self.logger = logger
    }

    /// Serves until SIGTERM or SIGINT, then stops within a second.
    public func run() async throws {
        var quiet = logger
        quiet.logLevel = .error
        let routes = ImageRoutes(registry: registry, answerer: Answerer(logger: logger))
        let application = Application(
            router: routes.router(),
            configuration: ApplicationConfiguration(address: .hostname(host, port: port), backlog: 4_096),
            onServerRunning: { channel in
                let address = channel.localAddress.map { "\($0)" } ?? "\(host):\(port)"
                logger.info("image-service \(registry.guardName.rawValue) listens on \(address)")
            }, logger: quiet)
        var configuration = ServiceGroupConfiguration(
            services: [
                .init(service: application), .init(service: PartWork(registry: registry, logger: logger)),
            ],
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: quiet)
        configuration.maximumGracefulShutdownDuration = Self.longestShutdown
        defer { registry.close() }
        try await ServiceGroup(configuration: configuration).run()
    }
}

/// The work of the parts, which ends when the replica is told to stop.
private struct PartWork: Service {
    let registry: ImageRegistry
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown { await registry.work(logger) }
        // A service that returns early would stop the others.
        try await gracefulShutdown()
    }
}
