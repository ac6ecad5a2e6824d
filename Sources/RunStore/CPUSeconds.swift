// What a load cost in processor time, of the service and of its database.

import Core
public import Histories

/// Processor seconds, user and system, between the begin and the end of a load.
public struct CPUSeconds: Sendable, Hashable {
    /// Of all replicas; `nil` where contend did not start them, or a fault replaced one.
    public var service: Double?
    /// Of the database's processes without the monitor's connection; `nil` where contend did not start the
    /// server, and with SQLite, whose work is in the service.
    public var database: Double?

    public init(service: Double?, database: Double?) {
        self.service = service
        self.database = database
    }
}

extension CPUSeconds: Document {
    public static func members(_ member: inout Members<Self>) throws(DocumentError) -> Self {
        CPUSeconds(
            service: try member.required(
                "service", \.service, .known(.number), "of all replicas, where contend started them"),
            database: try member.required(
                "database", \.database, .known(.number),
                "of its processes, where contend started the server"))
    }
}
