// JSON Schemas as OpenAPI uses them: references followed, `allOf` merged, of `oneOf` and `anyOf` the first.

import Core

/// Follows references within one document.
struct SchemaReader: Sendable {
    /// References behind each other, so that circles end.
    private static let depthLimit = 24
    /// Schemas that are merged into one.
    private static let partLimit = 500

    let root: Value

    func schema(_ value: Value?, example: Value? = nil) -> Schema {
        var parts = 0
        var members = merged(value ?? .null, &parts)
        if let example, members["example"] == nil { members["example"] = example }
        return Schema(reader: self, members: members)
    }

    /// What a reference of the form `#/a/b` points to, or the value itself.
    func resolved(_ value: Value) -> Value {
        var value = value
        for _ in 0..<Self.depthLimit {
            guard let reference = value["$ref"]?.text else { return value }
            guard let target = target(of: reference) else { return .null }
            value = target
        }
        return .null
    }

    private func target(of reference: String) -> Value? {
        guard reference.hasPrefix("#/") else { return nil }
        return reference.split(separator: "/").dropFirst().reduce(Optional(root)) { node, part in
            let name = String(part).replacing("%7B", with: "{").replacing("%7D", with: "}")
                .replacing("~1", with: "/").replacing("~0", with: "~")
            if let elements = node?.elements, let index = Int(name), elements.indices.contains(index) {
                return elements[index]
            }
            return node?[name]
        }
    }

    private func merged(_ value: Value, _ parts: inout Int) -> [String: Value] {
        parts += 1
        guard parts <= Self.partLimit, let members = resolved(value).members else { return [:] }
        var result = members
        for part in members["allOf"]?.elements ?? [] {
            result = Self.union(result, merged(part, &parts))
        }
        for key in ["oneOf", "anyOf"] {
            for part in members[key]?.elements ?? [] {
                let part = merged(part, &parts)
                guard part["type"] != "null", !part.isEmpty else { continue }
                result = Self.union(result, part)
                break
            }
        }
        return result
    }

    private static func union(_ left: [String: Value], _ right: [String: Value]) -> [String: Value] {
        left.merging(right) { first, second in
            if let one = first.members, let other = second.members {
                return .object(one.merging(other) { first, _ in first })
            }
            if let one = first.elements, let other = second.elements { return .array(one + other) }
            return first
        }
    }
}

/// One schema with what was merged into it.
struct Schema: Sendable {
    let reader: SchemaReader
    let members: [String: Value]

    var type: String? {
        let named = [members["type"]?.text] + (members["type"]?.elements ?? []).map(\.text)
        if let type = named.compactMap({ $0 }).first(where: { $0 != "null" }) { return type }
        if members["properties"] != nil { return "object" }
        if members["items"] != nil { return "array" }
        return choices?.first?.text == nil ? nil : "string"
    }

    var properties: [String] { (members["properties"]?.members ?? [:]).keys.sorted() }
    var required: Set<String> { Set((members["required"]?.elements ?? []).compactMap(\.text)) }
    var format: String? { members["format"]?.text }
    var pattern: String? { members["pattern"]?.text }
    var isReadOnly: Bool { members["readOnly"] == true }
    var isDescribed: Bool { type != nil }
    var items: Schema { reader.schema(members["items"]) }

    /// The values that are allowed, `nil` where they are not listed.
    var choices: [Value]? {
        if let constant = members["const"] { return [constant] }
        return members["enum"]?.elements?.filter { $0 != .null }.nonEmpty
    }

    /// A value that the document gives.
    var example: Value? {
        members["example"] ?? members["examples"]?.elements?.first ?? members["default"]
    }

    func number(_ name: String) -> Int? { members[name]?.number.flatMap { Int(exactly: $0) } }

    func property(_ name: String) -> Schema? { members["properties"]?[name].map { reader.schema($0) } }

    func property(at path: [String]) -> Schema? {
        path.reduce(Optional(self)) { $0?.property($1) }
    }
}

extension Array {
    var nonEmpty: [Element]? { isEmpty ? nil : self }
}
