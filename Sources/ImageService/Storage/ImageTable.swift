// Images between rows and values. Reading is one statement, so that an image is never seen half written.

/// Reads and writes images through a session.
struct ImageTable {
    let session: any SQLSession

    func load(_ id: String) throws -> Image? {
        try session.rows(
            Self.selection(session.dialect) + " WHERE i.id = ? ORDER BY i.row_key LIMIT 1", [.text(id)]
        ).first.map(Self.image)
    }

    func exists(_ id: String) throws -> Bool {
        try !session.rows("SELECT 1 FROM images WHERE id = ? LIMIT 1", [.text(id)]).isEmpty
    }

    /// Images that match, oldest first; `deleted` ones never do.
    func list(_ filter: ImageFilter, for caller: Caller) throws -> [Image] {
        var condition = "i.status <> 'deleted'"
        var parameters: [SQLValue] = []
        for (column, value) in filter.columns {
            condition += " AND i.\(column) = ?"
            parameters.append(.text(value))
        }
        if let tag = filter.tag {
            condition += " AND EXISTS (SELECT 1 FROM image_tags t WHERE t.image_id = i.id AND t.tag = ?)"
            parameters.append(.text(tag))
        }
        let sql = Self.selection(session.dialect) + " WHERE \(condition) ORDER BY i.row_key"
        var images: [Image] = []
        for image in try session.rows(sql + " LIMIT \(ImageFilter.scanLimit)", parameters).map(Self.image)
        where caller.sees(image) {
            images.append(image)
            if images.count == filter.limit { break }
        }
        return images
    }

    func insert(_ image: Image) throws {
        try session.change(
            """
            INSERT INTO images (id, project, name, status, visibility, protected, disk_format,
                container_format,
                size, checksum, version, created_at, updated_at, tag_count, member_count, property_count)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?)
            """,
            [
                .text(image.id), .text(image.project), .optional(image.name), .text(image.status.rawValue),
                .text(image.visibility.rawValue), .integer(image.isProtected ? 1 : 0),
                .optional(image.diskFormat), .optional(image.containerFormat), .optional(image.sizeBytes),
                .optional(image.checksum), .integer(image.version), .text(image.createdAt),
                .text(image.updatedAt), .integer(image.tags.count), .integer(image.properties.count),
            ])
        try insertTags(image)
        try insertProperties(image)
    }

    /// Writes every column of the row, whatever it holds now; with a version only if the row still has that
    /// one.
    ///
    /// Answers how many rows were written.
    func update(_ image: Image, ifVersion version: Int? = nil) throws -> Int {
        var parameters: [SQLValue] = [
            .optional(image.name), .text(image.status.rawValue), .text(image.visibility.rawValue),
            .integer(image.isProtected ? 1 : 0), .optional(image.sizeBytes), .optional(image.checksum),
            .integer(image.version), .text(image.updatedAt), .text(image.id),
        ]
        var condition = ""
        if let version {
            condition = " AND version = ?"
            parameters.append(.integer(version))
        }
        return try session.change(
            """
            UPDATE images SET name = ?, status = ?, visibility = ?, protected = ?, size = ?, checksum = ?,
                version = ?, updated_at = ? WHERE id = ?
            """ + condition, parameters)
    }

    func replaceTags(of image: Image) throws {
        try deleteTags(of: image.id)
        try insertTags(image)
    }

    func replaceProperties(of image: Image) throws {
        try session.change("DELETE FROM image_properties WHERE image_id = ?", [.text(image.id)])
        try insertProperties(image)
    }

    private func insertTags(_ image: Image) throws {
        for tag in image.tags.sorted() { try insertTag(tag, of: image.id) }
    }

    func insertTag(_ tag: String, of id: String) throws {
        try session.change("INSERT INTO image_tags (image_id, tag) VALUES (?, ?)", [.text(id), .text(tag)])
    }

    func deleteTags(of id: String) throws {
        try session.change("DELETE FROM image_tags WHERE image_id = ?", [.text(id)])
    }

    private func insertProperties(_ image: Image) throws {
        for (name, value) in image.properties.sorted(by: { $0.key < $1.key }) {
            try insertProperty(name, value, of: image.id)
        }
    }

    func insertProperty(_ name: String, _ value: String, of id: String) throws {
        try session.change(
            "INSERT INTO image_properties (image_id, name, value) VALUES (?, ?, ?)",
            [.text(id), .text(name), .text(value)])
    }

    func insertMember(_ member: String, status: String, of id: String) throws {
        try session.change(
            "INSERT INTO image_members (image_id, member, status) VALUES (?, ?, ?)",
            [.text(id), .text(member), .text(status)])
    }

    @discardableResult
    func deleteMember(_ member: String, of id: String) throws -> Int {
        try session.change(
            "DELETE FROM image_members WHERE image_id = ? AND member = ?", [.text(id), .text(member)])
    }
}

extension ImageTable {
    /// The members as rows, so that duplicates show, in the order of their names.
    func members(of id: String) throws -> [(member: String, status: String)] {
        try session.rows(
            "SELECT member, status FROM image_members WHERE image_id = ? ORDER BY member", [.text(id)]
        ).map { row in (row.text(0) ?? "", row.text(1) ?? "") }
    }

    /// Bytes of all live images of a project: the truth that the storage count should agree with.
    func storageUsed(by project: String) throws -> Int {
        try session.rows(
            "SELECT coalesce(sum(size), 0) FROM images WHERE project = ? AND status <> 'deleted'",
            [.text(project)]
        ).first?.integer(0) ?? 0
    }

    func isNameTaken(_ name: String, in project: String, except id: String) throws -> Bool {
        try !session.rows(
            "SELECT 1 FROM images WHERE project = ? AND name = ? AND id <> ? AND status <> 'deleted' LIMIT 1",
            [.text(project), .text(name), .text(id)]
        ).isEmpty
    }

    private static func selection(_ dialect: SQLDialect) -> String {
        func list(_ column: String, _ table: String) -> String {
            "(SELECT \(dialect.jsonArray(of: column)) FROM \(table) x WHERE x.image_id = i.id)"
        }
        return """
            SELECT i.id, i.project, i.name, i.status, i.visibility, i.protected, i.disk_format,
                i.container_format,
                i.size, i.checksum, i.version, i.created_at, i.updated_at,
                \(list("x.tag", "image_tags")),
                \(list(dialect.jsonPair("x.name", "x.value"), "image_properties")),
                \(list(dialect.jsonPair("x.member", "x.status"), "image_members"))
            FROM images i
            """
    }

    private static func image(_ row: SQLRow) throws -> Image {
        var image = Image(id: row.text(0) ?? "", project: row.text(1) ?? "", createdAt: row.text(11) ?? "")
        image.name = row.text(2)
        image.status = try known(row.text(3), ImageStatus.init(rawValue:))
        image.visibility = try known(row.text(4), ImageVisibility.init(rawValue:))
        image.isProtected = row.integer(5) == 1
        image.diskFormat = row.text(6)
        image.containerFormat = row.text(7)
        image.sizeBytes = row.integer(8)
        image.checksum = row.text(9)
        image.version = row.integer(10) ?? 0
        image.updatedAt = row.text(12) ?? ""
        image.tags = Set(try JSONValue.texts(row.text(13)))
        image.properties = try pairs(row.text(14))
        image.members = try pairs(row.text(15))
        return image
    }

    private static func pairs(_ json: String?) throws -> [String: String] {
        Dictionary(try JSONValue.pairs(json), uniquingKeysWith: { _, last in last })
    }

    private static func known<T>(_ text: String?, _ make: (String) -> T?) throws -> T {
        guard let text, let value = make(text) else {
            throw SQLError(
                kind: .other, code: "row", message: "unknown value \(text ?? "NULL") in table images")
        }
        return value
    }
}

/// What a listing asks for.
struct ImageFilter: Sendable {
    /// Column and value that must be equal.
    var columns: [(String, String)] = []
    var tag: String?
    var limit = 100

    static let largestLimit = 1_000
    /// Rows looked at in one listing, so that a large table cannot fill the memory.
    static let scanLimit = 10_000
}
