// Looks for the entities of an API: a path that ends in a parameter, and what makes the thing that it names.

import Core

struct EntityFinder {
    private let byPath: [[String]: [String: APIOperation]]

    init(_ api: APIDescription) {
        var byPath: [[String]: [String: APIOperation]] = [:]
        for operation in api.operations {
            byPath[Self.key(operation.path), default: [:]][operation.method] = operation
        }
        self.byPath = byPath
    }

    /// The path's words, with `{}` for any parameter and without endings such as `.json`.
    static func key(_ path: String) -> [String] {
        path.split(separator: "/").map { segment in
            let word = segment.hasSuffix(".json") ? segment.dropLast(5) : segment
            let isParameter = word.hasPrefix("{") && word.hasSuffix("}") && !word.dropFirst().contains("{")
            return isParameter ? "{}" : String(word)
        }
    }

    /// All entities, by path.
    var entities: [Entity] {
        byPath.keys.filter { $0.last == "{}" }.sorted {
            $0.joined(separator: "/") < $1.joined(separator: "/")
        }
        .compactMap(entity)
    }

    /// What makes the things that the parameters further up in the path name, the topmost first.
    func parents(of path: String) -> [Entity] {
        let key = Self.key(path)
        return key.indices.dropLast().filter { key[$0] == "{}" }.compactMap { entity(Array(key[...$0])) }
            .filter { $0.create.path != $0.path || $0.create.answers(201) }
    }

    private func entity(_ key: [String]) -> Entity? {
        let own = byPath[key] ?? [:]
        let collection = Array(key.dropLast())
        let elsewhere = byPath.keys.filter { other in
            collection.last != "{}" && other.last == collection.last && other.count <= 4
                && other != collection
        }.sorted {
            ($0.filter { $0 == "{}" }.count, $0.joined()) < ($1.filter { $0 == "{}" }.count, $1.joined())
        }
        let makers = [collection] + ["create", "new", "add"].map { collection + [$0] } + elsewhere
        let posted = makers.lazy.compactMap { byPath[$0]?["POST"] }.first { Self.canBeSent($0) }
        let put = own["PUT"].flatMap { Self.canBeSent($0) ? $0 : nil }
        guard let create = posted ?? put, let last = own.values.map(\.segments).first?.last,
            let noun = key.last(where: { $0 != "{}" && !$0.hasPrefix("{") })
        else { return nil }
        let path = own.values.map(\.path).sorted().first ?? ""
        let parameter = String(last.dropFirst().prefix { $0 != "}" })
        var entity = Entity(
            name: noun.draftName.singular.draftName, path: path, parameter: parameter, create: create,
            identity: .chosen(nil), read: own["GET"])
        entity.identity = .of(entity, isPut: posted == nil)
        entity.updates = ["PATCH", "PUT", posted == nil ? "" : "POST"].compactMap { own[$0] }
            .filter { $0.body != nil }
        entity.delete = own["DELETE"]
        entity.actions = byPath.keys.filter {
            $0.count == key.count + 1 && $0.starts(with: key) && $0.last != "{}"
        }
        .sorted { $0.joined() < $1.joined() }
        .compactMap { path in
            ["POST", "PUT", "PATCH"].lazy.compactMap { byPath[path]?[$0] }.first { Self.canBeSent($0) }
        }
        return entity
    }

    /// Whether its body, if it has one, is of a type that can be drafted.
    private static func canBeSent(_ operation: APIOperation) -> Bool {
        operation.answers.isEmpty
            || operation.answers.contains {
                $0.isSuccess || $0.status == "DEFAULT" || $0.status.hasPrefix("3")
            }
    }
}
