// JSON objects of our files, described once: writer, reader and JSON Schema come from one list of members.

public import Core

/// A value that is a JSON object in a file of ours.
public protocol Document: Sendable {
    /// Says what the object is, for the schema; empty where its members say enough.
    static var about: String { get }

    /// Goes through the members in the order of the schema, and makes a value of what each one gives.
    static func members(_ member: inout Members<Self>) throws(DocumentError) -> Self
}

extension Document {
    public static var about: String { "" }

    public var document: Value { .object(members) }

    /// By their names, those that are left out missing.
    public var members: [String: Value] { Dictionary(written) { $1 } }

    /// In the order of the schema.
    var written: [(String, Value)] { Members.written(self) }

    /// Reads it back; members that are not known are passed over.
    ///
    /// - Parameter path: where the value stands, for errors: `verdict.checks[2]`.
    public init(document: Value, path: String) throws(DocumentError) {
        guard case .object(let values) = document else {
            throw DocumentError(.malformed, "\(path) is no object; the file is damaged or not of contend")
        }
        var members = Members<Self>(reading: values, at: path)
        self = try Self.members(&members)
    }

    /// Objects are open: within a version members may be added, and readers pass over what they do not know.
    public static var objectSchema: JSONSchema {
        let schema = JSONSchema.object(Members<Self>.described.members, isOpen: true)
        return about.isEmpty ? schema : schema.described(about)
    }

    /// The schema of what is written when these members alone are known.
    static func schema(of names: Set<String>) -> JSONSchema {
        .object(Members<Self>.described.members.filter { names.contains($0.name) }, isOpen: true)
    }

    /// The schemas that members refer to by name, their own included.
    public static var definitions: [String: JSONSchema] { Members<Self>.described.definitions }
}

/// What goes through the members of a `Document`: to write them, to read them, or to describe them.
public struct Members<Whole: Document> {
    private enum Purpose {
        case writing(Whole)
        case reading([String: Value], path: String)
        case describing
    }

    private let purpose: Purpose
    private var values: [(String, Value)] = []
    private var schemas: [JSONSchema.Member] = []
    private var definitions: [String: JSONSchema] = [:]

    fileprivate init(reading values: [String: Value], at path: String) {
        purpose = .reading(values, path: path)
    }

    private init(_ purpose: Purpose) { self.purpose = purpose }

    fileprivate static func written(_ whole: Whole) -> [(String, Value)] {
        var members = Members(.writing(whole))
        _ = try? Whole.members(&members)
        return members.values
    }

    fileprivate static var described: (members: [JSONSchema.Member], definitions: [String: JSONSchema]) {
        var members = Members(.describing)
        _ = try? Whole.members(&members)
        return (members.schemas, members.definitions)
    }

    /// Any value, made of samples of its members.
    static func sample() throws(DocumentError) -> Whole {
        var members = Members(.describing)
        return try Whole.members(&members)
    }

    // MARK: - The kinds of member

    /// Always written; an error where it is missing.
    public mutating func required<Part>(
        _ name: String, _ part: (Whole) -> Part, _ shape: Shape<Part>, _ about: String = ""
    ) throws(DocumentError) -> Part {
        switch purpose {
        case .writing(let whole):
            let part = part(whole)
            values.append((name, shape.write(part)))
            return part
        case .reading(let values, let path):
            return try shape.read(values[name] ?? .null, "\(path).\(name)")
        case .describing:
            describe(name, shape, about, isRequired: true)
            return try shape.sample()
        }
    }

    /// Left out where there is none.
    public mutating func optional<Part>(
        _ name: String, _ part: (Whole) -> Part?, _ shape: Shape<Part>, _ about: String = ""
    ) throws(DocumentError) -> Part? {
        switch purpose {
        case .writing(let whole):
            let part = part(whole)
            if let part { values.append((name, shape.write(part))) }
            return part
        case .reading(let values, let path):
            guard let value = values[name], value != .null else { return nil }
            return try shape.read(value, "\(path).\(name)")
        case .describing:
            describe(name, shape, about, isRequired: false)
            return nil
        }
    }

    /// Left out where it is `usual`, and `usual` where it is missing.
    public mutating func optional<Part: Equatable>(
        _ name: String, _ part: (Whole) -> Part, _ shape: Shape<Part>, usually usual: Part,
        _ about: String = ""
    ) throws(DocumentError) -> Part {
        try optional(name, { part($0) == usual ? nil : part($0) }, shape, about) ?? usual
    }

    /// Written for readers of the file, and known to us from the other members.
    public mutating func derived<Part>(
        _ name: String, _ part: (Whole) -> Part, _ shape: Shape<Part>, _ about: String = ""
    ) {
        switch purpose {
        case .writing(let whole): values.append((name, shape.write(part(whole))))
        case .reading: break
        case .describing: describe(name, shape, about, isRequired: true)
        }
    }

    /// The same in every document of the kind; not looked at when it is read.
    public mutating func constant(_ name: String, _ value: Value, _ about: String = "") {
        derived(name, { _ in value }, Shape<Value>.anything.with(.constant(value)), about)
    }

    /// The version of the document; a newer one than the current is refused.
    @discardableResult
    public mutating func version(upTo current: Int) throws(DocumentError) -> Int {
        guard case .reading(_, let path) = purpose else {
            constant("version", .int(current), "version of this document")
            return current
        }
        let version = try required("version", { _ in current }, .integer)
        guard version > current else { return version }
        throw DocumentError(
            .unsupportedVersion,
            "the \(path) has version \(version), this contend reads up to \(current): use a newer one")
    }

    /// All members of another document, which stand among those of this one.
    public mutating func all<Part: Document>(_ part: (Whole) -> Part) throws(DocumentError) -> Part {
        switch purpose {
        case .writing(let whole):
            let part = part(whole)
            values += part.written
            return part
        case .reading(let values, let path): return try Part(document: .object(values), path: path)
        case .describing:
            var members = Members<Part>(.describing)
            let sample = try Part.members(&members)
            schemas += members.schemas
            definitions.merge(members.definitions) { $1 }
            return sample
        }
    }

    private mutating func describe<Part>(
        _ name: String, _ shape: Shape<Part>, _ about: String, isRequired: Bool
    ) {
        schemas.append(JSONSchema.Member(name, shape.schema, about, isRequired: isRequired))
        definitions.merge(shape.definitions) { $1 }
    }
}
