// The operations of a draft: what makes the entity, shows it and changes it.

import Core
import Histories
import Scenarios

extension EntityDraft {
    /// A field that is written and shown again.
    struct Field {
        var name: String
        /// In the body of the write.
        var path: [String]
        /// In the answer of the read; a guess where it is not described.
        var shown: [String]
        var schema: Schema
        /// In the body that creates the entity, `nil` where it cannot be set there.
        var created: [String]?

        var isNumber: Bool { schema.type == "integer" }
    }

    /// Fields that are good to tell a lost write by, the best first.
    static let telling = [
        "name", "title", "description", "text", "note", "notes", "content", "body", "comment", "label",
        "summary",
        "displayname", "message", "value", "subject", "email", "price", "priority",
    ]

    /// At most two fields that `update` writes and the read shows.
    func fields(of update: APIOperation) -> [Field] {
        guard let body = update.body, let read = entity.read else { return [] }
        // What something else changes is not written beside it, nor reset by a replacement of the whole.
        let isMixed = judged.contains { path in
            guard let name = path.last, let sent = entity.path(of: name, in: body.schema) else {
                return false
            }
            let around = body.schema.property(at: Array(sent.dropLast()))
            return update.method == "PUT" || around?.required.contains(sent.last ?? "") == true
        }
        guard !isMixed else { return [] }
        let source = body.form == .jsonPatch ? entity.create.body?.schema ?? body.schema : body.schema
        let (prefix, inner) = entity.inner(source)
        let own = identityField
        var fields: [(rank: Int, field: Field)] = []
        for name in inner.properties {
            guard let schema = inner.property(name), !schema.isReadOnly, name.plainName != own,
                name.plainName != "id", !entity.path.contains("{\(name)}"), !Schema.isReference(name),
                schema.members["writeOnly"] != true,
                schema.format != "password", let shown = shownPath(of: name, like: schema, in: read),
                !judged.contains(shown)
            else { continue }
            let isText = schema.uniqueText("") != nil
            let isChoice = (schema.choices ?? []).filter { $0.text != nil }.count > 1
            guard isText || isChoice || schema.type == "integer" && schema.choices == nil else { continue }
            let kind = isText ? 0 : isChoice ? 200 : 100
            let rank =
                kind + (Self.telling.firstIndex(of: name.plainName) ?? 50)
                - (inner.required.contains(name) ? 10 : 0)
            let created = entity.create.body.flatMap { entity.path(of: name, in: $0.schema) }
            let isSame = created.flatMap { entity.create.body?.schema.property(at: $0)?.type } == schema.type
            fields.append(
                (
                    rank,
                    Field(
                        name: name, path: prefix + [name], shown: shown, schema: schema,
                        created: isSame ? created : nil)
                ))
        }
        return fields.sorted { ($0.rank, $0.field.name) < ($1.rank, $1.field.name) }.prefix(2).map(\.field)
    }

    private var identityField: String? {
        switch entity.identity {
        case .answered(let path, _): path.last?.plainName
        case .chosen(let path): path?.last?.plainName
        }
    }

    /// Where the read shows the field, `nil` where it shows none of its type.
    private func shownPath(of name: String, like schema: Schema, in read: APIOperation) -> [String]? {
        guard let result = read.result else { return [name] }
        guard let path = entity.path(of: name, in: result) else {
            return entity.inner(result).schema.properties.isEmpty && result.type != "array" ? [name] : nil
        }
        let type = result.property(at: path)?.type
        return type == nil || type == schema.type ? path : nil
    }

    /// What makes the entity and all that it needs, the topmost first.
    mutating func addCreates() {
        for owner in parents + [entity] {
            let name = "create-\(self.name(of: owner))"
            var create = request(owner.create, named: name)
            if let schema = owner.create.body {
                var value = sample(schema.schema, fresh(owner), for: name)
                if case .chosen(let path?) = owner.identity, let kind = schema.schema.property(at: path) {
                    value = value.setting(.string(kind.uniqueText(fresh(owner)) ?? fresh(owner)), at: path)
                }
                if owner.path == entity.path { createdBody = value }
                Self.setBody(value, of: schema, on: &create)
            }
            if case .answered(let path, let isGuess) = owner.identity {
                create.capture = [("\(self.name(of: owner))-id", "json " + Self.jsonPath(path))]
                if isGuess {
                    create.comment = "The answer is not described: where is the id in it?"
                    draft.edits.append(
                        "`\(name)`: \(Self.jsonPath(path)) is a guess of where its answer has the id.")
                }
            }
            if owner.create.path == owner.path, !owner.create.answers(201) {
                draft.edits.append("`\(name)`: that \(owner.create.method) makes a new one is a guess.")
            }
            draft.operations.append(create)
            draft.before.append(name)
        }
        draft.keys = (parents + [entity]).map { self.name(of: $0) }
    }

    /// The read of the entity, without captures.
    mutating func addRead(_ read: APIOperation) {
        var show = request(read, named: self.show)
        show.isRead = true
        draft.operations.append(show)
        draft.before.append(self.show)
        draft.after = [self.show]
    }

    /// The name under which the read's field is captured.
    mutating func captured(_ path: [String]) -> String {
        guard let index = draft.operations.firstIndex(where: { $0.name == show }) else { return "" }
        let source = "json " + Self.jsonPath(path)
        if let known = draft.operations[index].capture.first(where: { $0.source == source }) {
            return known.name
        }
        let taken = Set(
            draft.keys + draft.keys.map { $0 + "-id" } + draft.parameters.map(\.name) + ["wanted"]
                + draft.operations[index].capture.map(\.name))
        var name = (path.last ?? "value").draftName
        if taken.contains(name) { name = "shown-\(name)" }
        while taken.contains(name) { name += "-2" }
        draft.operations[index].capture.append((name, source))
        return name
    }

    /// Changes the body of the operation that creates the entity.
    mutating func setCreated(_ value: Value, at path: [String]) {
        let name = "create-\(self.name)"
        guard let index = draft.operations.firstIndex(where: { $0.name == name }),
            let body = entity.create.body
        else { return }
        createdBody = createdBody.setting(value, at: path)
        draft.operations[index].headers.removeAll { $0.name == "Content-Type" }
        Self.setBody(createdBody, of: body, on: &draft.operations[index])
    }

    /// As in `$.data.id`; other than plain names in brackets.
    static func jsonPath(_ path: [String]) -> String {
        path.reduce(into: "$") { text, name in
            let isPlain =
                name.utf8.allSatisfy {
                    $0 == 95 || (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0)
                }
                && name.first.map { !$0.isNumber } == true
            text += isPlain ? ".\(name)" : "[\(JSON.text(.string(name)))]"
        }
    }

    /// A name that no operation has yet.
    func free(_ wanted: String) -> String {
        var name = wanted
        while draft.operations.contains(where: { $0.name == name }) { name += "-2" }
        return name
    }
}
