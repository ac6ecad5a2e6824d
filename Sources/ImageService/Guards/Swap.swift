// The statements of compare-and-swap, one function a change. The image's row comes first in each, so that
// requests for one image queue there and no two wait for each other.

/// One change as conditional statements inside one transaction.
///
/// Throws `LostRace` when a condition did not hold.
struct Swap {
    /// SQL, and the values of its parameters.
    typealias Condition = (sql: String, values: [SQLValue])

    let session: any SQLSession
    let request: ChangeRequest
    let limits: Limits
    /// Has to hold as well when the image's row changes.
    var also: Condition?

    private var id: SQLValue { .text(request.imageID) }
    private var images: ImageTable { ImageTable(session: session) }
    private static let unlimited = Int(Int32.max)

    func run() throws {
        switch request.change {
        case .create(let image): try images.insert(image)
        case .patch(let operations): try patch(operations)
        case .delete: try delete()
        case .startUpload: try move(from: .queued, to: .saving)
        case .finishUpload(let sizeBytes, let checksum): try finishUpload(sizeBytes, checksum)
        case .abortUpload: try move(from: .saving, to: .queued)
        case .deactivate: try move(from: .active, to: .deactivated)
        case .reactivate: try move(from: .deactivated, to: .active)
        case .addTag(let tag): try addTag(tag)
        case .removeTag(let tag): try removeTag(tag)
        case .addMember(let member): try addMember(member)
        case .removeMember(let member): try removeMember(member)
        }
    }

    private func move(from: ImageStatus, to: ImageStatus) throws {
        try swap("status = ?", [.text(to.rawValue)], where: "status = ?", [.text(from.rawValue)])
    }

    private func finishUpload(_ sizeBytes: Int, _ checksum: String) throws {
        try swap(
            "status = 'active', size = ?, checksum = ?", [.integer(sizeBytes), .text(checksum)],
            where: "status = 'saving'")
        try count(
            storage: sizeBytes, where: " AND storage_used + ? <= ?",
            [.integer(sizeBytes), .integer(limits.storageBytes ?? Int.max)])
    }

    private func delete() throws {
        try swap("status = 'deleted'", where: "protected = 0")
        let size = try session.rows("SELECT size FROM images WHERE id = ?", [id]).first?.integer(0) ?? 0
        if size > 0 { try count(storage: -size) }
    }

    private func count(storage change: Int, where condition: String = "", _ more: [SQLValue] = []) throws {
        let owner = try session.rows("SELECT project FROM images WHERE id = ?", [id]).first?.text(0) ?? ""
        try ProjectTable(session: session).ensure(owner)
        try must(
            """
            UPDATE projects SET storage_used = storage_used + ?, version = version + 1
            WHERE project = ?\(condition)
            """,
            [.integer(change), .text(owner)] + more)
    }

    private func addTag(_ tag: String) throws {
        try swap(
            "tag_count = tag_count + 1", where: "tag_count < ?", [.integer(limits.tags ?? Self.unlimited)])
        try images.insertTag(tag, of: request.imageID)
    }

    private func removeTag(_ tag: String) throws {
        try swap("tag_count = tag_count - 1")
        try must("DELETE FROM image_tags WHERE image_id = ? AND tag = ?", [id, .text(tag)])
    }

    private func addMember(_ member: String) throws {
        try swap(
            "member_count = member_count + 1", where: "visibility = 'shared' AND member_count < ?",
            [.integer(limits.members ?? Self.unlimited)])
        try images.insertMember(member, status: "pending", of: request.imageID)
    }

    private func removeMember(_ member: String) throws {
        try swap("member_count = member_count - 1")
        if try images.deleteMember(member, of: request.imageID) == 0 { throw LostRace() }
    }

    private func patch(_ operations: [PatchOperation]) throws {
        try swap()
        for operation in operations {
            switch operation {
            case .set(.name(let name), _): try set("name", .optional(name))
            case .set(.visibility(let visibility), _): try set("visibility", .text(visibility.rawValue))
            case .set(.isProtected(let isProtected), _):
                try set("protected", .integer(isProtected ? 1 : 0))
            case .set(.tags(let tags), _): try replaceTags(tags)
            case .set(.property(let name, let value), let mustExist):
                try setProperty(name, value, mustExist)
            case .removeProperty(let name):
                try must("DELETE FROM image_properties WHERE image_id = ? AND name = ?", [id, .text(name)])
                try must("UPDATE images SET property_count = property_count - 1 WHERE id = ?", [id])
            }
        }
        try must(
            "UPDATE images SET version = version WHERE id = ? AND property_count <= ? AND tag_count <= ?",
            [id, .integer(limits.properties ?? Self.unlimited), .integer(limits.tags ?? Self.unlimited)])
    }

    private func set(_ column: String, _ value: SQLValue) throws {
        try must("UPDATE images SET \(column) = ? WHERE id = ?", [value, id])
    }

    private func replaceTags(_ tags: Set<String>) throws {
        try images.deleteTags(of: request.imageID)
        for tag in tags.sorted() { try images.insertTag(tag, of: request.imageID) }
        try set("tag_count", .integer(tags.count))
    }

    private func setProperty(_ name: String, _ value: String, _ mustExist: Bool) throws {
        let updated = try session.change(
            "UPDATE image_properties SET value = ? WHERE image_id = ? AND name = ?",
            [.text(value), id, .text(name)])
        if updated == 1 { return }
        if mustExist { throw LostRace() }
        try images.insertProperty(name, value, of: request.imageID)
        try must("UPDATE images SET property_count = property_count + 1 WHERE id = ?", [id])
    }

    /// The compare-and-swap itself: changes the image's row if the condition holds of it, at the version that
    /// the client insists on, if any.
    private func swap(
        _ assignment: String? = nil, _ values: [SQLValue] = [], where condition: String? = nil,
        _ conditionValues: [SQLValue] = []
    ) throws {
        var sql = """
            UPDATE images SET \(assignment.map { $0 + ", " } ?? "")version = version + 1, updated_at = ?
            WHERE id = ? AND status <> 'deleted'\(condition.map { " AND " + $0 } ?? "")
            """
        var parameters = values + [.text(Timestamp.now()), id] + conditionValues
        if let version = request.expectedVersion {
            sql += " AND version = ?"
            parameters.append(.integer(version))
        }
        if let also {
            sql += " AND " + also.sql
            parameters += also.values
        }
        try must(sql, parameters)
    }

    /// Runs a statement that has to change something, else the race is lost.
    private func must(_ sql: String, _ parameters: [SQLValue]) throws {
        if try session.change(sql, parameters) == 0 { throw LostRace() }
    }
}
