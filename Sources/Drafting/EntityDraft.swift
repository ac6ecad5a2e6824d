// The draft for one entity: its operations with what they send, and what is guessed about them.

import Core
import Histories
import Scenarios

/// Writes the operations of one entity, and the guesses that fit it.
struct EntityDraft {
    let entity: Entity
    let parents: [Entity]
    let access: Access
    var draft: ScenarioDraft
    /// What the operation that creates the entity sends.
    var createdBody = Value.object([:])
    /// Fields of the read that a guess is about.
    var judged: Set<[String]> = []
    private var names: [[String]: String] = [:]

    init(_ entity: Entity, parents: [Entity], access: Access, draft: ScenarioDraft) {
        self.entity = entity
        self.parents = parents
        self.access = access
        self.draft = draft
        var taken: Set<String> = []
        for owner in parents + [entity] {
            var name = owner.name
            while !taken.insert(name).inserted { name += "-2" }
            names[EntityFinder.key(owner.path)] = name
        }
    }

    // MARK: - Names

    func name(of owner: Entity) -> String { names[EntityFinder.key(owner.path)] ?? owner.name }

    var name: String { name(of: entity) }

    /// The placeholder of a fresh text in each round.
    func fresh(_ owner: Entity) -> String { "${{ \(name(of: owner)) }}" }

    /// The placeholder that stands for the one that was made.
    func identity(_ owner: Entity) -> String {
        switch owner.identity {
        case .answered: "${{ \(name(of: owner))-id }}"
        case .chosen: fresh(owner)
        }
    }

    var show: String { "show-\(name)" }

    // MARK: - Operations

    /// A request with everything but its body, captures and name.
    mutating func request(_ operation: APIOperation, named name: String) -> ScenarioDraft.Operation {
        var request = ScenarioDraft.Operation(
            name: name, method: operation.method, target: target(operation))
        for parameter in operation.parameters where parameter.place == .header && parameter.isRequired {
            let known = ["authorization", "content-type", "accept"]
            guard !known.contains(parameter.name.lowercased()), Self.isHeaderName(parameter.name) else {
                continue
            }
            let value = parameter.name.lowercased() == "if-match" ? "*" : sampleText(parameter)
            request.headers.append((parameter.name, value))
        }
        let successes = operation.answers.filter(\.isSuccess).map { $0.status.replacing("X", with: "x") }
        let isValid = { (status: String) in
            status.count == 3 && (Int(status) != nil || status.hasSuffix("xx"))
        }
        request.ok = successes.filter(isValid)
        let refusals: Set = ["400", "404", "409", "410", "412", "422", "423", "428"]
        if !HTTPMethod.isSafe(operation.method) {
            request.fail = operation.answers.map(\.status).filter(refusals.contains)
        }
        return request
    }

    static func isHeaderName(_ name: String) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy { $0 > 32 && $0 < 127 && !"\":#'{}[],&*!|>%@`".utf8.contains($0) }
    }

    /// The path with placeholders, and the query that must be there.
    private mutating func target(_ operation: APIOperation) -> String {
        var path = ""
        let key = EntityFinder.key(operation.path)
        for (index, segment) in operation.segments.enumerated() {
            let prefix = Array(key[...index])
            if let owner = (parents + [entity]).first(where: { EntityFinder.key($0.path) == prefix }) {
                path += "/" + identity(owner) + (segment.hasSuffix(".json") ? ".json" : "")
            } else {
                let isOwn = prefix.dropLast().elementsEqual(EntityFinder.key(entity.path).dropLast())
                path += "/" + filled(segment, operation, isOwn: isOwn)
            }
        }
        if operation.path.hasSuffix("/") || path.isEmpty { path += "/" }
        var query = operation.parameters.filter { $0.place == .query && $0.isRequired }
            .map { "\($0.name.percentEncoded)=\(sampleText($0).percentEncoded)" }
        query += access.query
        return query.isEmpty ? path : path + "?" + query.joined(separator: "&")
    }

    /// A part of a path in which a parameter stands that nothing here makes, or with more than the parameter.
    ///
    /// `isOwn`: it stands where the entity's own does, as in `/orders/{id}:pay`.
    private mutating func filled(_ segment: String, _ operation: APIOperation, isOwn: Bool) -> String {
        var result = ""
        var rest = segment[...]
        while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
            let name = String(rest[rest.index(after: open)..<close])
            result += String(rest[..<open]).percentEncodedSegment
            if isOwn, name == entity.parameter {
                result += identity(entity)
            } else {
                let parameter = operation.parameters.first { $0.name == name && $0.place == .path }
                result += "${{ \(self.parameter(name, parameter)) }}"
            }
            rest = rest[rest.index(after: close)...]
        }
        return result + String(rest).percentEncodedSegment
    }

    /// A parameter of the scenario, whose value somebody has to set.
    private mutating func parameter(_ name: String, _ parameter: APIParameter?) -> String {
        let taken = names.values.flatMap { [$0, $0 + "-id"] } + ["wanted"]
        let draftName = taken.contains(name.draftName) ? "the-\(name.draftName)" : name.draftName
        if !draft.parameters.contains(where: { $0.name == draftName }) {
            draft.parameters.append((draftName, parameter.map(sampleText) ?? "1"))
            draft.edits.append("`parameters`: \(draftName) must name one that is there.")
        }
        return draftName
    }

    private func sampleText(_ parameter: APIParameter) -> String {
        let given = parameter.schema.example ?? parameter.schema.choices?.first
        if let given, given.elements == nil, given.members == nil { return given.text ?? JSON.text(given) }
        let isNumber = parameter.schema.type == "integer" || parameter.schema.type == "number"
        return isNumber ? String(parameter.schema.sampleNumber) : "1"
    }

    /// Sets a body and the header that names its type.
    static func setBody(_ value: Value, of body: APIBody, on request: inout ScenarioDraft.Operation) {
        switch body.form {
        case .json, .jsonPatch:
            request.body = .json(value)
            if body.mediaType != "application/json", body.mediaType != "*/*" {
                request.headers.append(("Content-Type", body.mediaType))
            }
        case .urlEncoded:
            request.headers.append(("Content-Type", body.mediaType))
            request.body = .text(value.urlEncoded(""))
        }
    }

    /// The sample of a body; what is to be looked at goes to the edits.
    mutating func sample(_ schema: Schema, _ source: String, for name: String) -> Value {
        var edits: [String] = []
        let value = schema.sample(source, &edits)
        for edit in edits {
            let sentence = "`\(name)`: \(edit) has a made-up value."
            if !draft.edits.contains(sentence) { draft.edits.append(sentence) }
        }
        return value
    }
}

extension String {
    /// Text of a path between two slashes.
    fileprivate var percentEncodedSegment: String {
        percentEncoded { $0 > 32 && $0 < 127 && !"\"<>\\^`{|}?#".utf8.contains($0) }
    }
}

extension Value {
    /// As forms send it: `a=1&b[c]=2`; placeholders stay.
    func urlEncoded(_ name: String) -> String {
        switch self {
        case .object(let members):
            members.sorted { $0.key < $1.key }.map {
                $0.value.urlEncoded(
                    name.isEmpty ? $0.key.percentEncoded : "\(name)[\($0.key.percentEncoded)]")
            }.filter { !$0.isEmpty }.joined(separator: "&")
        case .array(let elements):
            elements.map { $0.urlEncoded(name + "[]") }.filter { !$0.isEmpty }.joined(separator: "&")
        case .string(let text): "\(name)=\(text.contains("${{") ? text : text.percentEncoded)"
        case .null, .bool, .int, .double: "\(name)=\(JSON.text(self))"
        }
    }
}
