// Roles that live in the database: who may deactivate or reactivate an image is asked there, and no longer of
// the request's headers, which only name the user.

import Hummingbird

/// The routes of roles, and those of the actions that need one.
struct Roles: Part {
    let database: any SQLDatabase
    let guardName: RoleGuardName
    let limits: Limits
    private let keeper: any RoleGuard

    init(database: any SQLDatabase, guardName: RoleGuardName, limits: Limits) {
        self.database = database
        self.guardName = guardName
        self.limits = limits
        keeper = guardName.make(database)
    }

    var option: (name: String, value: String) { ("roles", guardName.rawValue) }

    func statements(_ dialect: SQLDialect) -> [String] { RoleTable.statements(dialect) }

    func addRoutes(to router: Router<BasicRequestContext>, _ answerer: Answerer) {
        router.put("v2/users/:user/roles/:role", use: answerer.answering(grant))
        router.delete("v2/users/:user/roles/:role", use: answerer.answering(revoke))
        router.get("v2/users/:user/access/:id", use: answerer.answering(access))
        router.post("v2/images/:id/actions/deactivate", use: answerer.answering(perform(.deactivate)))
        router.post("v2/images/:id/actions/reactivate", use: answerer.answering(perform(.reactivate)))
    }

    private func perform(_ change: Change) -> Answerer.Handler {
        { request, context in
            var caller = request.caller
            // What follows is done with this role, or not at all.
            caller.roles.insert(RoleTable.admin)
            let change = ChangeRequest(
                change, to: try context.parameters.name("id"), by: caller,
                ifMatch: try request.expectedVersion())
            let action = AdminAction(change: change, limits: limits)
            return .noContent(try await Retry().run { try await keeper.perform(action) }.version)
        }
    }

    private func grant(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        try request.caller.requireAdmin(to: "grant a role")
        let (user, role) = (try context.parameters.name("user"), try context.parameters.name("role"))
        let isGranted = try await Retry().run {
            try await database.transaction(.locking) { try RoleTable(session: $0).grant(role, to: user) }
        }
        guard isGranted else { throw Refusal(.conflict, "\(user) is losing the role \(role)") }
        return .noContent()
    }

    /// Answers when the role is gone.
    private func revoke(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        try request.caller.requireAdmin(to: "revoke a role")
        let (user, role) = (try context.parameters.name("user"), try context.parameters.name("role"))
        let delay = keeper.revocationMilliseconds
        let isRevoked = try await Retry().run {
            try await database.transaction(.locking) { session in
                try RoleTable(session: session).revoke(role, from: user, afterMilliseconds: delay)
            }
        }
        guard isRevoked else { throw Refusal(.notFound, "\(user) has no role \(role) to lose") }
        // The database counts whole milliseconds.
        if delay > 0 { try await Task.sleep(for: .milliseconds(delay + 2)) }
        return .noContent()
    }

    /// The user's role and the image's status, as they are at one moment.
    private func access(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        let (user, id) = (try context.parameters.name("user"), try context.parameters.name("id"))
        let found = try await database.read { try RoleTable(session: $0).access(of: user, to: id) }
        guard let found else { throw Refusal.notFound(id) }
        return .json(
            .object([
                ("user", .text(user)), ("image_id", .text(id)),
                ("role", .text(found.isAdmin ? RoleTable.admin : "none")), ("status", .text(found.status)),
            ]))
    }
}
