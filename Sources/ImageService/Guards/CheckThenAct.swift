// The planted bug, Glance's domain model of 2015: read an image in one transaction, check it in memory, flush
// the whole object in another. Nothing makes sure that the image is still what was checked.

/// Guards nothing: two requests that read the same image both write it, and the later one wins whole.
struct CheckThenAct: Guard {
    let database: any SQLDatabase
    let limits: Limits

    func apply(_ request: ChangeRequest) async throws -> Image {
        let before = try await database.read { session in try request.load(session, limits) }
        let after = try request.decide(on: before, limits: limits)
        guard let image = after.image else { throw Refusal.notFound(request.imageID) }
        try await database.transaction(.plain) { session in
            let images = ImageTable(session: session)
            guard let old = before.image else { return try images.insert(image) }
            guard try images.exists(image.id) else { throw Refusal.notFound(image.id) }
            _ = try images.update(image)
            try images.replaceTags(of: image)
            try images.replaceProperties(of: image)
            try request.writeMembers(image, over: old, images)
            if let storage = after.storage {
                let projects = ProjectTable(session: session)
                try projects.ensure(storage.project)
                try projects.update(storage)
            }
        }
        return image
    }
}
