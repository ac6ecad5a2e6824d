// An artifact as a value, and the rules of its life. The guards differ only in how they make sure that what a
// decision saw still holds when its result is written.

/// What an artifact goes through; a deleted one keeps its name and version.
enum ArtifactStatus: String, Sendable {
    case draft, active, deactivated, deleted
}

/// What can be done to an artifact.
enum ArtifactAction: String, Sendable {
    case publish, deactivate, reactivate, delete

    /// The status that it needs; none for any.
    var from: ArtifactStatus? {
        switch self {
        case .publish: .draft
        case .deactivate: .active
        case .reactivate: .deactivated
        case .delete: nil
        }
    }

    var to: ArtifactStatus {
        switch self {
        case .publish, .reactivate: .active
        case .deactivate: .deactivated
        case .delete: .deleted
        }
    }
}

/// An artifact with what it needs and who needs it.
struct Artifact: Sendable {
    let id: String
    let type: String
    let owner: String
    let name: String
    let version: String
    var status = ArtifactStatus.draft
    var dependencies: [(id: String, status: ArtifactStatus)] = []
    /// How many active artifacts need it.
    var activeDependents = 0

    /// The artifact after an action; what it needs must be active when it becomes so, and it cannot go while
    /// an active artifact needs it.
    func after(_ action: ArtifactAction) throws(Refusal) -> Artifact {
        guard status != .deleted else { throw Self.notFound(id) }
        if let from = action.from, from != status {
            throw Refusal(.wrongStatus, "cannot \(action.rawValue): the artifact is \(status.rawValue)")
        }
        if action.to == .active, let missing = dependencies.first(where: { $0.status != .active }) {
            throw Refusal(.wrongStatus, "it needs \(missing.id), which is \(missing.status.rawValue)")
        }
        if action == .delete, activeDependents > 0 {
            throw Refusal(.wrongStatus, "\(activeDependents) active artifacts need it")
        }
        var artifact = self
        artifact.status = action.to
        return artifact
    }

    var isTaken: Refusal { Refusal(.exists, "\(type) has \(name) of version \(version) already") }

    static func notFound(_ id: String) -> Refusal { Refusal(.notFound, "no artifact with id \(id)") }

    var document: JSONValue {
        .object([
            ("id", .text(id)), ("type", .text(type)), ("name", .text(name)), ("version", .text(version)),
            ("owner", .text(owner)), ("status", .text(status.rawValue)),
            (
                "dependencies",
                .array(
                    dependencies.map {
                        .object([("id", .text($0.id)), ("status", .text($0.status.rawValue))])
                    })
            ),
        ])
    }
}
