// What an invariant asks: comparisons joined as CEL joins them (docs/decisions/0014-conditions.md).

import Core

/// One comparison, or several joined by `&&`, `||` and `!`.
public struct Condition: Sendable, Hashable {
    public indirect enum Node: Sendable, Hashable {
        case compare(Comparison)
        case all([Node])
        case any([Node])

        /// In the order in which they are written.
        public var comparisons: [Comparison] {
            switch self {
            case .compare(let comparison): [comparison]
            case .all(let nodes), .any(let nodes): nodes.flatMap(\.comparisons)
            }
        }

        /// As a scenario would write it.
        public var text: String {
            switch self {
            case .compare(let comparison):
                "\(comparison.left.text) \(comparison.comparison.rawValue) \(comparison.right.text)"
            case .all(let nodes): nodes.map(\.innerText).joined(separator: " && ")
            case .any(let nodes): nodes.map(\.innerText).joined(separator: " || ")
            }
        }

        private var innerText: String { if case .compare = self { text } else { "(\(text))" } }

        /// The opposite, by De Morgan's laws.
        fileprivate var negated: Node {
            switch self {
            case .compare(var comparison):
                comparison.comparison = comparison.comparison.negated
                return .compare(comparison)
            case .all(let nodes): return .any(nodes.map(\.negated))
            case .any(let nodes): return .all(nodes.map(\.negated))
            }
        }
    }

    public var root: Node
    /// As written, for messages.
    public var source: String

    public init(_ root: Node, source: String) {
        self.root = root
        self.source = source
    }

    /// Both sides of every comparison, in the order in which they are written.
    public var sides: [Expression] { root.comparisons.flatMap { [$0.left, $0.right] } }

    var references: [Expression.Reference] { sides.flatMap(\.references) }
}

extension Condition {
    static let form =
        "expected a comparison (<, <=, ==, !=, >=, >) of numbers, texts, OPERATION.NAME, sum(OPERATION.NAME) and "
        + "count(OPERATION), joined with + - * and without parentheses; several comparisons are joined with "
        + "&&, || and !( )"

    init(text: String) throws(TextError) {
        var scanner = TextScanner(text)
        root = try Self.any(&scanner)
        source = text
        try scanner.end(expected: Self.form)
    }

    /// Parts joined by `||`, which binds less than `&&`.
    static func any(_ scanner: inout TextScanner, depth: Int = 0) throws(TextError) -> Node {
        guard depth < depthLimit else {
            throw TextError(
                scanner.offset, "these parentheses are too deep", expected: "expected at most \(depthLimit)")
        }
        var nodes: [Node] = []
        repeat { nodes.append(try all(&scanner, depth)) } while scanner.takeNext("||")
        return nodes.count == 1 ? nodes[0] : .any(nodes)
    }

    private static let depthLimit = 50

    private static func all(_ scanner: inout TextScanner, _ depth: Int) throws(TextError) -> Node {
        var nodes: [Node] = []
        repeat { nodes.append(try part(&scanner, depth)) } while scanner.takeNext("&&")
        return nodes.count == 1 ? nodes[0] : .all(nodes)
    }

    private static func part(_ scanner: inout TextScanner, _ depth: Int) throws(TextError) -> Node {
        if scanner.takeNext("!") {
            guard scanner.takeNext("(") else {
                throw TextError(
                    scanner.offset, "`!` stands before a comparison in parentheses",
                    expected: "expected !(a.b == 1), or a.b != 1")
            }
            return try closed(&scanner, depth).negated
        }
        return scanner.takeNext("(") ? try closed(&scanner, depth) : .compare(try Comparison(&scanner))
    }

    private static func closed(_ scanner: inout TextScanner, _ depth: Int) throws(TextError) -> Node {
        let node = try any(&scanner, depth: depth + 1)
        guard scanner.takeNext(")") else {
            throw TextError(scanner.offset, "this parenthesis is never closed", expected: form)
        }
        return node
    }
}

extension TextScanner {
    /// Moves past spaces and this text, if it comes next.
    fileprivate mutating func takeNext(_ text: String) -> Bool {
        var ahead = self
        ahead.skipSpaces()
        guard ahead.take(text) else { return false }
        self = ahead
        return true
    }
}

extension Comparison.Operator {
    fileprivate var negated: Comparison.Operator {
        switch self {
        case .less: .greaterOrEqual
        case .lessOrEqual: .greater
        case .equal: .notEqual
        case .notEqual: .equal
        case .greaterOrEqual: .less
        case .greater: .lessOrEqual
        }
    }
}
