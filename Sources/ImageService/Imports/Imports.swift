// Long tasks: a request leaves a task in the database, and a worker in one of the replicas imports the image
// later. The bytes are made up; what counts is how often a task had its effect.

import Foundation
import Hummingbird
import Logging

/// The routes of tasks, and one worker a replica.
struct Imports: Part {
    let database: any SQLDatabase
    let guardName: ImportGuardName

    /// How long an import takes.
    private static let duration = Duration.milliseconds(25)
    /// How long a worker waits before it looks for a task again.
    private static let idle = Duration.milliseconds(10)

    var option: (name: String, value: String) { ("imports", guardName.rawValue) }

    func statements(_ dialect: SQLDialect) -> [String] { TaskTable.statements(dialect) }

    func addRoutes(to router: Router<BasicRequestContext>, _ answerer: Answerer) {
        router.post("v2/images/:id/import", use: answerer.answering(start))
        router.get("v2/images/:id/tasks", use: answerer.answering(list))
        router.get("v2/tasks/:task", use: answerer.answering(show))
    }

    /// Takes one task after the other; a task whose worker fails stays with it.
    func work(_ logger: Logger) async {
        let keeper = guardName.make(database)
        while !Task.isCancelled {
            do {
                guard let claim = try await keeper.claim() else {
                    try await Task.sleep(for: Self.idle)
                    continue
                }
                try await Task.sleep(for: Self.duration)
                try await Retry().run { try await keeper.finish(claim) }
            } catch is CancellationError {
                return
            } catch {
                logger.error("worker: \(error)")
                try? await Task.sleep(for: Self.idle)
            }
        }
    }

    private func start(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        let image = try context.parameters.name("id")
        let caller = request.caller
        let task = UUID().uuidString.lowercased()
        return try await Retry().run {
            try await database.transaction(.locking) { session in
                guard let found = try ImageTable(session: session).load(image), found.status != .deleted,
                    caller.sees(found)
                else { throw Refusal.notFound(image) }
                guard caller.owns(found) else {
                    throw Refusal(.forbidden, "image \(image) belongs to another project")
                }
                let tasks = TaskTable(session: session)
                try tasks.insert(task, of: image)
                return .json(try tasks.list("task = ?", task)[0].document, status: 202)
            }
        }
    }

    private func show(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        let task = try context.parameters.name("task")
        let found = try await database.read { try TaskTable(session: $0).list("task = ?", task).first }
        guard let found else { throw Refusal(.notFound, "no task with id \(task)") }
        return .json(found.document)
    }

    private func list(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        let image = try context.parameters.name("id")
        let tasks = try await database.read { try TaskTable(session: $0).list("image_id = ?", image) }
        return .json(.object([("tasks", .array(tasks.map(\.document)))]))
    }
}
