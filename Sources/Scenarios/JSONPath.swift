// JSON paths as RFC 9535 has them, plus a trailing `length` or `keys`: `$.versions[?@.open] length`.

public import Core

/// A path into a JSON value.
public struct JSONPath: Sendable, Hashable {
    /// What is taken of each value found so far.
    public struct Segment: Sendable, Hashable {
        public var selectors: [Selector]
        /// `..`: also of everything below it.
        public var isDescendant = false

        public static func member(_ name: String) -> Segment { Segment(selectors: [.member(name)]) }
    }

    public enum Selector: Sendable, Hashable {
        case member(String)
        /// From the end when negative.
        case index(Int)
        case every
        case slice(start: Int?, end: Int?, step: Int)
        case filter(Filter)
    }

    /// What stands behind `?`.
    public indirect enum Filter: Sendable, Hashable {
        case any([Filter])
        case all([Filter])
        case not(Filter)
        case exists(Query)
        case call(Call)
        case compare(Operand, Comparison.Operator, Operand)
    }

    /// A path inside a filter.
    public struct Query: Sendable, Hashable {
        /// `$`; else `@`, the value that is filtered.
        public var isFromRoot: Bool
        public var segments: [Segment]
    }

    public struct Call: Sendable, Hashable {
        public enum Function: String, Sendable, Hashable, CaseIterable {
            case length, count, match, search, value
        }

        public var function: Function
        public var arguments: [Operand]
    }

    public indirect enum Operand: Sendable, Hashable {
        case literal(Value)
        case query(Query)
        case call(Call)
    }

    /// What is taken of what the path finds.
    public enum Suffix: String, Sendable, Hashable, CaseIterable {
        /// How many elements, members or characters.
        case length
        /// The names of an object's members, in order.
        case keys
    }

    public var segments: [Segment]
    public var suffix: Suffix?

    /// Paths that find something where the filters have something to look at: for each filter, the elements
    /// that have what a query in it names.
    ///
    /// A filter that names what no element has, because of a mistyped name, selects nothing and so proves
    /// nothing.
    public var probes: [JSONPath] {
        segments.indices.flatMap { place in
            segments[place].selectors.flatMap(\.queries).map { query in
                var segment = segments[place]
                segment.selectors = [.filter(.exists(query))]
                return JSONPath(segments: segments[..<place] + [segment])
            }
        }
    }
}

extension JSONPath.Segment {
    /// Takes at most one value of each.
    var isSingular: Bool {
        guard !isDescendant, selectors.count == 1 else { return false }
        return switch selectors[0] {
        case .member, .index: true
        case .every, .slice, .filter: false
        }
    }
}

extension JSONPath.Query {
    var isSingular: Bool { segments.allSatisfy(\.isSingular) }
}

extension JSONPath.Call.Function {
    /// Whether it is true or false, and no value to compare.
    var isLogical: Bool { self == .match || self == .search }
    /// Whether it looks at all that a query finds.
    var takesNodes: Bool { self == .count || self == .value }
    var arity: Int { isLogical ? 2 : 1 }
}

extension JSONPath.Selector {
    fileprivate var queries: [JSONPath.Query] {
        if case .filter(let filter) = self { filter.queries } else { [] }
    }
}

extension JSONPath.Filter {
    fileprivate var queries: [JSONPath.Query] {
        switch self {
        case .any(let parts), .all(let parts): parts.flatMap(\.queries)
        case .not(let part): part.queries
        case .exists(let query): [query]
        case .call(let call): call.arguments.flatMap(\.queries)
        case .compare(let left, _, let right): left.queries + right.queries
        }
    }
}

extension JSONPath.Operand {
    fileprivate var queries: [JSONPath.Query] {
        switch self {
        case .literal: []
        case .query(let query): [query]
        case .call(let call): call.arguments.flatMap(\.queries)
        }
    }
}
