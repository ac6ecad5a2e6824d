// The registry's one entity, as a value: every guard but compare-and-swap decides on it in memory.

/// What an image's data can go through; `deleted` rows stay behind so that an id is never given out again.
public enum ImageStatus: String, Sendable, CaseIterable {
    case queued, saving, active, deactivated, deleted
}

/// Who may see an image besides its owner.
public enum ImageVisibility: String, Sendable, CaseIterable {
    case shared, community, `public`, `private`
}

/// One image with all that hangs on it.
public struct Image: Sendable, Equatable {
    public var id: String
    public var project: String
    public var name: String?
    public var status = ImageStatus.queued
    public var visibility = ImageVisibility.shared
    public var isProtected = false
    public var diskFormat: String?
    public var containerFormat: String?
    /// Size of the uploaded data; the bytes themselves are not kept.
    public var sizeBytes: Int?
    public var checksum: String?
    public var properties: [String: String] = [:]
    public var tags: Set<String> = []
    /// Project of each member, with the state of the invitation.
    public var members: [String: String] = [:]
    /// Counts every stored change; the ETag shows it.
    public var version = 1
    public var createdAt: String
    public var updatedAt: String

    public init(id: String, project: String, createdAt: String = Timestamp.now()) {
        self.id = id
        self.project = project
        self.createdAt = createdAt
        self.updatedAt = createdAt
    }
}

/// What a project has used of its storage quota, as its row says.
struct ProjectStorage: Sendable, Equatable {
    var project: String
    var usedBytes: Int
    var version: Int
}

/// All that a decision looks at, read from the database together.
struct Snapshot: Sendable, Equatable {
    /// Absent before creation, and for an id that was never given out.
    var image: Image?
    /// Loaded only for changes that count against the storage quota.
    var storage: ProjectStorage?
    /// Whether another live image of the project has the name that the change asks for.
    var isNameTaken = false
}
