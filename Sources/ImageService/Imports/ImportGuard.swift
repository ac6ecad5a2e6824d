// How a worker makes sure that a task is its own: the guards by the names that `--imports` takes.

/// The guards of long tasks; each has what the one before it lacks.
public enum ImportGuardName: String, Sendable, CaseIterable {
    case checkThenAct = "check-then-act"
    case noLease = "no-lease"
    case noFencing = "no-fencing"
    case fencing
    case skipLocked = "skip-locked"

    func make(_ database: any SQLDatabase) -> any ImportGuard {
        switch self {
        case .checkThenAct: ClaimUnchecked(database: database)
        case .noLease: ClaimForever(database: database)
        case .noFencing: ClaimUnfenced(database: database)
        case .fencing: ClaimFenced(database: database)
        case .skipLocked: ClaimSkipLocked(database: database)
        }
    }
}

/// Gives tasks to one worker.
protocol ImportGuard: Sendable {
    var database: any SQLDatabase { get }
    /// The task that this worker shall run now, if there is one.
    func claim() async throws -> Claim?
    /// Ends a task with its effect, unless the guard sees that it is another worker's by now.
    func finish(_ claim: Claim) async throws
}

extension ImportGuard {
    func finish(_ claim: Claim, ifStillMine: Bool) async throws {
        try await database.transaction(.locking) { session in
            try TaskTable(session: session).finish(claim, ifStillMine: ifStillMine)
        }
    }

    /// Reads a task, then claims it if nobody else has since: compare-and-swap.
    func claimBySwap(orExpired: Bool) async throws -> Claim? {
        guard let next = try await database.read({ try TaskTable(session: $0).next(orExpired: orExpired) })
        else { return nil }
        return try await database.transaction(.locking) { session in
            try TaskTable(session: session).take(next, ifUnchanged: true)
        }
    }
}
