// One kind of thing that an API keeps: what creates it, shows it and changes it, and how it is named.

import Core

struct Entity: Sendable {
    /// Where the name of a new one comes from.
    enum Identity: Equatable, Sendable {
        /// The service answers with it, at this path. A guess where the answer is not described.
        case answered([String], isGuess: Bool)
        /// The client chooses it, and sends it in this field; `nil`: only in the path.
        case chosen([String]?)
    }

    /// As in `pet`.
    var name: String
    /// The path of one of them.
    var path: String
    /// The parameter at the end of the path.
    var parameter: String
    var create: APIOperation
    var identity: Identity
    var read: APIOperation?
    var updates: [APIOperation] = []
    var delete: APIOperation?
    /// Operations on one of them with a name of their own, such as `/orders/{id}/cancel`.
    var actions: [APIOperation] = []

    /// Names of objects that only wrap what an answer or a body is about.
    var wrappers: Set<String> {
        ["data", "result", "response", "attributes", "item", name.plainName]
    }

    /// What a body or an answer says about the entity, below the objects that only wrap it.
    func inner(_ schema: Schema) -> (path: [String], schema: Schema) {
        var path: [String] = []
        var schema = schema
        while path.count < 3 {
            let names = schema.properties.filter { name in
                let isAlone = schema.properties.count == 1
                return (isAlone || wrappers.contains(name.plainName))
                    && schema.property(name)?.type == "object"
            }
            // An object with an id of its own is the entity, whatever else is in it.
            let isItself = schema.properties.contains { $0.plainName == "id" } && names != ["attributes"]
            guard !isItself, let name = names.first, let below = schema.property(name),
                !below.properties.isEmpty
            else { break }
            path.append(name)
            schema = below
        }
        return (path, schema)
    }

    /// The field of that name in a body or an answer, by its path.
    func path(of field: String, in schema: Schema) -> [String]? {
        let (path, schema) = inner(schema)
        return schema.properties.first { $0.plainName == field.plainName }.map { path + [$0] }
    }
}

extension Entity.Identity {
    private static let strong = ["id", "uuid", "gid", "uid", "guid", "sid"]
    private static let weak = ["key", "slug", "name", "number", "code", "login", "username"]

    /// How the new one is named that `create` makes, and `parameter` names later.
    static func of(_ entity: Entity, isPut: Bool) -> Self {
        let full = entity.parameter.plainName
        let last = entity.parameter.nameParts.last ?? full
        let isNumber = entity.read?.parameters.contains {
            $0.name == entity.parameter && $0.place == .path
                && ["integer", "number"].contains($0.schema.type)
        }
        if let body = entity.create.body?.schema, isNumber != true {
            let (path, inner) = entity.inner(body)
            let names = full == "id" || last == "id" ? [full] : [full, last]
            // Metadata is where some APIs keep the name.
            for (path, schema) in [(path, inner), (path + ["metadata"], inner.property("metadata"))] {
                guard let schema else { continue }
                let field = schema.properties.first { names.contains($0.plainName) }
                let isSent = full != "id" || schema.required.contains(field ?? "")
                if let field, isSent, let kind = schema.property(field), kind.takesUniqueText {
                    return .chosen(path + [field])
                }
            }
        }
        if isPut { return .chosen(nil) }
        guard let result = entity.create.result else { return .answered(["id"], isGuess: true) }
        let (path, inner) = entity.inner(result)
        var levels = [(path, inner)]
        if !path.isEmpty { levels.append(([], result)) }
        if path.count > 1, let first = result.property(path[0]) { levels.append(([path[0]], first)) }
        for names in [[full, last], strong, weak] {
            for name in names {
                for (path, schema) in levels {
                    let field = schema.properties.first { $0.plainName == name }
                    guard let field, let type = schema.property(field)?.type,
                        type != "object", type != "array"
                    else { continue }
                    return .answered(path + [field], isGuess: false)
                }
            }
        }
        return .answered(path + ["id"], isGuess: true)
    }
}
