// A few values by name, such as an operation's captures: a list in order of names takes less memory than a
// dictionary, and is faster to fill and to look things up in.

/// Values by name, each name once, in order of their names.
public struct NamedValues: Sendable, Hashable {
    private struct Member: Sendable, Hashable {
        var name: String
        var value: Value
    }

    private var members: ContiguousArray<Member> = []

    public init() {}

    /// Of values of the same name the last counts.
    public init(_ values: some Sequence<(key: String, value: Value)>) {
        for (name, value) in values { members.append(Member(name: name, value: value)) }
        putInOrder()
    }

    /// Adds a value for a name that may come again: `putInOrder` is called when all are in.
    public mutating func append(_ name: String, _ value: Value) {
        members.append(Member(name: name, value: value))
    }

    /// Sorts what was appended; of values of the same name the last counts.
    public mutating func putInOrder() {
        let isInOrder = members.indices.dropFirst().allSatisfy { members[$0 - 1].name < members[$0].name }
        if isInOrder { return }
        var ordered: ContiguousArray<Member> = []
        let order = members.indices.sorted { (members[$0].name, $0) < (members[$1].name, $1) }
        for index in order {
            if ordered.last?.name == members[index].name { ordered.removeLast() }
            ordered.append(members[index])
        }
        members = ordered
    }

    public subscript(name: String) -> Value? {
        get {
            if members.count <= Self.scanned {
                for member in members where member.name == name { return member.value }
                return nil
            }
            let place = place(of: name)
            return place < members.count && members[place].name == name ? members[place].value : nil
        }
        set {
            let place = place(of: name)
            let isThere = place < members.count && members[place].name == name
            switch (newValue, isThere) {
            case (let value?, true): members[place].value = value
            case (let value?, false): members.insert(Member(name: name, value: value), at: place)
            case (nil, true): members.remove(at: place)
            case (nil, false): return
            }
        }
    }

    /// So many are looked through one by one.
    private static let scanned = 8

    /// Where a name is or would be.
    private func place(of name: String) -> Int {
        var range = members.indices
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            range =
                members[middle].name < name ? middle + 1..<range.upperBound : range.lowerBound..<middle
        }
        return range.lowerBound
    }

    /// The values of `others` count where both have a name.
    public mutating func merge(_ others: NamedValues) {
        for (name, value) in others { self[name] = value }
    }

    public func merging(_ others: NamedValues) -> NamedValues {
        var merged = self
        merged.merge(others)
        return merged
    }

    public var dictionary: [String: Value] {
        Dictionary(map { ($0.key, $0.value) }) { _, last in last }
    }

    public func mapValues(_ transform: (Value) -> Value) -> NamedValues {
        var mapped = self
        for index in mapped.members.indices {
            mapped.members[index].value = transform(mapped.members[index].value)
        }
        return mapped
    }
}

extension NamedValues: RandomAccessCollection {
    public var startIndex: Int { 0 }
    public var endIndex: Int { members.count }

    public subscript(position: Int) -> (key: String, value: Value) {
        (members[position].name, members[position].value)
    }
}

extension NamedValues: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, Value)...) {
        self.init(elements.lazy.map { (key: $0.0, value: $0.1) })
    }
}
