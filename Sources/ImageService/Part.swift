// What the service offers beside images, when an option asks for it: tables, routes, and perhaps work that no
// request asks for. Each part is a folder with its guards.

import Hummingbird
import Logging

/// A part of one replica.
protocol Part: Sendable {
    /// The option that turned it on, with its value; all replicas of one database have the same.
    var option: (name: String, value: String) { get }
    /// Makes tables and indexes where they are missing.
    func statements(_ dialect: SQLDialect) -> [String]
    func addRoutes(to router: Router<BasicRequestContext>, _ answerer: Answerer)
    /// What the replica does besides answering, until it is cancelled.
    func work(_ logger: Logger) async
}

extension Part {
    func work(_ logger: Logger) async {}
}
