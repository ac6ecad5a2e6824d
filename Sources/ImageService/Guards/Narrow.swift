// A planted race in one narrow place among many statements: the version is not that of the row that was read,
// but of a statement later. Whoever commits between the two is overwritten, and nobody else.

/// Guards by a version column as `VersionColumn` does, in one long READ COMMITTED transaction that reads the
/// image's properties one by one, as an object-relational mapper does.
///
/// On SQLite the transaction reads one snapshot, so that nothing races.
struct Narrow: Guard {
    let database: any SQLDatabase
    let limits: Limits

    func apply(_ request: ChangeRequest) async throws -> Image {
        try await Retry().run {
            try await database.transaction(.plain) { session in
                var before = try request.load(session, limits)
                let id = SQLValue.text(request.imageID)
                // The narrow place is before this statement.
                let row = try session.rows("SELECT version FROM images WHERE id = ?", [id]).first
                if let version = row?.integer(0) { before.image?.version = version }
                for name in (before.image?.properties ?? [:]).keys.sorted() {
                    before.image?.properties[name] = try session.rows(
                        "SELECT value FROM image_properties WHERE image_id = ? AND name = ?",
                        [id, .text(name)]
                    ).first?.text(0)
                }
                let after = try request.decide(on: before, limits: limits)
                try request.write(after, over: before, session, ifVersionsHold: true)
                guard let image = after.image else { throw Refusal.notFound(request.imageID) }
                return image
            }
        }
    }
}
