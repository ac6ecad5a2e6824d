// YAML that is no scenario: any document as a value, and values as the lines of a scenario that is drafted.

public import Core
import Histories
import Yams

/// Why a text is no YAML document, as the end of a sentence.
public struct YAMLDocumentError: Error, Sendable, CustomStringConvertible {
    public var description: String
}

/// YAML documents of others, such as descriptions of an API.
public enum YAMLDocument {
    /// More values than any description holds; aliases count each time, so that few bytes cannot become many.
    static let nodeLimit = 4_000_000

    /// The one document that the text holds.
    ///
    /// Scalars have the types of YAML's core schema.
    public static func value(of text: String) throws(YAMLDocumentError) -> Value {
        let root: Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch {
            let words = "\(error)".split(separator: "\n").first ?? "it cannot be read"
            throw YAMLDocumentError(description: "it is no YAML: \(words)")
        }
        guard let root else { throw YAMLDocumentError(description: "it is empty") }
        var count = 0
        return try value(of: root, depth: 0, &count)
    }

    private static func value(
        of node: Node, depth: Int, _ count: inout Int
    ) throws(YAMLDocumentError) -> Value {
        count += 1
        guard count <= nodeLimit, depth <= 200 else {
            throw YAMLDocumentError(description: "it has too many values, or they are nested too deep")
        }
        switch node {
        case .scalar(let scalar):
            return scalar.style == .plain || scalar.style == .any
                ? Value(plainScalar: scalar.string) : .string(scalar.string)
        case .sequence(let sequence):
            var elements: [Value] = []
            for element in sequence { elements.append(try value(of: element, depth: depth + 1, &count)) }
            return .array(elements)
        case .mapping(let mapping):
            var members: [String: Value] = [:]
            for (key, member) in mapping {
                guard let name = key.scalar?.string else { continue }
                members[name] = try value(of: member, depth: depth + 1, &count)
            }
            return .object(members)
        case .alias: throw YAMLDocumentError(description: "an alias in it points nowhere")
        }
    }

    // MARK: - Writing

    /// A text in double quotes, which no reader takes for anything else.
    public static func quoted(_ text: String) -> String { YAMLText.quoted(text) }

    /// A member of a map, on one line where it fits and in block style where it does not.
    public static func member(_ name: String, _ value: Value, indent: Int) -> String {
        let margin = String(repeating: " ", count: indent)
        let line = "\(margin)\(YAMLText.key(name)): \(flow(value))\n"
        guard line.count > 100, value.elements?.isEmpty == false || value.members?.isEmpty == false else {
            return line
        }
        let inner = String(repeating: " ", count: indent + 2)
        let block = value.yaml.document { $0 }.split(separator: "\n").map { inner + $0 + "\n" }
        return "\(margin)\(YAMLText.key(name)):\n" + block.joined()
    }

    /// On one line.
    public static func flow(_ value: Value) -> String {
        switch value {
        case .string(let text): YAMLText.quoted(text)
        case .array(let elements): "[" + elements.map(flow).joined(separator: ", ") + "]"
        case .object(let members) where members.isEmpty: "{}"
        case .object(let members):
            "{ "
                + members.sorted { $0.key < $1.key }.map { "\(YAMLText.key($0.key)): \(flow($0.value))" }
                .joined(separator: ", ") + " }"
        case .null, .bool, .int, .double: JSON.text(value)
        }
    }
}
