// The rules of the registry: what a change makes of a snapshot, or why it is refused. Pure; the guards differ
// only in how they make sure that the snapshot still holds when the result is written.

extension ChangeRequest {
    /// The snapshot after the change; equal to the one before when there is nothing to do.
    func decide(on before: Snapshot, limits: Limits) throws(Refusal) -> Snapshot {
        if case .create(let image) = change {
            return try created(image, on: before, limits: limits)
        }
        var image = try admit(to: before.image)
        if let expectedVersion, expectedVersion != image.version {
            throw Refusal(
                .versionMismatch,
                "If-Match names version \(expectedVersion), the image is at \(image.version)")
        }
        var after = before
        try transform(&image, &after.storage, limits)
        if limits.uniqueNames, image.name != before.image?.name, before.isNameTaken {
            throw Refusal(.nameTaken, "another image of the project is named \(image.name ?? "")")
        }
        if image != before.image {
            image.version += 1
            image.updatedAt = Timestamp.now()
        }
        after.image = image
        return after
    }

    private func created(_ image: Image, on before: Snapshot, limits: Limits) throws(Refusal) -> Snapshot {
        guard before.image == nil else {
            throw Refusal(.exists, "image id \(image.id) is in use, or was used by a deleted image")
        }
        if limits.uniqueNames, before.isNameTaken {
            throw Refusal(.nameTaken, "another image of the project is named \(image.name ?? "")")
        }
        try limits.checkPropertiesAndTags(of: image)
        if image.visibility == .public { try caller.requireAdmin(to: "publish an image") }
        return Snapshot(image: image, storage: before.storage)
    }

    /// Refuses whoever may not change the image, whatever state it is in.
    @discardableResult
    func admit(to image: Image?) throws(Refusal) -> Image {
        guard let image, image.status != .deleted, caller.sees(image) else { throw .notFound(imageID) }
        switch change {
        case .deactivate: try caller.requireAdmin(to: "deactivate an image")
        case .reactivate: try caller.requireAdmin(to: "reactivate an image")
        case .patch(let operations):
            if operations.contains(where: \.publishes) { try caller.requireAdmin(to: "publish an image") }
        case .create, .delete, .startUpload, .finishUpload, .abortUpload, .addTag, .removeTag, .addMember,
            .removeMember:
            break
        }
        guard caller.owns(image) else {
            throw Refusal(.forbidden, "image \(image.id) belongs to another project")
        }
        return image
    }

    private func transform(_ image: inout Image, _ storage: inout ProjectStorage?, _ limits: Limits)
        throws(Refusal)
    {
        switch change {
        case .create: break
        case .patch(let operations):
            for operation in operations { try operation.apply(to: &image) }
            try limits.checkPropertiesAndTags(of: image)
        case .delete:
            if image.isProtected { throw Refusal(.forbidden, "image \(image.id) is protected") }
            image.status = .deleted
            storage?.usedBytes -= image.sizeBytes ?? 0
        case .startUpload: try image.move(from: .queued, to: .saving, "upload", else: .wrongUpload)
        case .finishUpload(let sizeBytes, let checksum):
            try image.move(from: .saving, to: .active, "finish the upload", else: .wrongUpload)
            let used = (storage?.usedBytes ?? 0) + sizeBytes
            try Limits.check(used, limits.storageBytes, "bytes of storage")
            storage?.usedBytes += sizeBytes
            (image.sizeBytes, image.checksum) = (sizeBytes, checksum)
        case .abortUpload:
            try image.move(from: .saving, to: .queued, "abort the upload", else: .wrongUpload)
        case .deactivate: try image.move(from: .active, to: .deactivated, "deactivate")
        case .reactivate: try image.move(from: .deactivated, to: .active, "reactivate")
        case .addTag(let tag):
            image.tags.insert(tag)
            try Limits.check(image.tags.count, limits.tags, "tags")
        case .removeTag(let tag):
            guard image.tags.remove(tag) != nil else {
                throw Refusal(.notFound, "image has no tag \(tag)")
            }
        case .addMember(let member):
            guard image.visibility == .shared else {
                throw Refusal(.forbidden, "only a shared image has members")
            }
            guard image.members.updateValue("pending", forKey: member) == nil else {
                throw Refusal(.exists, "\(member) is a member already")
            }
            try Limits.check(image.members.count, limits.members, "members")
        case .removeMember(let member):
            guard image.members.removeValue(forKey: member) != nil else {
                throw Refusal(.notFound, "image has no member \(member)")
            }
        }
    }
}

extension Image {
    fileprivate mutating func move(
        from: ImageStatus, to: ImageStatus, _ verb: String, else code: Refusal.Code = .wrongStatus
    ) throws(Refusal) {
        guard status == from else {
            throw Refusal(code, "cannot \(verb): the image is \(status.rawValue), not \(from.rawValue)")
        }
        status = to
    }
}

extension PatchOperation {
    fileprivate var publishes: Bool {
        if case .set(.visibility(.public), _) = self { true } else { false }
    }

    fileprivate func apply(to image: inout Image) throws(Refusal) {
        switch self {
        case .set(.name(let name), _): image.name = name
        case .set(.visibility(let visibility), _): image.visibility = visibility
        case .set(.isProtected(let isProtected), _): image.isProtected = isProtected
        case .set(.tags(let tags), _): image.tags = tags
        case .set(.property(let name, let value), let mustExist):
            if mustExist, image.properties[name] == nil {
                throw Refusal(.noSuchProperty, "property \(name) does not exist")
            }
            image.properties[name] = value
        case .removeProperty(let name):
            guard image.properties.removeValue(forKey: name) != nil else {
                throw Refusal(.noSuchProperty, "property \(name) does not exist")
            }
        }
    }
}

extension Caller {
    func requireAdmin(to act: String) throws(Refusal) {
        if !isAdmin { throw Refusal(.forbidden, "only the role admin may \(act)") }
    }
}

extension Limits {
    fileprivate static func check(_ count: Int, _ limit: Int?, _ what: String) throws(Refusal) {
        if let limit, count > limit {
            throw Refusal(.quotaExceeded, "\(count) \(what) would exceed the quota of \(limit)")
        }
    }

    fileprivate func checkPropertiesAndTags(of image: Image) throws(Refusal) {
        try Self.check(image.properties.count, properties, "properties")
        try Self.check(image.tags.count, tags, "tags")
    }
}
