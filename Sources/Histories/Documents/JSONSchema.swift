// JSON Schema (draft 2020-12) as a value: each document of contend says beside its encoder what it holds.

public import Core

/// The part of JSON Schema that our documents need.
public struct JSONSchema: Sendable, Hashable {
    public static let dialect = "https://json-schema.org/draft/2020-12/schema"

    /// The schema itself; its keywords are the members.
    public private(set) var members: [String: Value]

    public init(_ members: [String: Value] = [:]) { self.members = members }

    public var value: Value { .object(members) }

    /// The file: indented, members in order of their names, so that the same schema is the same text.
    public var text: String { JSON.indentedText(value) + "\n" }

    /// With these keywords added or replaced.
    public func with(_ keywords: [String: Value]) -> JSONSchema {
        JSONSchema(members.merging(keywords) { $1 })
    }

    public func described(_ text: String) -> JSONSchema { with(["description": .string(text)]) }

    // MARK: - Scalars

    public static let anything = JSONSchema()
    public static let string = JSONSchema(["type": "string"])
    public static let number = JSONSchema(["type": "number"])
    public static let boolean = JSONSchema(["type": "boolean"])
    public static let null = JSONSchema(["type": "null"])
    public static let integer = JSONSchema(["type": "integer"])
    /// A count, an index, a time since the run's origin.
    public static let natural = integer(from: 0)

    public static func integer(from least: Int, through most: Int? = nil) -> JSONSchema {
        let schema = integer.with(["minimum": .int(least)])
        return most.map { schema.with(["maximum": .int($0)]) } ?? schema
    }

    /// Text that matches, as the regular expressions of ECMA-262 do, somewhere.
    public static func string(matching pattern: String) -> JSONSchema {
        string.with(["pattern": .string(pattern)])
    }

    public static func constant(_ value: Value) -> JSONSchema { JSONSchema(["const": value]) }

    public static func words(_ words: [String]) -> JSONSchema {
        JSONSchema(["enum": .array(words.map { .string($0) })])
    }

    /// The raw values of an enumeration.
    public static func words<Word: RawRepresentable<String> & CaseIterable>(of type: Word.Type) -> JSONSchema
    {
        words(Word.allCases.map(\.rawValue))
    }

    // MARK: - Compounds

    public static func array(of element: JSONSchema) -> JSONSchema {
        JSONSchema(["type": "array", "items": element.value])
    }

    /// An object whose member names are free.
    public static func map(of value: JSONSchema) -> JSONSchema {
        JSONSchema(["type": "object", "additionalProperties": value.value])
    }

    /// Members that are not listed are allowed if it is open.
    public static func object(_ members: [Member], isOpen: Bool) -> JSONSchema {
        var schema: [String: Value] = [
            "type": "object",
            "properties": .object(Dictionary(members.map { ($0.name, $0.schema.value) }) { _, last in last }),
        ]
        let required = members.filter(\.isRequired).map { Value.string($0.name) }
        if !required.isEmpty { schema["required"] = .array(required) }
        if !isOpen { schema["additionalProperties"] = false }
        return JSONSchema(schema)
    }

    public static func anyOf(_ schemas: [JSONSchema]) -> JSONSchema {
        JSONSchema(["anyOf": .array(schemas.map(\.value))])
    }

    /// What `$defs` of the same document calls so.
    public static func definition(_ name: String) -> JSONSchema {
        JSONSchema(["$ref": .string("#/$defs/\(name)")])
    }

    public struct Member: Sendable, Hashable {
        public var name: String
        public var schema: JSONSchema
        public var isRequired: Bool

        public init(_ name: String, _ schema: JSONSchema, _ description: String = "", isRequired: Bool) {
            self.name = name
            self.schema = description.isEmpty ? schema : schema.described(description)
            self.isRequired = isRequired
        }

        public static func required(
            _ name: String, _ schema: JSONSchema, _ description: String = ""
        ) -> Member { Member(name, schema, description, isRequired: true) }

        public static func optional(
            _ name: String, _ schema: JSONSchema, _ description: String = ""
        ) -> Member { Member(name, schema, description, isRequired: false) }
    }

    /// The schema as a document of its own: its name and version are in `$id`, which needs no network.
    public func document(
        _ name: String, version: Int, title: String, definitions: [String: JSONSchema] = [:]
    ) -> JSONSchema {
        var all = members
        all["$schema"] = .string(Self.dialect)
        all["$id"] = .string("urn:contend:schema:\(name):\(version)")
        all["title"] = .string(title)
        if !definitions.isEmpty { all["$defs"] = .object(definitions.mapValues(\.value)) }
        return JSONSchema(all)
    }
}
