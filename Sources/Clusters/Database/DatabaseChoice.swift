// The one place that knows which engines there are.

import Scenarios

extension DatabaseDeclaration {
    /// Makes the declared database ready for use; everything is registered with the supervisor before it
    /// exists.
    func start(_ context: RunContext) async throws(ClusterError) -> any DatabaseEngine {
        switch self {
        case .none: NoDatabase()
        case .sqlite: try SQLiteFile(context)
        case .postgresql(let settings, nil):
            try await PostgresServer(context: context, settings: settings).start()
        case .postgresql(_, let url?): try await ExistingServer(url: url, context: context).start()
        case .mariadb(let settings, nil):
            try await MariaServer(context: context, settings: settings).start()
        case .mariadb(_, let url?): try await MariaExisting(url: url, context: context).start()
        case .galera(let nodes, let settings):
            try await GaleraCluster(context: context, nodes: nodes, settings: settings).start()
        }
    }
}

extension DatabaseKind {
    /// What runs with these engines need of the machine.
    static func parts(_ options: ClusterOptions, needed: DatabaseKind?) -> [MachinePart] {
        PostgresParts.all(options, isNeeded: needed == .postgresql)
            + MariaParts.all(options, isNeeded: needed == .mariadb || needed == .galera)
            + GaleraParts.all(isNeeded: needed == .galera)
    }

    /// Drops a database of an existing server, whoever is connected to it; blocking.
    func drop(_ name: String, of server: String) throws(ClusterError) {
        switch self {
        case .sqlite, .galera: throw ClusterError(.database, "\(displayName) has no server of others")
        case .postgresql: try PostgresConnection.drop(name, of: server)
        case .mariadb: try MariaExisting.drop(name, of: server)
        }
    }
}
