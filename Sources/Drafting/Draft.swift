// The ways from what somebody has to a drafted scenario.

import Core
import Scenarios

/// What a scenario is drafted from.
public enum DraftSource: Sendable {
    /// The text of an OpenAPI document, and what messages call it.
    case openAPI(String, name: String)
    /// Commands for curl.
    case curl([String])
    /// The text of an HTTP Archive, and what messages call it.
    case har(String, name: String)
}

extension ScenarioDraft {
    /// - Parameters:
    ///   - entity: the one to draft; the best one where `nil`.
    ///   - target: `nil`: the loopback addresses that the source names, or else a made-up one.
    public init(
        from source: DraftSource, name: String?, entity wanted: String?, target: DraftTarget?
    ) throws(DraftError) {
        let api: APIDescription
        let sourceName: String
        switch source {
        case .openAPI(let text, let document):
            api = try OpenAPIDocument.read(text, name: document)
            sourceName = document
        case .curl(let commands):
            var requests: [SeenRequest] = []
            for command in commands { requests.append(try .curl(command)) }
            sourceName = "the curl commands"
            api = try RecordedAPI.description(of: requests, name: sourceName)
        case .har(let text, let document):
            api = try RecordedAPI.description(of: try SeenRequest.har(text, name: document), name: document)
            sourceName = document
        }
        let found = EntityFinder(api)
        let drafts = found.entities.map { Self.draft(of: $0, found, api, name: name, target: target) }
            .filter { !$0.draft.guesses.isEmpty && !$0.draft.mix.isEmpty }
        let ranked = drafts.map { (score: $0.score, draft: $0) }.sorted {
            ($1.score, $0.draft.entity.path.count, $0.draft.entity.path)
                < ($0.score, $1.draft.entity.path.count, $1.draft.entity.path)
        }.map(\.draft)
        guard let best = ranked.first else {
            throw DraftError(.invalid, Self.nothing(in: sourceName, api))
        }
        guard let wanted else {
            self = best.finished(others: ranked.dropFirst().map(\.entity), of: sourceName)
            return
        }
        let key = wanted.draftName
        guard let chosen = ranked.first(where: { $0.entity.name == key || $0.entity.path == wanted }) else {
            let names = ranked.map(\.entity.name)
            let near = Names.nearest(to: key, among: names)
            let shown = near.map { "did you mean \($0)?" } ?? "there are " + Self.list(names, most: 12)
            throw DraftError(.usage, "\(sourceName) has no entity \(wanted) that can be raced: \(shown)")
        }
        self = chosen.finished(
            others: ranked.map(\.entity).filter { $0.path != chosen.entity.path }, of: sourceName)
    }

    private static func draft(
        of entity: Entity, _ found: EntityFinder, _ api: APIDescription, name: String?, target: DraftTarget?
    ) -> EntityDraft {
        let parents = found.parents(of: entity.path)
        let access = api.access ?? Access(api, for: entity.create)
        var draft = ScenarioDraft(
            name: name ?? Self.fileName(api.title),
            description: "Clients change one \(entity.name) at once, through several replicas.",
            target: target ?? Self.target(of: api))
        draft.secrets = access.secrets
        draft.headers = access.headers
        if !access.secrets.isEmpty {
            draft.edits.append("`secrets`: set \(Figures.list(access.secrets)) in the environment.")
        }
        draft.edits += access.edits
        draft.edits += target?.edits ?? []
        if target == nil {
            draft.edits.append("`target`: where the replicas run, or how they are started (--command).")
        }
        var result = EntityDraft(entity, parents: parents, access: access, draft: draft)
        result.addAll()
        return result
    }

    private static func target(of api: APIDescription) -> DraftTarget {
        let local = api.servers.compactMap { server -> String? in
            guard let scheme = ["http://", "https://"].first(where: { server.hasPrefix($0) }) else {
                return nil
            }
            let host = server.dropFirst(scheme.count).prefix { $0 != "/" }
            let name = host.prefix { $0 != ":" }
            let isLocal = ["localhost", "127.0.0.1"].contains(name)
            return isLocal && host.dropFirst(name.count + 1).allSatisfy(\.isNumber) ? "\(scheme)\(host)" : nil
        }
        return .urls([local.first ?? "http://127.0.0.1:8000"])
    }

    private static func fileName(_ title: String) -> String {
        let name = title.nameParts.map { $0.filter(\.isASCII) }.filter { !$0.isEmpty }.joined(separator: "-")
        return name.isEmpty ? "my-service" : String(name.prefix(60))
    }

    private static func nothing(in source: String, _ api: APIDescription) -> String {
        guard !api.operations.isEmpty else {
            return
                "\(source) describes no operation here. If it refers to other files, bundle them into one first"
        }
        return
            "\(source) has nothing that can be raced: none of its \(api.operations.count) operations makes a thing "
            + "that others change and show, claim or delete"
    }

    static func list(_ names: [String], most: Int) -> String {
        let unique = names.reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
        return unique.prefix(most).joined(separator: ", ")
            + (unique.count > most ? " and \(unique.count - most) more" : "")
    }
}

extension EntityDraft {
    /// How much of a race it tells, and how little is left to fill in by hand.
    var score: Int {
        let free = draft.parameters.count
        let made = draft.edits.count - free
        var isGuess = if case .answered(_, true) = entity.identity { 2 } else { 0 }
        if entity.create.path == entity.path, !entity.create.answers(201) { isGuess += 4 }
        return 4 * draft.guesses.count + 2 * min(draft.mix.count, 3) + (entity.read == nil ? 0 : 3)
            - 3 * free - min(made, 4) - 2 * parents.count - isGuess
    }

    func finished(others: [Entity], of source: String) -> ScenarioDraft {
        var draft = draft
        draft.notes.append("Drafted from \(source), about: \(entity.name) (\(entity.path)).")
        if !others.isEmpty {
            draft.notes.append(
                "Others that can be drafted with --entity: "
                    + ScenarioDraft.list(others.map(\.name), most: 20) + ".")
        }
        let used = Set(draft.operations.map { $0.name })
        let unused = (entity.actions + [entity.delete].compactMap { $0 }).filter { action in
            !used.contains((action.segments.last ?? "").draftName)
                && !(action.method == "DELETE" && used.contains("delete-\(name)"))
        }
        if !unused.isEmpty {
            draft.notes.append(
                "Not drafted: "
                    + ScenarioDraft.list(unused.map { "\($0.method) \($0.path)" }, most: 8) + ".")
        }
        return draft
    }
}
