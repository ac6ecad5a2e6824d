// A small tree and its text as block-style YAML, for writing resolved scenarios; every text is quoted, so
// that none changes its type.

import Core
import Histories

/// What is written: plain scalars, texts, lists and maps in order.
indirect enum YAMLText {
    /// Written as it is: a number, `true`, `null`, or a word known to be safe.
    case plain(String)
    case text(String)
    case list([YAMLText])
    case members([Member])

    struct Member {
        var key: String
        var value: YAMLText
    }

    static func map(_ members: [(key: String, value: any YAMLWritable)]) -> YAMLText {
        .members(members.map { Member(key: $0.key, value: $0.value.yaml) })
    }

    /// The whole document; each text passes through `redact` first.
    func document(_ redact: (String) -> String) -> String {
        var output = ""
        write(to: &output, indent: 0, redact)
        return output
    }

    /// YAML looks for the colon behind a key in so many characters; a longer key is marked by `?`.
    private static let longestSimpleKey = 1_000

    private func write(to output: inout String, indent: Int, _ redact: (String) -> String) {
        let margin = String(repeating: " ", count: indent)
        switch self {
        case .members(let entries) where !entries.isEmpty:
            for entry in entries {
                let key = YAMLText.key(redact(entry.key))
                let isSimple = key.utf8.count <= Self.longestSimpleKey
                output += margin + (isSimple ? "\(key):" : "? \(key)\n\(margin):")
                entry.value.writeValue(to: &output, indent: indent + 2, redact)
            }
        case .list(let elements) where !elements.isEmpty:
            for element in elements {
                output += margin + "-"
                element.writeValue(to: &output, indent: indent + 2, redact)
            }
        case .plain, .text, .list, .members: output += margin + inline(redact) + "\n"
        }
    }

    private func writeValue(to output: inout String, indent: Int, _ redact: (String) -> String) {
        switch self {
        case .members(let entries) where !entries.isEmpty: output += "\n"
        case .list(let elements) where !elements.isEmpty: output += "\n"
        case .plain, .text, .list, .members:
            output += " " + inline(redact) + "\n"
            return
        }
        write(to: &output, indent: indent, redact)
    }

    private func inline(_ redact: (String) -> String) -> String {
        switch self {
        case .plain(let text): text
        case .text(let text): YAMLText.quoted(redact(text))
        case .list: "[]"
        case .members: "{}"
        }
    }

    static func key(_ key: String) -> String {
        let isPlain =
            Names.isIdentifier(key) && key.utf8.allSatisfy { $0 < 128 }
            && Core.Value(plainScalar: key).text != nil
            && !DecodingContext.booleanTraps.contains(key.lowercased())
        return isPlain ? key : quoted(key)
    }

    /// Double quotes with the escapes of YAML, which has no surrogate pairs.
    static func quoted(_ text: String) -> String {
        let inside = text.replacingScalars { scalar in
            switch scalar {
            case "\"": "\\\""
            case "\\": "\\\\"
            case "\n": "\\n"
            case "\t": "\\t"
            case "\r": "\\r"
            case "\u{2028}", "\u{2029}": escaped(scalar)
            case "\u{20}"..."\u{7E}", "\u{A0}"..."\u{D7FF}": nil
            default: escaped(scalar)
            }
        }
        return "\"\(inside)\""
    }

    private static func escaped(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16)
        return "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
    }
}

/// What can stand in a scenario that is written.
protocol YAMLWritable {
    var yaml: YAMLText { get }
}

extension YAMLText: YAMLWritable, ExpressibleByDictionaryLiteral {
    /// A map without the members that are `nil`.
    init(dictionaryLiteral members: (String, (any YAMLWritable)?)...) {
        self = .map(members.compactMap { name, value in value.map { (name, $0) } })
    }

    var yaml: YAMLText { self }

    /// `nil` in place of a map or list without anything in it.
    var unlessEmpty: YAMLText? {
        switch self {
        case .members(let members) where members.isEmpty: nil
        case .list(let elements) where elements.isEmpty: nil
        case .plain, .text, .members, .list: self
        }
    }

    /// The members of both maps.
    static func + (left: YAMLText, right: YAMLText) -> YAMLText {
        guard case .members(let first) = left, case .members(let second) = right else { return right }
        return .members(first + second)
    }
}

extension Collection {
    /// `nil` in place of nothing at all, so that it is not written.
    var unlessEmpty: Self? { isEmpty ? nil : self }
}

extension Array: YAMLWritable where Element: YAMLWritable {
    var yaml: YAMLText { .list(map(\.yaml)) }
}

extension String: YAMLWritable {
    var yaml: YAMLText { .text(self) }
}

extension Duration: YAMLWritable {
    var yaml: YAMLText { .text(inUnits) }
}

extension YAMLWritable where Self: LosslessStringConvertible {
    var yaml: YAMLText { .plain(description) }
}

extension Int: YAMLWritable {}
extension UInt64: YAMLWritable {}
extension Bool: YAMLWritable {}

extension Value: YAMLWritable {
    var yaml: YAMLText {
        switch self {
        case .string(let text): .text(text)
        case .array(let elements): elements.yaml
        case .object(let members): .map(members.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
        case .null, .bool, .int, .double: .plain(JSON.text(self))
        }
    }
}
