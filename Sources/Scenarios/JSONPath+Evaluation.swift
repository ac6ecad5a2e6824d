// What a JSON path finds in a value.

public import Core

extension JSONPath {
    /// What stands there, or `nil` if nothing does; a `null` that stands there is found.
    ///
    /// A path that may find several values gives the list of all that is found, provided that the first
    /// value with several is a list or a map: where nothing was to be listed, an empty list would be a false
    /// observation. With `length` it is a number: of elements, members or characters. With `keys` it is the
    /// list of an object's names; what is no object has none.
    public func evaluate(_ value: Value) -> Value? {
        let several = segments.firstIndex { !$0.isSingular } ?? segments.count
        var evaluation = JSONPathEvaluation(root: value)
        guard var found = evaluation.nodes(segments[..<several], from: [value]).first else { return nil }
        if several < segments.count {
            guard JSONPathEvaluation.children(of: found) != nil else { return nil }
            found = .array(evaluation.nodes(segments[several...], from: [found]))
            guard !evaluation.isExhausted else { return nil }
        }
        switch suffix {
        case .length: return JSONPathEvaluation.length(of: found).map { .int($0) }
        case .keys:
            guard case .object(let members) = found else { return nil }
            return .array(members.keys.sorted().map { .string($0) })
        case nil: return found
        }
    }

    /// The values that it finds, for conditions: the list's own where it may find several.
    public func found(in value: Value) -> [Value] {
        guard let found = evaluate(value) else { return [] }
        let isOne = suffix == .length || suffix == nil && segments.allSatisfy(\.isSingular)
        return isOne ? [found] : found.elements ?? []
    }

    /// All that it finds, as RFC 9535 has it.
    func nodes(in value: Value) -> [Value] {
        var evaluation = JSONPathEvaluation(root: value)
        return evaluation.nodes(segments[...], from: [value])
    }
}

/// One evaluation of a path, its filters among it.
struct JSONPathEvaluation {
    /// The most values that one evaluation looks at: `..` behind `..` multiplies them.
    static let nodesLimit = 1_000_000

    let root: Value
    private var left = nodesLimit

    init(root: Value) { self.root = root }

    var isExhausted: Bool { left <= 0 }

    mutating func nodes(_ segments: ArraySlice<JSONPath.Segment>, from start: [Value]) -> [Value] {
        var nodes = start
        for segment in segments {
            var next: [Value] = []
            for node in nodes { take(segment, of: node, into: &next) }
            nodes = next
        }
        return nodes
    }

    private mutating func take(_ segment: JSONPath.Segment, of node: Value, into found: inout [Value]) {
        for selector in segment.selectors { select(selector, of: node, into: &found) }
        guard segment.isDescendant, !isExhausted else { return }
        for child in Self.children(of: node) ?? [] { take(segment, of: child, into: &found) }
    }

    private mutating func select(_ selector: JSONPath.Selector, of node: Value, into found: inout [Value]) {
        left -= 1
        guard !isExhausted else { return }
        switch selector {
        case .member(let name):
            if case .object(let members) = node, let member = members[name] { found.append(member) }
        case .index(let index):
            guard let elements = node.elements else { return }
            let position = index < 0 ? elements.count + index : index
            if elements.indices.contains(position) { found.append(elements[position]) }
        case .every:
            let children = Self.children(of: node) ?? []
            left -= children.count
            found += children
        case .slice(let start, let end, let step):
            guard let elements = node.elements, step != 0 else { return }
            left -= elements.count
            let bounds = Self.bounds(start, end, step, elements.count)
            found += stride(from: bounds.from, to: bounds.to, by: step).map { elements[$0] }
        case .filter(let filter):
            for child in Self.children(of: node) ?? [] where holds(filter, of: child) { found.append(child) }
        }
    }

    /// RFC 9535, 2.3.4.2.
    private static func bounds(_ start: Int?, _ end: Int?, _ step: Int, _ count: Int) -> (from: Int, to: Int)
    {
        func bound(_ index: Int?, _ otherwise: Int, _ range: ClosedRange<Int>) -> Int {
            guard let index else { return otherwise }
            let position = index < 0 ? count + index : index
            return min(max(position, range.lowerBound), range.upperBound)
        }
        return step > 0
            ? (bound(start, 0, 0...count), bound(end, count, 0...count))
            : (bound(start, count - 1, -1...count - 1), bound(end, -1, -1...count - 1))
    }

    // MARK: - Filters

    private mutating func holds(_ filter: JSONPath.Filter, of current: Value) -> Bool {
        left -= 1
        guard !isExhausted else { return false }
        switch filter {
        case .any(let parts):
            for part in parts where holds(part, of: current) { return true }
            return false
        case .all(let parts):
            for part in parts where !holds(part, of: current) { return false }
            return true
        case .not(let part): return !holds(part, of: current)
        case .exists(let query): return !nodes(query, of: current).isEmpty
        case .call(let call):
            guard let text = worth(of: call.arguments[0], current)?.text,
                let pattern = worth(of: call.arguments[1], current)?.text.flatMap(TextPattern.init)
            else { return false }
            return call.function == .match ? pattern.matches(text) : pattern.isFound(in: text)
        case .compare(let left, let comparison, let right):
            let first = worth(of: left, current)
            let second = worth(of: right, current)
            return switch comparison {
            case .equal: Self.areEqual(first, second)
            case .notEqual: !Self.areEqual(first, second)
            case .less: Self.isLess(first, second)
            case .lessOrEqual: Self.isLess(first, second) || Self.areEqual(first, second)
            case .greater: Self.isLess(second, first)
            case .greaterOrEqual: Self.isLess(second, first) || Self.areEqual(first, second)
            }
        }
    }

    private mutating func nodes(_ query: JSONPath.Query, of current: Value) -> [Value] {
        nodes(query.segments[...], from: [query.isFromRoot ? root : current])
    }

    /// `nil`: RFC 9535's Nothing.
    private mutating func worth(of operand: JSONPath.Operand, _ current: Value) -> Value? {
        switch operand {
        case .literal(let value): return value
        case .query(let query): return nodes(query, of: current).first
        case .call(let call):
            guard case .query(let query) = call.arguments[0], call.function.takesNodes else {
                return worth(of: call.arguments[0], current).flatMap(Self.length).map { .int($0) }
            }
            let found = nodes(query, of: current)
            return call.function == .count ? .int(found.count) : found.count == 1 ? found[0] : nil
        }
    }

    private static func areEqual(_ left: Value?, _ right: Value?) -> Bool {
        guard let left, let right else { return left == nil && right == nil }
        return left.isEquivalent(to: right)
    }

    private static func isLess(_ left: Value?, _ right: Value?) -> Bool {
        if let left = left?.number, let right = right?.number { return left < right }
        guard let left = left?.text, let right = right?.text else { return false }
        return left.unicodeScalars.lexicographicallyPrecedes(right.unicodeScalars)
    }

    // MARK: - Values

    /// Elements in order, or members in order of their names.
    static func children(of value: Value) -> [Value]? {
        switch value {
        case .array(let elements): elements
        case .object(let members): members.sorted { $0.key < $1.key }.map(\.value)
        case .null, .bool, .int, .double, .string: nil
        }
    }

    static func length(of value: Value) -> Int? {
        switch value {
        case .array(let elements): elements.count
        case .object(let members): members.count
        case .string(let text): text.unicodeScalars.count
        case .null, .bool, .int, .double: nil
        }
    }
}
