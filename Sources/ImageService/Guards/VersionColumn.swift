// Optimistic: decide on what was read, and write only if the version is still the one that was read. A loser
// starts again from a fresh read, unless the client itself insists on a version: then it is told 412.

/// Guards by a version column in the image's and the project's row; names and ids by unique indexes.
struct VersionColumn: Guard {
    let database: any SQLDatabase
    let limits: Limits

    func apply(_ request: ChangeRequest) async throws -> Image {
        try await Retry().run {
            let before = try await database.read { session in try request.load(session, limits) }
            let after = try request.decide(on: before, limits: limits)
            try await database.transaction(.plain) { session in
                try request.write(after, over: before, session, ifVersionsHold: true)
            }
            guard let image = after.image else { throw Refusal.notFound(request.imageID) }
            return image
        }
    }
}
