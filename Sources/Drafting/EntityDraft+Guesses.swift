// What a draft guesses of an entity: fields that are registers, names that are taken once. States and counts
// have a file of their own.

import Core
import Histories
import Scenarios

extension EntityDraft {
    /// All that can be told, the operations with it.
    mutating func addAll() {
        addCreates()
        if let read = entity.read {
            addRead(read)
            addCount(besides: addStates())
            addRegisters()
        }
        addUniqueName()
        if draft.guesses.isEmpty { addSingleDelete() }
    }

    private var key: String { YAMLDocument.quoted(identity(entity)) }

    // MARK: - Registers

    private mutating func addRegisters() {
        // A replacement of the whole is one write of all fields, and so is a patch that must send one of them
        // each time; any other patch writes one.
        guard let update = entity.updates.first(where: { !fields(of: $0).isEmpty }), let body = update.body
        else { return }
        let written = fields(of: update)
        let isWhole =
            update.method == "PUT" || written.count > 1 && written.contains { isRequired($0, in: body) }
        for group in isWhole ? [written] : written.map({ [$0] }) {
            let name = free(isWhole ? "update-\(self.name)" : "set-\(group[0].name.draftName)")
            var write = request(update, named: name)
            var value = body.form == .jsonPatch ? .array([]) : sample(body.schema, fresh(entity), for: name)
            if isWhole, case .chosen(let path?) = entity.identity, body.schema.property(at: path) != nil {
                value = value.setting(.string(fresh(entity)), at: path)
            }
            var patches: [Value] = []
            for field in group {
                let written = drawn(field, by: &write)
                value = body.form == .jsonPatch ? value : value.setting(.string(written), at: field.path)
                let pointer = "/" + field.path.joined(separator: "/")
                patches.append(
                    .object(["op": "replace", "path": .string(pointer), "value": .string(written)]))
                addRegister(field, by: name, written)
            }
            Self.setBody(body.form == .jsonPatch ? .array(patches) : value, of: body, on: &write)
            draft.operations.append(write)
            draft.mix.append(name)
        }
    }

    private func isRequired(_ field: Field, in body: APIBody) -> Bool {
        guard body.form != .jsonPatch, let name = field.path.last else { return false }
        return body.schema.property(at: Array(field.path.dropLast()))?.required.contains(name) == true
    }

    /// The placeholder of what is written, its draws added where there are any.
    private func drawn(_ field: Field, by write: inout ScenarioDraft.Operation) -> String {
        if let text = field.schema.uniqueText("${{ unique }}") { return text }
        let name = "new-\(field.name.draftName)"
        if let choices = field.schema.choices {
            write.vary.append((name, YAMLDocument.flow(.array(choices.filter { $0.text != nil }))))
        } else {
            let least = max(field.schema.number("minimum") ?? 1, -1_000_000)
            let most = max(least, min(field.schema.number("maximum") ?? 1_000_000, 1_000_000))
            write.vary.append((name, "\(least)..\(most)"))
        }
        return "${{ \(name) }}"
    }

    private mutating func addRegister(_ field: Field, by write: String, _ written: String) {
        var lines = ["register:", "  key: \(key)"]
        if let path = field.created {
            let initial: Value
            if let text = field.schema.uniqueText(fresh(entity)) {
                initial = .string(text)
            } else {
                initial = field.schema.choices?.first { $0.text != nil } ?? .int(field.schema.sampleNumber)
            }
            setCreated(initial, at: path)
            lines.append("  initial: \(YAMLDocument.flow(initial))")
        }
        let shown = captured(field.shown)
        lines.append("  write: { operation: \(write), value: \(YAMLDocument.quoted(written)) }")
        lines.append("  read: { operation: \(show), value: \"${{ \(shown) }}\" }")
        let isDescribed = entity.read?.result != nil
        if !isDescribed {
            draft.edits.append("`\(show)`: its answer is not described; check where it shows \(shown).")
        }
        draft.guesses.append(
            .init(
                name: field.name.draftName,
                why: "`\(show)` shows the \(field.name) that `\(write)` wrote last.", lines: lines))
    }

    // MARK: - Names that are taken once

    static let takenOnce = [
        "name", "email", "username", "slug", "login", "handle", "code", "sku", "key", "title", "number",
        "domain",
        "subdomain", "identifier",
    ]

    private mutating func addUniqueName() {
        guard entity.create.method == "POST", entity.create.answers(409), let body = entity.create.body,
            body.form != .jsonPatch
        else { return }
        let (prefix, inner) = entity.inner(body.schema)
        let field = Self.takenOnce.lazy.compactMap { name in inner.properties.first { $0.plainName == name } }
            .first {
                inner.property($0)?.uniqueText("") != nil && inner.property($0)?.isReadOnly == false
            }
        guard let field, let text = inner.property(field)?.uniqueText("${{ wanted }}") else { return }
        let name = free("claim-\(field.draftName)")
        var claim = request(entity.create, named: name)
        claim.comment = "All clients of a round ask for one \(field)."
        Self.setBody(
            sample(body.schema, "${{ unique }}", for: name).setting(.string(text), at: prefix + [field]),
            of: body, on: &claim)
        draft.operations.append(claim)
        draft.mix.append(name)
        draft.keys.append("wanted")
        draft.guesses.append(
            .init(
                name: "one-\(field.draftName)",
                why: "409 says that the \(field) is taken, so one client gets it.",
                lines: ["unique: { key: \"${{ wanted }}\", claim: \(name) }"]))
    }

    /// Where nothing else can be told: the first delete is the only one.
    private mutating func addSingleDelete() {
        guard let delete = entity.delete, delete.answers(404) || delete.answers(410) || delete.answers(409)
        else { return }
        let name = free("delete-\(self.name)")
        draft.operations.append(request(delete, named: name))
        draft.mix.append(name)
        draft.after = []
        draft.guesses.append(
            .init(
                name: "deleted-once", why: "one delete is acknowledged, the others find nothing.",
                lines: ["unique: { key: \(key), claim: \(name) }"]))
    }
}
