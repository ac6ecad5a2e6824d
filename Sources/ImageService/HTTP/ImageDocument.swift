// Images as the documents that clients send and get, in Glance's shape: custom properties stand beside the
// known keys.

extension Image {
    /// Keys that a custom property may not have.
    static let reservedKeys: Set<String> = [
        "id", "name", "owner", "status", "visibility", "protected", "disk_format", "container_format", "size",
        "checksum", "tags", "members", "version", "created_at", "updated_at", "self", "file", "schema",
    ]

    var document: JSONValue {
        var members: [(key: String, value: JSONValue)] = [
            ("id", .text(id)), ("name", .optional(name)), ("status", .text(status.rawValue)),
            ("visibility", .text(visibility.rawValue)), ("protected", .bool(isProtected)),
            ("owner", .text(project)),
            ("disk_format", .optional(diskFormat)), ("container_format", .optional(containerFormat)),
            ("size", sizeBytes.map(JSONValue.integer) ?? .null), ("checksum", .optional(checksum)),
            ("tags", .array(tags.sorted().map(JSONValue.text))), ("version", .integer(version)),
            ("created_at", .text(createdAt)), ("updated_at", .text(updatedAt)),
            ("self", .text("/v2/images/\(id)")), ("file", .text("/v2/images/\(id)/file")),
        ]
        for (name, value) in properties.sorted(by: { $0.key < $1.key }) {
            members.append((name, .text(value)))
        }
        return .object(members)
    }

    /// The image that a POST asks for; an id is made when the document names none.
    init(document: JSONValue, newID: String, caller: Caller) throws(Refusal) {
        guard case .object(let members) = document else {
            throw Refusal(.malformed, "the body must be an object")
        }
        self.init(id: newID, project: caller.project)
        for (key, value) in members {
            switch key {
            case "id": id = try value.required(key)
            case "name": name = try value.optionalText(key)
            case "disk_format": diskFormat = try value.optionalText(key)
            case "container_format": containerFormat = try value.optionalText(key)
            case "owner":
                try caller.requireAdmin(to: "create an image for another project")
                project = try value.required(key)
            case "visibility": visibility = try value.visibility()
            case "protected": isProtected = try value.flag(key)
            case "tags": tags = try value.tags()
            default:
                guard !Self.reservedKeys.contains(key) else {
                    throw Refusal(.forbidden, "\(key) is read-only")
                }
                properties[key] = try value.required(key)
            }
        }
    }
}

extension PatchOperation {
    /// The steps of a JSON patch document.
    static func list(_ document: JSONValue) throws(Refusal) -> [PatchOperation] {
        guard case .array(let steps) = document, !steps.isEmpty else {
            throw Refusal(.malformed, "a patch is an array of operations")
        }
        var operations: [PatchOperation] = []
        for step in steps { operations.append(try PatchOperation(step)) }
        return operations
    }

    private init(_ step: JSONValue) throws(Refusal) {
        guard let verb = step["op"]?.text, let path = step["path"]?.text, path.hasPrefix("/") else {
            throw Refusal(.malformed, "each operation of a patch needs op and path")
        }
        let key = String(path.dropFirst()).replacing("~1", with: "/").replacing("~0", with: "~")
        switch verb {
        case "add", "replace":
            guard let value = step["value"] else {
                throw Refusal(.malformed, "\(verb) \(path) needs a value")
            }
            self = .set(try Attribute(key, value), mustExist: verb == "replace")
        case "remove":
            guard !Image.reservedKeys.contains(key) else {
                throw Refusal(.forbidden, "\(key) cannot be removed")
            }
            self = .removeProperty(key)
        default: throw Refusal(.malformed, "unknown operation \(verb); known: add, replace, remove")
        }
    }
}

extension PatchOperation.Attribute {
    fileprivate init(_ key: String, _ value: JSONValue) throws(Refusal) {
        switch key {
        case "name": self = .name(try value.optionalText(key))
        case "visibility": self = .visibility(try value.visibility())
        case "protected": self = .isProtected(try value.flag(key))
        case "tags": self = .tags(try value.tags())
        default:
            guard !key.isEmpty, !Image.reservedKeys.contains(key) else {
                throw Refusal(.forbidden, "\(key) is read-only")
            }
            self = .property(key, try value.required(key))
        }
    }
}

extension JSONValue {
    fileprivate func required(_ key: String) throws(Refusal) -> String {
        guard let text, !text.isEmpty, text.utf8.count <= Self.longestTextBytes else {
            throw Refusal(.malformed, "\(key) must be a text of 1 to \(Self.longestTextBytes) bytes")
        }
        guard !text.utf8.contains(0) else { throw Refusal(.malformed, "\(key) holds a zero byte") }
        return text
    }

    fileprivate func optionalText(_ key: String) throws(Refusal) -> String? {
        if case .null = self { return nil }
        return try required(key)
    }

    fileprivate func flag(_ key: String) throws(Refusal) -> Bool {
        guard case .bool(let bool) = self else {
            throw Refusal(.malformed, "\(key) must be true or false")
        }
        return bool
    }

    fileprivate func visibility() throws(Refusal) -> ImageVisibility {
        guard let text, let visibility = ImageVisibility(rawValue: text) else {
            let known = ImageVisibility.allCases.map(\.rawValue).joined(separator: ", ")
            throw Refusal(.malformed, "visibility must be one of \(known)")
        }
        return visibility
    }

    fileprivate func tags() throws(Refusal) -> Set<String> {
        guard case .array(let elements) = self else {
            throw Refusal(.malformed, "tags must be an array of texts")
        }
        var tags: Set<String> = []
        for element in elements { tags.insert(try element.required("tags")) }
        return tags
    }

    private static let longestTextBytes = 4_096
}
