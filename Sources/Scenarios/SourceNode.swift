// A scenario file as a tree with positions, independent of the YAML library: what merging, substitution and
// decoding walk.

import Core
import Histories

/// A position in one of the files that a scenario is made of.
struct SourcePlace: Sendable, Hashable {
    /// Index into `SourceFiles`.
    var file: Int
    var position: SourcePosition
}

/// A scalar, list or map of a scenario file.
struct SourceNode: Sendable {
    enum Content: Sendable {
        case scalar(Scalar)
        case sequence([SourceNode])
        case mapping([Entry])
    }

    struct Entry: Sendable {
        /// As written.
        var key: String
        var place: SourcePlace
        var value: SourceNode
        /// The key in its parts while a placeholder is in it.
        var template: Scalar?
    }

    struct Scalar: Sendable {
        enum Part: Sendable, Hashable {
            case literal(String)
            case placeholder(Placeholder, SourcePlace)
        }

        enum Style: Sendable {
            /// Its type follows from how it looks.
            case plain
            /// Text, whatever it looks like.
            case quoted
            /// Text over several lines (`|` or `>`).
            case block
            /// Filled in from the environment: text, but taken as a number where one is wanted.
            case environment
        }

        var parts: [Part]
        var style: Style

        /// The whole text, `nil` while a placeholder is in it.
        var text: String? {
            var text = ""
            for part in parts {
                guard case .literal(let literal) = part else { return nil }
                text += literal
            }
            return text
        }

        /// Whether it is one placeholder and nothing else, so that the value keeps its type.
        var isPlaceholder: Bool {
            guard parts.count == 1, case .placeholder(let placeholder, _) = parts[0] else { return false }
            return placeholder.filters.isEmpty
        }

        var placeholders: [(name: String, place: SourcePlace)] {
            parts.compactMap {
                if case .placeholder(let placeholder, let place) = $0 {
                    (placeholder.name, place)
                } else {
                    nil
                }
            }
        }
    }

    var content: Content
    var place: SourcePlace

    /// What a message calls it.
    var kindName: String {
        switch content {
        case .mapping: return "a map"
        case .sequence: return "a list"
        case .scalar(let scalar):
            guard let text = scalar.text else { return "text with a placeholder" }
            guard scalar.style == .plain else { return "text" }
            return switch Value(plainScalar: text) {
            case .null: "nothing"
            case .bool: "a truth value"
            case .int, .double: "a number"
            case .string, .array, .object: "text"
            }
        }
    }

    var isNull: Bool { scalar?.style == .plain && text.map(Value.init(plainScalar:)) == .null }

    var scalar: Scalar? {
        if case .scalar(let scalar) = content { scalar } else { nil }
    }

    /// Of a scalar in which nothing is left to fill.
    var text: String? { scalar?.text }

    var entries: [Entry]? {
        if case .mapping(let entries) = content { entries } else { nil }
    }

    var elements: [SourceNode]? {
        if case .sequence(let elements) = content { elements } else { nil }
    }

    /// Every placeholder in it, in their order, those of names among them.
    var placeholders: [(name: String, place: SourcePlace)] {
        switch content {
        case .scalar(let scalar): scalar.placeholders
        case .sequence(let elements): elements.flatMap(\.placeholders)
        case .mapping(let entries):
            entries.flatMap { ($0.template?.placeholders ?? []) + $0.value.placeholders }
        }
    }

    /// Where the placeholder first stands in it.
    func place(of placeholder: String) -> SourcePlace? {
        placeholders.first { $0.name == placeholder }?.place
    }

    subscript(key: String) -> SourceNode? { entries?.first { $0.key == key }?.value }

    /// A literal value that stands at `place`, as a lone placeholder becomes when it is filled.
    init(_ value: Value, at place: SourcePlace) {
        self.place = place
        switch value {
        case .string(let text):
            content = .scalar(Scalar(parts: [.literal(text)], style: .quoted))
        case .array(let values):
            content = .sequence(values.map { SourceNode($0, at: place) })
        case .object(let members):
            content = .mapping(
                members.sorted { $0.key < $1.key }.map {
                    Entry(key: $0.key, place: place, value: SourceNode($0.value, at: place))
                })
        case .null, .bool, .int, .double:
            content = .scalar(Scalar(parts: [.literal(JSON.text(value))], style: .plain))
        }
    }

    init(_ content: Content, at place: SourcePlace) {
        self.content = content
        self.place = place
    }
}

extension Value {
    /// How JSON writes a value that is no text, a whole number without its fraction.
    var shownByJSON: String? {
        switch self {
        case .string: nil
        case .double(let number): JSON.text(Int(exactly: number).map { .int($0) } ?? self)
        case .null, .bool, .int, .array, .object: JSON.text(self)
        }
    }

    /// What an unquoted YAML scalar means under the core schema of YAML 1.2.
    init(plainScalar text: String) {
        switch text {
        case "", "~", "null", "Null", "NULL": self = .null
        case "true", "True", "TRUE": self = .bool(true)
        case "false", "False", "FALSE": self = .bool(false)
        default:
            let digits = text.utf8.allSatisfy { $0 >= 48 && $0 <= 57 || "+-.eE".utf8.contains($0) }
            if digits, let number = Int(text) {
                self = .int(number)
            } else if digits, text.utf8.contains(where: { $0 >= 48 && $0 <= 57 }), let number = Double(text),
                number.isFinite
            {
                self = .double(number)
            } else {
                self = .string(text)
            }
        }
    }
}
