// A planted deadlock that no database sees: a request that holds a connection and its row lock asks the pool
// for another one. When every connection of the pool is held that way, nobody ever gets the second.

/// Guards as `RowLock` does, but looks at the project's usage through a second connection meanwhile.
struct TwoConnections: Guard {
    let database: any SQLDatabase
    let limits: Limits

    func apply(_ request: ChangeRequest) async throws -> Image {
        let database = database
        return try await Retry().run {
            try await database.transaction(.locking) { session in
                let image = try request.applyLocked(session, limits)
                _ = try database.readElsewhere { other in
                    try ImageTable(session: other).storageUsed(by: image.project)
                }
                return image
            }
        }
    }
}
