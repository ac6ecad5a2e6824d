// What a load cost in processor time, of the service and of its database.

import Core
import History

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

    var document: Value {
        .object([
            "service": service.map(Value.double) ?? .null, "database": database.map(Value.double) ?? .null,
        ])
    }

    static var schema: JSONSchema {
        let known = JSONSchema.anyOf([.number, .null])
        return .object(
            [
                .required("service", known, "of all replicas, where contend started them"),
                .required("database", known, "of its processes, where contend started the server"),
            ], isOpen: true)
    }

    init(document: Value, path: String) throws(ReportError) {
        let members = try Members(document, path: path)
        self.init(
            service: try members.optionalNumber("service"), database: try members.optionalNumber("database"))
    }
}
