// Who asks, as the headers say: this registry trusts them, like Glance behind its own gateway.

/// The project, user and roles of one request.
public struct Caller: Sendable, Equatable {
    public var project = "demo"
    public var user = "demo"
    public var roles: Set<String> = ["admin", "member"]

    var isAdmin: Bool { roles.contains("admin") }

    func owns(_ image: Image) -> Bool { isAdmin || image.project == project }

    func sees(_ image: Image) -> Bool {
        switch image.visibility {
        case .public, .community: true
        case .shared: owns(image) || image.members[project] != nil
        case .private: owns(image)
        }
    }
}
