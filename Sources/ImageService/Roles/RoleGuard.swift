// How an action makes sure that its role holds while it takes effect: the guards by the names that `--roles`
// takes.

/// The guards of roles.
public enum RoleGuardName: String, Sendable, CaseIterable {
    case readFirst = "read-first"
    case cached
    case sameStatement = "same-statement"
    case rowLock = "row-lock"
    case lease

    func make(_ database: any SQLDatabase) -> any RoleGuard {
        switch self {
        case .readFirst: RoleReadFirst(database: database)
        case .cached: RoleCached(database: database)
        case .sameStatement: RoleSameStatement(database: database)
        case .rowLock: RoleRowLock(database: database)
        case .lease: RoleLease(database: database)
        }
    }
}

/// Lets admins act, and nobody else.
protocol RoleGuard: Sendable {
    /// How long a role holds after it was revoked; the request that revokes it waits as long.
    var revocationMilliseconds: Int { get }
    /// Throws `Refusal` when the action surely had no effect.
    func perform(_ action: AdminAction) async throws -> Image
}

extension RoleGuard {
    var revocationMilliseconds: Int { 0 }
}

/// A change that only an admin may make.
struct AdminAction: Sendable {
    let change: ChangeRequest
    let limits: Limits

    var user: String { change.caller.user }
    var refusal: Refusal { Refusal(.forbidden, "\(user) is no admin") }

    /// Makes the change by one conditional statement, with one more condition if need be.
    ///
    /// Throws `LostRace` if nothing but that condition speaks against it.
    func run(_ session: any SQLSession, also: Swap.Condition? = nil) throws -> Image {
        do {
            try Swap(session: session, request: change, limits: limits, also: also).run()
        } catch let race as LostRace {
            _ = try change.decide(on: change.load(session, limits), limits: limits)
            throw race
        }
        guard let image = try ImageTable(session: session).load(change.imageID) else { throw LostRace() }
        return image
    }
}
