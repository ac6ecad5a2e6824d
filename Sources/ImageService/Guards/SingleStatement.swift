// A planted race in one statement: it counts and inserts at once, without a transaction around it. Under READ
// COMMITTED it does not see what another one has inserted but not yet committed, and both find room.

/// Guards the members' quota by a count in the INSERT, and everything else as `VersionColumn` does.
///
/// A new member leaves the image's row, and so its version, alone. SQLite has one writer, so nothing races
/// there.
struct SingleStatement: Guard {
    let database: any SQLDatabase
    let limits: Limits

    func apply(_ request: ChangeRequest) async throws -> Image {
        guard case .addMember(let member) = request.change else {
            return try await VersionColumn(database: database, limits: limits).apply(request)
        }
        return try await Retry().run {
            let before = try await database.read { session in try request.load(session, limits) }
            let after = try request.decide(on: before, limits: limits)
            guard var image = before.image else { throw Refusal.notFound(request.imageID) }
            image.members = after.image?.members ?? [:]
            let inserted = try await database.transaction(.autocommit) { session in
                try session.change(
                    """
                    INSERT INTO image_members (image_id, member, status)
                    SELECT i.id, ?, 'pending' FROM images i
                    WHERE i.id = ? AND (SELECT count(*) FROM image_members m WHERE m.image_id = i.id) < ?
                    """,
                    [.text(member), .text(request.imageID), .integer(limits.members ?? Int(Int32.max))])
            }
            if inserted == 0 { throw LostRace() }
            return image
        }
    }
}
