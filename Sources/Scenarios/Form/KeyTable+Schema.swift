// The JSON Schema of the scenario form, made of the key tables: for editors, and for whoever writes scenarios
// by program.

import Core
public import Histories

extension ScenarioFile {
    /// Version of the scenario form.
    public static let currentVersion = 1

    /// The schema of a scenario file as it is written, before `extends` and placeholders are resolved.
    ///
    /// A file that extends another, or that has no name because others extend it, need not be whole: its maps
    /// may lack what is required elsewhere, and `null` takes an inherited key away.
    public static var schema: JSONSchema {
        var definitions = Form.definitions
        for table in KeyTable.all {
            definitions[table.definition] = table.schema
            definitions[table.partDefinition] = table.partSchema
        }
        let whole = JSONSchema.definition(KeyTable.scenario.definition)
        let part = JSONSchema.definition(KeyTable.scenario.partDefinition)
        let isWhole: [String: Value] = [
            "required": .words("name"), "not": .object(["required": .words("extends")]),
        ]
        return JSONSchema([
            "type": "object", "if": .object(isWhole), "then": whole.value, "else": part.value,
        ]).document(
            "scenario", version: currentVersion,
            title: "A scenario of contend, version \(currentVersion) of the form", definitions: definitions)
    }
}

extension KeyTable {
    fileprivate var partDefinition: String { "part-of-" + definition }

    fileprivate static func block(referredTo reference: String) -> KeyTable? {
        all.first { reference == JSONSchema.definition($0.definition).members["$ref"]?.text }
    }

    /// A complete block.
    fileprivate var schema: JSONSchema {
        var schema = JSONSchema.object(
            entries.map { JSONSchema.Member($0.name, $0.form, $0.summary, isRequired: $0.isRequired) },
            isOpen: false)
        let groups = exactlyOne.map { keys in
            Value.object(["oneOf": .array(keys.map { .object(["required": .words($0)]) })])
        }
        if !groups.isEmpty { schema = schema.with(["allOf": .array(groups)]) }
        // Nothing at all (`sqlite:`) counts as an empty map.
        let canBeEmpty = groups.isEmpty && !entries.contains(where: \.isRequired)
        return canBeEmpty ? schema.with(["type": .words("object", "null")]) : schema
    }

    /// A block that is laid over an inherited one, or over which another is laid.
    fileprivate var partSchema: JSONSchema {
        let members = entries.map {
            JSONSchema.Member($0.name, .anyOf([$0.partForm, .null]), $0.summary, isRequired: false)
        }
        return JSONSchema.object(members, isOpen: false).with(["type": .words("object", "null")])
    }
}

extension KeyTable.Key {
    fileprivate var partForm: JSONSchema {
        if case .object(let members) = form.value.withPartsOfBlocks { JSONSchema(members) } else { form }
    }
}

extension Value {
    fileprivate static func words(_ words: String...) -> Value { .array(words.map { .string($0) }) }

    /// A form with every reference to a block replaced by that to a part of it, and with `null` for every
    /// value of a map of free names, which takes an inherited one away; inside lists, which are replaced as a
    /// whole, blocks stay complete.
    fileprivate var withPartsOfBlocks: Value {
        switch self {
        case .null, .bool, .int, .double, .string: return self
        case .array(let elements): return .array(elements.map(\.withPartsOfBlocks))
        case .object(var members):
            if let name = members["$ref"]?.text, let block = KeyTable.block(referredTo: name) {
                return JSONSchema.definition(block.partDefinition).value
            }
            for (key, value) in members where key != "items" {
                let part = value.withPartsOfBlocks
                switch (key, part) {
                case ("additionalProperties", _): members[key] = part.orNull
                case ("patternProperties", .object(let forms)):
                    members[key] = .object(forms.mapValues(\.orNull))
                default: members[key] = part
                }
            }
            return .object(members)
        }
    }

    /// A form of values, or nothing; `false` and the form of any value stay what they are.
    private var orNull: Value {
        guard case .object(let members) = self, !members.isEmpty else { return self }
        return JSONSchema.anyOf([JSONSchema(members), .null]).value
    }
}
