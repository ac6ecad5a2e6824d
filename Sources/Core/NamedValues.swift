// A few values by name, such as an operation's captures: a list in order of names takes less memory than a
// dictionary, is faster to fill and to look things up in, and shares its names with lists of the same names.

/// Values by name, each name once, in order of their names.
public struct NamedValues: Sendable {
    /// `nil` where there are none; threads may share it, since it is never changed once it is filled.
    @usableFromInline nonisolated(unsafe) var storage: NamedStorage?

    public init() {}

    /// Of values of the same name the last counts.
    public init(_ values: some Sequence<(key: String, value: Value)>) {
        var names: [String] = []
        var all: [Value] = []
        for (name, value) in values {
            names.append(name)
            all.append(value)
        }
        self.init(names, all)
    }

    /// As many values as names; of values of the same name the last counts.
    public init(_ names: [String], _ values: [Value]) {
        guard names.indices.dropFirst().contains(where: { names[$0 - 1] >= names[$0] }) else {
            if !names.isEmpty { storage = .holding(names, values) }
            return
        }
        let order = names.indices.sorted { (names[$0], $0) < (names[$1], $1) }
        let kept = order.indices.filter { $0 + 1 == order.count || names[order[$0]] != names[order[$0 + 1]] }
            .map { order[$0] }
        storage = .holding(kept.map { names[$0] }, kept.map { values[$0] })
    }

    /// Other values under the same names.
    public func with(_ values: [Value]) -> NamedValues {
        var other = NamedValues()
        if let storage { other.storage = .holding(storage.header, values) }
        return other
    }

    public var names: [String] { storage?.header ?? [] }

    public func hasNames(_ names: [String]) -> Bool {
        storage?.withUnsafeMutablePointerToHeader { $0.pointee == names } ?? names.isEmpty
    }

    @inlinable public subscript(name: String) -> Value? {
        get {
            storage?.withUnsafeMutablePointers { names, values in
                names.pointee.firstIndex(of: name).map { values[$0] }
            }
        }
        set {
            var members = filter { $0.key != name }
            if let newValue { members.append((name, newValue)) }
            self = NamedValues(members)
        }
    }

    /// The values of `others` count where both have a name.
    public mutating func merge(_ others: NamedValues) {
        if !others.isEmpty { self = NamedValues([Array(self), Array(others)].joined()) }
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
        with(map { transform($0.value) })
    }
}

extension NamedValues: RandomAccessCollection {
    public var startIndex: Int { 0 }
    @inlinable public var endIndex: Int { storage?.header.count ?? 0 }

    public subscript(position: Int) -> (key: String, value: Value) {
        guard let storage else { preconditionFailure("there are no values") }
        return (storage.header[position], storage[position])
    }
}

extension NamedValues: Hashable {
    public static func == (left: NamedValues, right: NamedValues) -> Bool {
        left.storage === right.storage
            || left.names == right.names && left.elementsEqual(right) { $0.value == $1.value }
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(names)
        for (_, value) in self { hasher.combine(value) }
    }
}

extension NamedValues: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, Value)...) {
        self.init(elements.lazy.map { (key: $0.0, value: $0.1) })
    }
}

/// The names, and the values behind them in one piece of memory.
@usableFromInline
final class NamedStorage: ManagedBuffer<[String], Value> {
    static func holding(_ names: [String], _ values: [Value]) -> NamedStorage {
        precondition(names.count == values.count, "each name has one value")
        let made = create(minimumCapacity: names.count) { _ in names }
        made.withUnsafeMutablePointerToElements { places in
            for (place, value) in values.enumerated() { (places + place).initialize(to: value) }
        }
        return unsafeDowncast(made, to: NamedStorage.self)
    }

    deinit {
        _ = withUnsafeMutablePointers { names, values in values.deinitialize(count: names.pointee.count) }
    }

    subscript(place: Int) -> Value { withUnsafeMutablePointerToElements { $0[place] } }
}
