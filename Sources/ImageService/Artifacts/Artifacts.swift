// Artifacts, in the manner of Glance v3: things of several types with a name and a version, which may need
// others.

import Foundation
import Hummingbird

/// The routes of artifacts.
struct Artifacts: Part {
    let database: any SQLDatabase
    let guardName: ArtifactGuardName
    private let keeper: any ArtifactGuard

    private static let types = ["packages", "templates"]
    private static let mostDependencies = 100

    init(database: any SQLDatabase, guardName: ArtifactGuardName) {
        self.database = database
        self.guardName = guardName
        keeper = guardName.make(database)
    }

    var option: (name: String, value: String) { ("artifacts", guardName.rawValue) }

    func statements(_ dialect: SQLDialect) -> [String] {
        ArtifactTable.statements(dialect, hasUniqueIndex: guardName != .checkThenAct)
    }

    func addRoutes(to router: Router<BasicRequestContext>, _ answerer: Answerer) {
        router.get("v3/types", use: answerer.answering(types))
        for path in ["v3/artifacts/:type", "v3/:type"] {
            router.get("\(path)", use: answerer.answering(list))
            router.post("\(path)", use: answerer.answering(create))
            router.get("\(path)/:id", use: answerer.answering(show))
            router.delete("\(path)/:id", use: answerer.answering(apply(.delete)))
            for action in [ArtifactAction.publish, .deactivate, .reactivate] {
                let handler = answerer.answering(apply(action))
                router.post("\(path)/:id/actions/\(action.rawValue)", use: handler)
            }
        }
    }

    private func types(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        .json(.object([("types", .array(Self.types.map(JSONValue.text)))]))
    }

    private func create(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        let type = try type(context)
        let document = try await request.document()
        let dependencies = document["dependencies"].map { $0.elements?.map(\.text) } ?? []
        guard let name = document["name"]?.text, name.isName, let version = document["version"]?.text,
            version.isName, version.utf8.count <= ArtifactTable.longestVersionBytes, let dependencies,
            dependencies.count <= Self.mostDependencies,
            dependencies.allSatisfy({ $0?.isName == true }), Set(dependencies).count == dependencies.count
        else {
            throw Refusal(
                .malformed, "the body must be {\"name\": text, \"version\": text, \"dependencies\": [ids]}")
        }
        var artifact = Artifact(
            id: UUID().uuidString.lowercased(), type: type, owner: request.caller.project, name: name,
            version: version)
        artifact.dependencies = dependencies.compactMap { $0.map { ($0, .draft) } }
        let asked = artifact
        let created = try await Retry().run {
            do {
                return try await keeper.create(asked)
            } catch let error as SQLError where error.kind == .uniqueViolation {
                throw asked.isTaken
            }
        }
        return .json(created.document, status: 201)
    }

    private func apply(_ action: ArtifactAction) -> Answerer.Handler {
        { request, context in
            // Type and owner never change.
            let id = try await found(request, context).id
            let artifact = try await Retry().run { try await keeper.apply(action, to: id) }
            return action == .delete ? .noContent() : .json(artifact.document)
        }
    }

    private func show(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        .json(try await found(request, context).document)
    }

    private func list(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        let (type, project) = (try type(context), request.caller.project)
        let artifacts = try await database.read { session in
            try ArtifactTable(session: session).list(
                "a.type = ? AND a.owner = ? AND a.status <> 'deleted'", [type, project])
        }
        return .json(.object([("artifacts", .array(artifacts.map(\.document)))]))
    }

    private func found(_ request: Request, _ context: BasicRequestContext) async throws -> Artifact {
        let (type, id) = (try type(context), try context.parameters.name("id"))
        let artifact = try await database.read { try ArtifactTable(session: $0).load(id) }
        let caller = request.caller
        guard let artifact, artifact.type == type, artifact.status != .deleted,
            caller.isAdmin || artifact.owner == caller.project
        else { throw Artifact.notFound(id) }
        return artifact
    }

    private func type(_ context: BasicRequestContext) throws -> String {
        let type = try context.parameters.name("type")
        guard Self.types.contains(type) else {
            throw Refusal(.notFound, "no type \(type); known: \(Self.types.joined(separator: ", "))")
        }
        return type
    }
}
