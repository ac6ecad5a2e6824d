// What sets a server of a cluster apart from one that is alone.

import MariaClient

/// What a server that is one of a cluster has that a server alone has not.
struct MariaRole: Sendable {
    /// As people call the server.
    var name = "MariaDB"
    /// Where its log is copied to, in the run directory.
    var evidence = "database"
    /// Settings of its own, which nobody may change.
    var settings: [String: String] = [:]
    /// Runs before the statements that make user and database.
    var opening = ""
    /// Whether the server is ready for use, once it takes connections.
    var isReady: @Sendable (MariaConnection) -> Bool = { _ in true }
}
