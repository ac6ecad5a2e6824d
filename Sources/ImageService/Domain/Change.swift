// Everything that can be done to an image, as data, so that each guard is one function from a request to an
// image.

/// One change to one image.
public enum Change: Sendable, Equatable {
    case create(Image)
    case patch([PatchOperation])
    case delete
    case startUpload
    case finishUpload(sizeBytes: Int, checksum: String)
    case abortUpload
    case deactivate
    case reactivate
    case addTag(String)
    case removeTag(String)
    case addMember(String)
    case removeMember(String)

    /// Whether the change moves the project's storage count.
    var countsStorage: Bool {
        switch self {
        case .finishUpload, .delete: true
        case .create, .patch, .startUpload, .abortUpload, .deactivate, .reactivate, .addTag, .removeTag,
            .addMember, .removeMember:
            false
        }
    }

    /// The name that the image would have afterwards, when the change sets one.
    var requestedName: String? {
        switch self {
        case .create(let image): image.name
        case .patch(let operations):
            operations.reduce(nil) { name, operation in
                if case .set(.name(let new), _) = operation { new } else { name }
            }
        case .delete, .startUpload, .finishUpload, .abortUpload, .deactivate, .reactivate, .addTag,
            .removeTag, .addMember, .removeMember:
            nil
        }
    }
}

/// A change with the image it is for, who asks, and the version that the client insists on (`If-Match`).
public struct ChangeRequest: Sendable, Equatable {
    public var imageID: String
    public var change: Change
    public var caller: Caller
    public var expectedVersion: Int?

    init(_ change: Change, to imageID: String, by caller: Caller = Caller(), ifMatch: Int? = nil) {
        self.imageID = imageID
        self.change = change
        self.caller = caller
        self.expectedVersion = ifMatch
    }

    /// The project of an image that is not there yet.
    var newOwner: String {
        if case .create(let image) = change { image.project } else { caller.project }
    }
}

/// One step of a JSON patch (RFC 6902, the part that Glance takes), already checked for its form.
public enum PatchOperation: Sendable, Equatable {
    case set(Attribute, mustExist: Bool)
    case removeProperty(String)

    /// An attribute with its new value.
    public enum Attribute: Sendable, Equatable {
        case name(String?)
        case visibility(ImageVisibility)
        case isProtected(Bool)
        case tags(Set<String>)
        case property(String, String)
    }
}
