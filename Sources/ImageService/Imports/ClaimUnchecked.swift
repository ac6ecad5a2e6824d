// Planted: a worker reads a task that is pending, and then marks it as its own, whoever has done so
// meanwhile.

/// Lets two workers run one task.
struct ClaimUnchecked: ImportGuard {
    let database: any SQLDatabase

    func claim() async throws -> Claim? {
        guard let next = try await database.read({ try TaskTable(session: $0).next(orExpired: false) })
        else { return nil }
        // Looks at what it takes on before it marks the task.
        _ = try await database.read { try ImageTable(session: $0).load(next.image) }
        return try await database.transaction(.locking) { session in
            try TaskTable(session: session).take(next, ifUnchanged: false)
        }
    }

    func finish(_ claim: Claim) async throws { try await finish(claim, ifStillMine: false) }
}
