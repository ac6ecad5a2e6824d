// Who asks, as the headers say: this registry trusts them, like Glance behind its own gateway.

/// The project, user and roles of one request.
public struct Caller: Sendable, Equatable {
    public var project: String
    public var user: String
    public var roles: Set<String>

    public init(
        project: String = "demo", user: String = "demo", roles: Set<String> = ["admin", "member"]
    ) {
        self.project = project
        self.user = user
        self.roles = roles
    }

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
