// The condition goes into the statement that writes: the row changes only if it still is as the change needs
// it, and the database sees to it that no two statements change it at once. A statement that changed no row
// is explained from a fresh read afterwards.

/// Guards by conditions in UPDATE, counters in the rows for the quotas (a `count(*)` in a condition is not
/// atomic under READ COMMITTED), and unique indexes.
struct CompareAndSwap: Guard {
    let database: any SQLDatabase
    let limits: Limits

    func apply(_ request: ChangeRequest) async throws -> Image {
        try await Retry().run {
            let before = try await database.read { session in try request.load(session, limits) }
            if case .create = request.change {
                _ = try request.decide(on: before, limits: limits)
            } else {
                // Only the owner, who never changes, matters here; all that depends on state is up to the
                // statements.
                try request.admit(to: before.image)
            }
            do {
                return try await database.transaction(.plain) { session in
                    let swap = Swap(session: session, request: request, limits: limits)
                    try swap.run()
                    guard let image = try ImageTable(session: session).load(request.imageID) else {
                        throw LostRace()
                    }
                    return image
                }
            } catch let race as LostRace {
                return try await explain(request, race)
            } catch let error as SQLError where error.kind == .uniqueViolation {
                return try await explain(request, error)
            }
        }
    }

    /// Why the swap did not take place: a refusal, or nothing to do; else the state has changed since, and
    /// the swap is worth another attempt.
    private func explain(_ request: ChangeRequest, _ obstacle: any Error) async throws -> Image {
        let fresh = try await database.read { session in try request.load(session, limits) }
        let after = try request.decide(on: fresh, limits: limits)
        guard after == fresh, let image = after.image else { throw obstacle }
        return image
    }
}
