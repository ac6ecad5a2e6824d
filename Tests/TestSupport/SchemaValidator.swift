// Validates values against the part of JSON Schema (draft 2020-12) that our schemas use; any other keyword is
// an error of its own, so that nothing is passed over in silence.

public import Core
public import Histories

public struct SchemaValidator {
    private let root: Value
    /// Members that an open object does not list are errors, so that a document cannot outgrow its schema.
    private let isStrict: Bool

    public init(_ schema: JSONSchema, strict: Bool = false) {
        root = schema.value
        isStrict = strict
    }

    /// What is wrong, each with its path; nothing for a valid value.
    public func problems(_ value: Value) -> [String] { problems(value, root, at: "$") }

    /// The same for one of the schema's `$defs`.
    public func problems(_ value: Value, definition name: String) -> [String] {
        problems(value, JSONSchema.definition(name).value, at: "$")
    }

    private static let annotations: Set = ["$schema", "$id", "$defs", "title", "description"]

    private func problems(_ value: Value, _ schema: Value, at path: String) -> [String] {
        switch schema {
        case .bool(true): return []
        case .bool(false): return ["\(path) should not be there"]
        case .object(let keywords):
            return keywords.sorted { $0.key < $1.key }.flatMap { keyword, argument -> [String] in
                Self.annotations.contains(keyword)
                    ? [] : problems(value, keyword, argument, beside: keywords, at: path)
            } + unlisted(value, keywords, at: path)
        case .null, .int, .double, .string, .array: return ["\(path): \(schema) is no schema"]
        }
    }

    private func problems(
        _ value: Value, _ keyword: String, _ argument: Value, beside keywords: [String: Value],
        at path: String
    ) -> [String] {
        switch keyword {
        case "type", "const", "enum", "minimum", "maximum", "pattern":
            return Self.holds(value, keyword, argument)
                ? [] : ["\(path): \(JSON.text(value)) breaks \(keyword) \(JSON.text(argument))"]
        case "$ref":
            guard let target = resolve(argument) else { return ["\(path): \(argument) leads nowhere"] }
            return problems(value, target, at: path)
        case "anyOf", "oneOf":
            let found = (argument.elements ?? []).map { problems(value, $0, at: path) }
            let valid = found.filter(\.isEmpty).count
            if keyword == "oneOf" ? valid == 1 : valid > 0 { return [] }
            return ["\(path): \(valid) of \(keyword) hold"] + found.flatMap(\.self)
        case "allOf": return (argument.elements ?? []).flatMap { problems(value, $0, at: path) }
        case "not": return problems(value, argument, at: path).isEmpty ? ["\(path) holds `not`"] : []
        case "if":
            let branch = problems(value, argument, at: path).isEmpty ? "then" : "else"
            return keywords[branch].map { problems(value, $0, at: path) } ?? []
        case "then", "else": return []
        case "items":
            guard case .array(let elements) = value else { return [] }
            return elements.enumerated().flatMap {
                problems($0.element, argument, at: "\(path)[\($0.offset)]")
            }
        case "minItems", "maxItems":
            guard case .array(let elements) = value, let limit = argument.number else { return [] }
            let holds =
                keyword == "minItems" ? Double(elements.count) >= limit : Double(elements.count) <= limit
            return holds ? [] : ["\(path): \(elements.count) elements break \(keyword) \(limit)"]
        case "properties", "patternProperties", "additionalProperties", "required":
            return members(value, keyword, argument, beside: keywords, at: path)
        default: return ["\(keyword) is not known to this validator"]
        }
    }

    private func members(
        _ value: Value, _ keyword: String, _ argument: Value, beside keywords: [String: Value],
        at path: String
    ) -> [String] {
        guard case .object(let members) = value else { return [] }
        switch keyword {
        case "required":
            return (argument.elements ?? []).compactMap(\.text).filter { members[$0] == nil }
                .map { "\(path).\($0) is missing" }
        case "properties", "patternProperties":
            return argument.members.flatMap { name, schema in
                members.filter { keyword == "properties" ? $0.key == name : Self.matches($0.key, name) }
                    .flatMap { problems($0.value, schema, at: "\(path).\($0.key)") }
            }
        default:
            return members.filter { !Self.isListed($0.key, keywords) }
                .flatMap { problems($0.value, argument, at: "\(path).\($0.key)") }
        }
    }

    private func unlisted(_ value: Value, _ keywords: [String: Value], at path: String) -> [String] {
        guard isStrict, case .object(let members) = value, keywords["properties"] != nil,
            keywords["additionalProperties"] == nil
        else { return [] }
        return members.keys.filter { !Self.isListed($0, keywords) }
            .map { "\(path).\($0) is in no schema" }
    }

    private static func isListed(_ name: String, _ keywords: [String: Value]) -> Bool {
        keywords["properties"]?.members[name] != nil
            || keywords["patternProperties"]?.members.keys.contains { matches(name, $0) } == true
    }

    private static func holds(_ value: Value, _ keyword: String, _ argument: Value) -> Bool {
        switch keyword {
        case "type": (argument.elements ?? [argument]).compactMap(\.text).contains { isType(value, $0) }
        case "const": value.isEquivalent(to: argument)
        case "enum": (argument.elements ?? []).contains { value.isEquivalent(to: $0) }
        case "minimum": value.number.map { $0 >= argument.number ?? 0 } ?? true
        case "maximum": value.number.map { $0 <= argument.number ?? 0 } ?? true
        default: value.text.map { matches($0, argument.text ?? "") } ?? true
        }
    }

    private static func isType(_ value: Value, _ type: String) -> Bool {
        switch value {
        case .null: type == "null"
        case .bool: type == "boolean"
        case .int: type == "integer" || type == "number"
        case .double(let number): type == "number" || type == "integer" && number == number.rounded()
        case .string: type == "string"
        case .array: type == "array"
        case .object: type == "object"
        }
    }

    private static func matches(_ text: String, _ pattern: String) -> Bool {
        guard let expression = try? Regex(pattern) else { return false }
        return text.firstMatch(of: expression) != nil
    }

    private func resolve(_ reference: Value) -> Value? {
        guard let text = reference.text, text.hasPrefix("#/$defs/") else { return nil }
        return root.members["$defs"]?.members[String(text.dropFirst(8))]
    }
}

extension Value {
    /// The members of an object, none of anything else.
    public var members: [String: Value] { if case .object(let members) = self { members } else { [:] } }

    /// With the value at a path of member names and indexes replaced; `nil` takes it away.
    public func replacing(_ path: some Collection<String>, with value: Value?) -> Value {
        guard let first = path.first else { return value ?? .null }
        let rest = path.dropFirst()
        if case .array(var elements) = self, let index = Int(first), elements.indices.contains(index) {
            elements[index] = elements[index].replacing(rest, with: value)
            return .array(elements)
        }
        var members = members
        members[first] =
            rest.isEmpty ? value : (members[first] ?? .object([:])).replacing(rest, with: value)
        return .object(members)
    }
}
