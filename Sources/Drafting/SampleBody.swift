// Values that fit a schema: what a drafted request sends.

import Core
import Scenarios

extension Schema {
    /// Longer than any text that contend draws as `unique`.
    private static let uniqueLength = 24
    /// Patterns are tried on such a text, and only simple ones: others may take for ever.
    private static let sampleText = "k3f9ab-12-345"
    private static let patternLimit = 200

    /// Whether any text that differs from all others will do.
    var takesUniqueText: Bool {
        type == "string" && choices == nil && !isReadOnly && uniqueText("") != nil
            && ![.some("email"), "uri", "url", "hostname"].contains(format)
    }

    /// A text for this field that is as distinct as the placeholder `source`; `nil` where none can be made.
    func uniqueText(_ source: String) -> String? {
        guard type == "string", choices == nil else { return nil }
        let (before, after): (String, String)
        switch format {
        case nil, "string", "text", "name", "slug", "id", "html", "markdown": (before, after) = ("", "")
        case "password": (before, after) = ("Aa1!", "")
        case "email", "idn-email": (before, after) = ("", "@example.com")
        case "uri", "url", "uri-reference", "iri": (before, after) = ("http://example.com/", "")
        case "hostname", "idn-hostname": (before, after) = ("", ".example.com")
        default: return nil
        }
        let length = before.count + after.count + Self.uniqueLength
        if let most = number("maxLength"), most < length { return nil }
        let least = number("minLength") ?? 0
        let padding = String(repeating: "x", count: min(max(0, least - length + 14), 500))
        if let pattern {
            for lead in ["", "x", "X", "/", "#"]
            where matches(pattern, lead + before + padding + Self.sampleText + after) {
                return lead + before + padding + source + after
            }
            return nil
        }
        return before + padding + source + after
    }

    private func matches(_ pattern: String, _ text: String) -> Bool {
        let repeats = [")*", ")+", "){"].contains { pattern.contains($0) }
        guard !repeats, pattern.utf8.count <= Self.patternLimit, let regex = try? Regex(pattern) else {
            return false
        }
        return (try? regex.firstMatch(in: text)) != nil
    }

    /// A value that the schema allows: an object has its required members, a text is unique where it may be.
    ///
    /// `source` is the placeholder that makes texts unique; `edits` gets the paths of values to look at.
    func sample(_ source: String, at path: [String] = [], _ edits: inout [String]) -> Value {
        if let choice = choices?.first { return choice }
        switch type {
        case "object" where path.count < 6:
            var members: [String: Value] = [:]
            for name in required.sorted() {
                guard let property = property(name), !property.isReadOnly else { continue }
                members[name] = property.sample(source, at: path + [name], &edits)
            }
            return .object(members)
        case "array":
            let count = number("minItems") ?? 0
            guard count > 0, path.count < 6 else { return .array([]) }
            let item = items.sample(source, at: path + ["0"], &edits)
            return .array(Array(repeating: item, count: min(count, 5)))
        case "integer", "number":
            if path.last.map(Self.isReference) == true { edits.append(path.joined(separator: ".")) }
            return .int(sampleNumber)
        case "boolean": return members["default"] ?? false
        case "string", nil: return sampleText(source, path, &edits)
        default: return .object([:])
        }
    }

    var sampleNumber: Int {
        if let given = example?.number.flatMap({ Int(exactly: $0) }) { return given }
        let least = number("minimum") ?? number("exclusiveMinimum").map { $0 + 1 } ?? 1
        let most = number("maximum") ?? .max
        return max(least, min(1, most)) + (members["exclusiveMinimum"] == true ? 1 : 0)
    }

    static func isReference(_ field: String) -> Bool {
        field.nameParts.count > 1 && ["id", "ids", "uuid", "gid"].contains(field.nameParts.last)
    }

    private func sampleText(_ source: String, _ path: [String], _ edits: inout [String]) -> Value {
        // An id of something else must name what is there.
        let isReference = path.last.map(Self.isReference) ?? false
        if !isReference, let text = uniqueText(source) { return .string(text) }
        if let example, example != .null { return example }
        switch format {
        case "date": return "2030-01-15"
        case "date-time": return "2030-01-15T12:00:00Z"
        case "time": return "12:00:00Z"
        case "ipv4": return "192.0.2.1"
        case "ipv6": return "2001:db8::1"
        case "byte": return "Y29udGVuZA=="
        case "uuid": edits.append(path.joined(separator: ".")); return "00000000-0000-4000-8000-000000000001"
        default: break
        }
        edits.append(path.joined(separator: "."))
        if isReference { return "1" }
        return .string(String(repeating: "a", count: min(max(1, number("minLength") ?? 1), 500)))
    }
}

extension Value {
    /// With `value` at the path, objects made where they are missing.
    func setting(_ value: Value, at path: some Collection<String>) -> Value {
        guard let first = path.first else { return value }
        var members = members ?? [:]
        members[first] = (members[first] ?? .object([:])).setting(value, at: path.dropFirst())
        return .object(members)
    }

    func value(at path: [String]) -> Value? { path.reduce(Optional(self)) { $0?[$1] } }
}
