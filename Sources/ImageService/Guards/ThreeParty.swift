// A planted race of three (ABA): the write asks whether the status is the one that was read, not whether the
// row is. Another request sets the status, a third one takes it back, and the writer sees nothing of both.

/// Guards by a compare-and-set of the status, without a version; then writes the whole object as it was read.
struct ThreeParty: Guard {
    let database: any SQLDatabase
    let limits: Limits

    func apply(_ request: ChangeRequest) async throws -> Image {
        try await Retry().run {
            let before = try await database.read { session in try request.load(session, limits) }
            let after = try request.decide(on: before, limits: limits)
            guard let image = after.image else { throw Refusal.notFound(request.imageID) }
            try await database.transaction(.plain) { session in
                if let old = before.image, image != old {
                    let swapped = try session.change(
                        "UPDATE images SET status = ? WHERE id = ? AND status = ?",
                        [.text(image.status.rawValue), .text(image.id), .text(old.status.rawValue)])
                    if swapped == 0 { throw LostRace() }
                }
                try request.write(after, over: before, session)
            }
            return image
        }
    }
}
