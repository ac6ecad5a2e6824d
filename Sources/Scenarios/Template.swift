// Text and structures with `${{ }}` placeholders, and the bindings that fill them.

public import Core
import Histories

/// Where something stands in a scenario file; line and column from 1.
public struct SourcePosition: Sendable, Hashable {
    public var line: Int
    public var column: Int
    /// As named by the user, or by the file that extends it; `nil` where that is known otherwise.
    public var file: String?

    public init(line: Int, column: Int, file: String? = nil) {
        self.line = line
        self.column = column
        self.file = file
    }
}

/// Text in which `${{ name }}` stands for a value known later.
///
/// Names are dotted paths: a capture or key (`image`), an earlier operation's (`reserve.units`), or one of
/// the reserved roots `port`, `replica`, `database`, `run`, `scenario`, `env`, `secret`, `unique`, `uuid`,
/// `now`, `client`, `round`.
public struct Template: Sendable, Hashable {
    public enum Part: Sendable, Hashable {
        case literal(String)
        case placeholder(Placeholder)
    }

    public var parts: [Part]
    /// Set where a literal that is no text stands for a value, as in `by: 1`; `parts` then holds it as
    /// written.
    public var constant: Value?
    /// Does not count when templates are compared.
    public var position: SourcePosition

    public init(
        parts: [Part], constant: Value? = nil, position: SourcePosition = SourcePosition(line: 1, column: 1)
    ) {
        self.parts = parts
        self.constant = constant
        self.position = position
    }

    public static func == (left: Template, right: Template) -> Bool {
        left.parts == right.parts && left.constant == right.constant
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(parts)
        hasher.combine(constant)
    }

    public var placeholders: [String] {
        parts.compactMap { if case .placeholder(let placeholder) = $0 { placeholder.name } else { nil } }
    }

    /// The text with every placeholder filled; a value that is no text is written as JSON.
    public func text(in bindings: Bindings) throws(BindingError) -> String {
        var text = ""
        for part in parts {
            switch part {
            case .literal(let literal): text += literal
            case .placeholder(let placeholder):
                let value = placeholder.filled(with: try bindings.value(of: placeholder.name))
                text += value.text ?? JSON.text(value)
            }
        }
        return text
    }

    /// A lone placeholder and a constant keep their type; anything else is text.
    public func value(in bindings: Bindings) throws(BindingError) -> Value {
        if let constant { return constant }
        if parts.count == 1, case .placeholder(let placeholder) = parts[0] {
            return placeholder.filled(with: try bindings.value(of: placeholder.name))
        }
        return .string(try text(in: bindings))
    }
}

extension Template: ExpressibleByStringLiteral {
    public init(stringLiteral text: String) { self.init(parts: [.literal(text)]) }
}

/// A JSON structure with placeholders in its strings and in the names of its members.
public indirect enum TemplateValue: Sendable, Hashable {
    case literal(Value)
    case template(Template)
    case array([TemplateValue])
    /// In the order of their names as written.
    case object([TemplateMember])

    /// An object whose names hold no placeholder.
    public static func object(_ members: KeyValuePairs<String, TemplateValue>) -> TemplateValue {
        .object(
            members.map { TemplateMember(name: Template(parts: [.literal($0.key)]), value: $0.value) }
                .sorted { $0.name.source < $1.name.source })
    }

    /// Every placeholder of it, those of names among them.
    public var placeholders: [String] {
        switch self {
        case .literal: []
        case .template(let template): template.placeholders
        case .array(let elements): elements.flatMap(\.placeholders)
        case .object(let members): members.flatMap { $0.name.placeholders + $0.value.placeholders }
        }
    }

    public func value(in bindings: Bindings) throws(BindingError) -> Value {
        switch self {
        case .literal(let value): return value
        case .template(let template): return try template.value(in: bindings)
        case .array(let elements):
            var values: [Value] = []
            values.reserveCapacity(elements.count)
            for element in elements { values.append(try element.value(in: bindings)) }
            return .array(values)
        case .object(let members):
            var values: [String: Value] = [:]
            for member in members {
                let name = try member.name.text(in: bindings)
                guard values.updateValue(try member.value.value(in: bindings), forKey: name) == nil else {
                    throw BindingError(name: member.name.placeholders.first ?? name, isTwin: true)
                }
            }
            return .object(values)
        }
    }
}

/// One member of an object.
public struct TemplateMember: Sendable, Hashable {
    public var name: Template
    public var value: TemplateValue
}

/// Names and the values bound to them.
public struct Bindings: Sendable, Hashable {
    public var values: [String: Value]

    public init(_ values: [String: Value] = [:]) { self.values = values }

    public subscript(name: String) -> Value? {
        get { values[name] }
        set { values[name] = newValue }
    }

    public func value(of name: String) throws(BindingError) -> Value {
        guard let value = values[name] else { throw BindingError(name: name) }
        return value
    }

    /// Adds all of `other`, which wins over what was bound before.
    public mutating func merge(_ other: [String: Value]) { values.merge(other) { $1 } }

    public func adding(_ other: [String: Value]) -> Bindings {
        var bindings = self
        bindings.merge(other)
        return bindings
    }
}

/// A placeholder that nothing is bound to, or whose value cannot stand where it should.
public struct BindingError: Error, Sendable, Hashable, CustomStringConvertible {
    public var name: String
    /// Filled in, it gives two members of one object the same name.
    public var isTwin = false

    public var description: String {
        isTwin
            ? "${{ \(name) }} gives two members of one object the same name"
            : "nothing is bound to ${{ \(name) }}"
    }
}
