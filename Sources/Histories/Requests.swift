// The requests of one operation: mostly one, which then needs no memory of its own.

/// Requests in the order in which they were sent.
public struct Requests: Sendable, Hashable {
    @usableFromInline var others: [RequestRecord] = []
    @usableFromInline var first = RequestRecord.none

    public init() {}
}

extension Requests: RandomAccessCollection, MutableCollection, RangeReplaceableCollection {
    @inlinable public var startIndex: Int { 0 }
    @inlinable public var endIndex: Int { first.isNone ? 0 : others.count + 1 }
    @inlinable public var indices: Range<Int> { 0..<endIndex }

    @inlinable public subscript(position: Int) -> RequestRecord {
        get {
            position == 0 && !first.isNone ? first : others[position - 1]
        }
        set {
            if position == 0, !first.isNone { first = newValue } else { others[position - 1] = newValue }
        }
    }

    public mutating func append(_ request: consuming RequestRecord) {
        if isEmpty { first = request } else { others.append(request) }
    }

    public mutating func replaceSubrange(
        _ range: Range<Int>, with requests: some Collection<RequestRecord>
    ) {
        let all = [Array(self[..<range.lowerBound]), Array(requests), Array(self[range.upperBound...])]
        self = Requests()
        for request in all.joined() { append(request) }
    }
}

extension Requests: ExpressibleByArrayLiteral {
    public init(arrayLiteral elements: RequestRecord...) { self.init(elements) }
}
