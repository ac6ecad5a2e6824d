// The rules that a start-up flag can change: quotas, and whether names are unique.

/// Quotas of the registry; absent means unlimited.
public struct Limits: Sendable, Equatable {
    public var tags: Int?
    public var members: Int?
    public var properties: Int?
    /// Bytes of image data in one project.
    public var storageBytes: Int?
    /// Whether two live images of one project may not have the same name.
    public var uniqueNames: Bool

    /// Glance's defaults: 128 each, storage unlimited, names free.
    public init(
        tags: Int? = 128, members: Int? = 128, properties: Int? = 128, storageBytes: Int? = nil,
        uniqueNames: Bool = false
    ) {
        self.tags = tags
        self.members = members
        self.properties = properties
        self.storageBytes = storageBytes
        self.uniqueNames = uniqueNames
    }

    /// Bytes of one upload that are read at most, whatever the quota says.
    static let largestUploadBytes = 256 << 20
    /// Images in one request.
    static let largestBatch = 100
    /// Bytes of one JSON body.
    static let largestDocumentBytes = 1 << 20
}
