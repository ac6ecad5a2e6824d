// The registry's paths. A handler reads the request, asks the registry once, and answers.

import Foundation
import Hummingbird
import Logging

/// Routes of one replica, in the manner of Glance v2.
struct ImageRoutes: Sendable {
    let registry: ImageRegistry
    let answerer: Answerer

    func router() -> Router<BasicRequestContext> {
        let router = Router()
        router.get("healthcheck") { _, _ in Response.json(.object([("status", .text("ok"))])) }
        router.get("v2/info/usage", use: answerer.answering(usage))
        router.get("v2/images", use: answerer.answering(list))
        router.post("v2/images", use: answerer.answering(create))
        router.post("v2/images/actions/tag", use: answerer.answering(tagAll))
        router.get("v2/images/:id", use: answerer.answering(show))
        router.patch("v2/images/:id", use: answerer.answering(patch))
        router.delete("v2/images/:id", use: answerer.answering(change(.delete)))
        router.put("v2/images/:id/file", use: answerer.answering(upload))
        router.get("v2/images/:id/file", use: answerer.answering(download))
        // With roles in the database, these are theirs.
        if !registry.parts.contains(where: { $0 is Roles }) {
            router.post("v2/images/:id/actions/deactivate", use: answerer.answering(change(.deactivate)))
            router.post("v2/images/:id/actions/reactivate", use: answerer.answering(change(.reactivate)))
        }
        router.put("v2/images/:id/tags/:tag", use: answerer.answering(change(named: "tag", Change.addTag)))
        router.delete(
            "v2/images/:id/tags/:tag", use: answerer.answering(change(named: "tag", Change.removeTag)))
        router.get("v2/images/:id/members", use: answerer.answering(members))
        router.post("v2/images/:id/members", use: answerer.answering(addMember))
        router.delete(
            "v2/images/:id/members/:member",
            use: answerer.answering(change(named: "member", Change.removeMember)))
        for part in registry.parts { part.addRoutes(to: router, answerer) }
        return router
    }

    private func apply(_ change: Change, _ request: Request, _ context: BasicRequestContext)
        async throws -> Image
    {
        try await registry.apply(
            ChangeRequest(
                change, to: try context.parameters.name("id"), by: request.caller,
                ifMatch: try request.expectedVersion()))
    }

    /// A change without a body: 204.
    private func change(_ change: Change) -> Answerer.Handler {
        { request, context in .noContent(try await apply(change, request, context).version) }
    }

    private func change(named key: String, _ make: @escaping @Sendable (String) -> Change) -> Answerer.Handler
    {
        { request, context in
            .noContent(try await apply(make(try context.parameters.name(key)), request, context).version)
        }
    }

    /// One tag on several images; together or one by one, as the guard does it.
    private func tagAll(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        let document = try await request.document()
        let ids = document["images"]?.elements?.compactMap(\.text) ?? []
        guard let tag = document["tag"]?.text, tag.isName, (1...Limits.largestBatch).contains(ids.count),
            Set(ids).count == ids.count
        else {
            throw Refusal(
                .malformed,
                "the body must be {\"tag\": text, \"images\": [1 to \(Limits.largestBatch) different ids]}")
        }
        let images = try await registry.applyAll(
            ids.map { ChangeRequest(.addTag(tag), to: $0, by: request.caller) })
        return .json(.object([("images", .array(images.map { .text($0.id) }))]))
    }

    private func create(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        let image = try Image(
            document: try await request.document(), newID: UUID().uuidString.lowercased(),
            caller: request.caller)
        let created = try await registry.apply(
            ChangeRequest(.create(image), to: image.id, by: request.caller))
        return .image(created, status: 201)
    }

    private func list(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        let images = try await registry.images(try ImageFilter(request), for: request.caller)
        return .json(.object([("images", .array(images.map(\.document)))]))
    }

    private func show(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        .image(try await registry.image(try context.parameters.name("id"), for: request.caller))
    }

    private func patch(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        let operations = try PatchOperation.list(try await request.document())
        return .image(try await apply(.patch(operations), request, context))
    }

    /// Queued, then saving while the bytes come, then active; back to queued when they are refused or stop
    /// coming.
    private func upload(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        _ = try await apply(.startUpload, request, context)
        let id = try context.parameters.name("id")
        do {
            let (sizeBytes, checksum) = try await request.measuredUpload()
            let change = Change.finishUpload(sizeBytes: sizeBytes, checksum: checksum)
            let image = try await registry.apply(ChangeRequest(change, to: id, by: request.caller))
            return .noContent(image.version)
        } catch {
            _ = try? await registry.apply(ChangeRequest(.abortUpload, to: id, by: request.caller))
            throw error
        }
    }

    private func download(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        let image = try await registry.image(try context.parameters.name("id"), for: request.caller)
        switch image.status {
        case .queued, .saving, .deleted: return .noContent(image.version)
        case .active: break
        case .deactivated: try request.caller.requireAdmin(to: "download a deactivated image")
        }
        return .json(
            .object([("size", .integer(image.sizeBytes ?? 0)), ("checksum", .optional(image.checksum))]),
            version: image.version)
    }

    private func members(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        let id = try context.parameters.name("id")
        _ = try await registry.image(id, for: request.caller)
        let members = try await registry.members(of: id)
        return .json(
            .object([("members", .array(members.map { Self.document(of: $0.member, $0.status, in: id) }))]))
    }

    private func addMember(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        guard let member = try await request.document()["member"]?.text, member.isName else {
            throw Refusal(.malformed, "the body must be {\"member\": project}")
        }
        let image = try await apply(.addMember(member), request, context)
        return .json(Self.document(of: member, "pending", in: image.id))
    }

    private static func document(of member: String, _ status: String, in id: String) -> JSONValue {
        .object([("member_id", .text(member)), ("image_id", .text(id)), ("status", .text(status))])
    }

    private func usage(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        let used = try await registry.storageUsed(by: request.caller.project)
        let limit = registry.limits.storageBytes ?? -1
        let size = JSONValue.object([("limit", .integer(limit)), ("usage", .integer(used))])
        return .json(.object([("usage", .object([("image_size_total", size)]))]))
    }
}
