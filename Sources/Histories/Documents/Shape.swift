// How the members of documents look in JSON.

public import Core

/// How a part of a document is written, read and described.
public struct Shape<Part>: Sendable {
    public let schema: JSONSchema
    let definitions: [String: JSONSchema]
    /// Any value of the type: it stands in for the part while its document is described.
    let sample: @Sendable () throws(DocumentError) -> Part
    public let write: @Sendable (Part) -> Value
    public let read: @Sendable (_ value: Value, _ path: String) throws(DocumentError) -> Part

    public init(
        _ schema: JSONSchema, definitions: [String: JSONSchema] = [:],
        sample: @escaping @Sendable () throws(DocumentError) -> Part,
        write: @escaping @Sendable (Part) -> Value,
        read: @escaping @Sendable (_ value: Value, _ path: String) throws(DocumentError) -> Part
    ) {
        self.schema = schema
        self.definitions = definitions
        self.sample = sample
        self.write = write
        self.read = read
    }

    /// The same, where one that is missing is an error and not empty.
    public var present: Shape {
        Shape(schema, definitions: definitions, sample: sample, write: write) {
            value, path throws(DocumentError) in
            guard value != .null else { throw DocumentError(.malformed, "\(path) is missing") }
            return try read(value, path)
        }
    }

    /// The same with another schema, for a part of which more is known than its type says.
    public func with(_ schema: JSONSchema) -> Shape {
        Shape(schema, definitions: definitions, sample: sample, write: write, read: read)
    }

    /// Written as it is, and taken as it is if `take` knows it.
    private init(
        _ schema: JSONSchema, called type: String, sample: @escaping @autoclosure @Sendable () -> Part,
        write: @escaping @Sendable (Part) -> Value, take: @escaping @Sendable (Value) -> Part?
    ) {
        self.init(schema, sample: sample, write: write) { value, path throws(DocumentError) in
            guard let part = take(value) else {
                throw DocumentError(
                    .malformed, "\(path) is not \(type); the file is damaged or not of contend")
            }
            return part
        }
    }
}

extension Shape where Part == String {
    public static var string: Shape {
        Shape(.string, called: "text", sample: "", write: { .string($0) }, take: \.text)
    }
}

extension Shape where Part == Bool {
    public static var boolean: Shape {
        Shape(
            .boolean, called: "true or false", sample: false, write: { .bool($0) },
            take: { value in
                guard case .bool(let flag) = value else { return nil }
                return flag
            })
    }
}

extension Shape where Part == Double {
    public static var number: Shape {
        Shape(.number, called: "a number", sample: 0, write: { .double($0) }, take: \.number)
    }
}

extension Shape where Part: FixedWidthInteger & Sendable {
    public static var integer: Shape {
        Shape(
            .integer, called: "an integer", sample: 0, write: { .int(Int(clamping: $0)) },
            take: { value in
                guard case .int(let number) = value else { return nil }
                return Part(clamping: number)
            })
    }

    /// A count, an index, a time since the run's origin.
    public static var natural: Shape { integer.with(.natural) }

    /// A number of 64 bits as text: readers that know doubles alone would lose its last digits.
    public static var longInteger: Shape {
        Shape(
            .string(matching: Part.isSigned ? "^-?[0-9]+$" : "^[0-9]+$"),
            called: "a number from \(Part.min) to \(Part.max) as text", sample: 0,
            write: { .string(String($0)) },
            take: { value in
                switch value {
                case .string(let text): Part(text)
                case .int(let number): Part(exactly: number)
                case .null, .bool, .double, .array, .object: nil
                }
            })
    }
}

extension Shape where Part == Value {
    public static var anything: Shape {
        Shape(.anything, called: "a value", sample: .null, write: { $0 }, take: { $0 })
    }
}

extension Shape where Part == [String: Value] {
    /// An object whose member names are free; one that is missing is empty.
    public static var map: Shape {
        Shape(
            .map(of: .anything), called: "an object", sample: [:], write: { .object($0) },
            take: { value in
                switch value {
                case .object(let members): members
                case .null: [:]
                case .bool, .int, .double, .string, .array: nil
                }
            })
    }
}

extension Shape where Part: RawRepresentable<String> & CaseIterable & Sendable {
    /// A word that names a case of an enumeration.
    public static var word: Shape {
        Shape(
            .words(of: Part.self), sample: { Part.allCases[Part.allCases.startIndex] },
            write: { .string($0.rawValue) }
        ) { value, path throws(DocumentError) in
            let text = try Shape<String>.string.read(value, path)
            guard let word = Part(rawValue: text) else {
                throw DocumentError(.malformed, "\(path): `\(text)` is not known to this version of contend")
            }
            return word
        }
    }

    /// The same, where a later contend may write words that this one does not know.
    static func word(orElse other: Part) -> Shape {
        Shape(word.schema, sample: { other }, write: word.write) { value, path throws(DocumentError) in
            Part(rawValue: try Shape<String>.string.read(value, path)) ?? other
        }
    }
}

extension Shape where Part: Document {
    /// An object that is described in place.
    public static var object: Shape { object(described: Part.objectSchema, Part.definitions) }

    /// An object that `$defs` of the schema describes under a name.
    public static func object(named name: String) -> Shape {
        object(described: .definition(name), Part.definitions.merging([name: Part.objectSchema]) { $1 })
    }

    private static func object(described schema: JSONSchema, _ definitions: [String: JSONSchema]) -> Shape {
        Shape(
            schema, definitions: definitions,
            sample: { () throws(DocumentError) in try Members<Part>.sample() }, write: { $0.document }
        ) { value, path throws(DocumentError) in try Part(document: value, path: path) }
    }
}

extension Shape {
    /// An array of what `element` describes; one that is missing is empty.
    public static func array<Element>(of element: Shape<Element>) -> Shape where Part == [Element] {
        Shape(
            .array(of: element.schema), definitions: element.definitions, sample: { [] },
            write: { .array($0.map(element.write)) }
        ) { value, path throws(DocumentError) in
            if value == .null { return [] }
            guard let values = value.elements else {
                throw DocumentError(
                    .malformed, "\(path) is not an array; the file is damaged or not of contend")
            }
            var elements: [Element] = []
            for (index, value) in values.enumerated() {
                elements.append(try element.read(value, "\(path)[\(index)]"))
            }
            return elements
        }
    }

    /// What is written as null where it is not known.
    public static func known<Known>(_ shape: Shape<Known>) -> Shape where Part == Known? {
        Shape(
            .anyOf([shape.schema, .null]), definitions: shape.definitions, sample: { nil },
            write: { $0.map(shape.write) ?? .null }
        ) { value, path throws(DocumentError) in value == .null ? nil : try shape.read(value, path) }
    }
}
