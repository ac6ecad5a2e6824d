// A fault, as the history holds it.

import Core

/// A fault as it was injected and healed; times in nanoseconds since the run's origin.
public struct FaultRecord: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable, CaseIterable { case pause, kill, restart }

    public var kind: Kind
    public var target: FaultTarget
    public var start: Int64
    /// `nil` while it is not healed.
    public var end: Int64?

    public init(kind: Kind, target: FaultTarget, start: Int64, end: Int64? = nil) {
        self.kind = kind
        self.target = target
        self.start = start
        self.end = end
    }

    /// When it was healed, or else injected.
    var latest: Int64 { end ?? start }
}

/// What a fault hits; in order of kind, then of index or name.
public enum FaultTarget: Sendable, Hashable, Comparable {
    /// A replica, by its index.
    case replica(Int)
    /// What connects a replica and the database.
    case link(Int)
    /// A server of the database, by its index.
    case database(Int)
    /// All replicas of a service, by its name.
    case service(String)

    /// `replica 2`.
    public var text: String {
        switch self {
        case .replica(let index): "replica \(index)"
        case .link(let index): "the connections of replica \(index)"
        case .database(let index): "database server \(index)"
        case .service(let name): "service \(name)"
        }
    }

    /// The replica alone that it concerns.
    public var replica: Int? {
        switch self {
        case .replica(let index), .link(let index): index
        case .database, .service: nil
        }
    }

    /// Whether requests to this replica may feel it.
    public func reaches(replica index: Int) -> Bool { replica ?? index == index }
}

extension FaultRecord: Document {
    public static var about: String { "A fault is injected, or healed." }

    public static func members(_ member: inout Members<Self>) throws(DocumentError) -> Self {
        _ = try member.line("fault", at: \.latest)
        return FaultRecord(
            kind: try member.required("kind", \.kind, .word),
            target: try member.required("target", \.target, .target),
            start: try member.required("start", \.start, .moment),
            end: try member.optional("end", \.end, .moment, "missing while it is not healed"))
    }
}

extension Shape where Part == FaultTarget {
    /// An object with one member, which tells what kind of target it is.
    static var target: Shape {
        let indexed: [(name: String, make: @Sendable (Int) -> FaultTarget)] = [
            ("replica", FaultTarget.replica), ("link", FaultTarget.link), ("database", FaultTarget.database),
        ]
        let schemas = indexed.map { JSONSchema.object([.required($0.name, .natural)], isOpen: false) }
        return Shape(
            .anyOf(schemas + [.object([.required("service", .string)], isOpen: false)]),
            sample: { .replica(0) },
            write: { target in
                switch target {
                case .replica(let index): .object(["replica": .int(index)])
                case .link(let index): .object(["link": .int(index)])
                case .database(let index): .object(["database": .int(index)])
                case .service(let name): .object(["service": .string(name)])
                }
            }
        ) { value, path throws(DocumentError) in
            var members: [String: Value] = [:]
            if case .object(let known) = value { members = known }
            if let name = members["service"]?.text { return .service(name) }
            for (name, make) in indexed {
                guard let index = members[name] else { continue }
                return make(try Shape<Int>.number.read(index, "\(path).\(name)"))
            }
            throw DocumentError(.malformed, "\(path) names no target that this version of contend knows")
        }
    }
}
