// What a JSON path finds in a value.

public import Core

extension JSONPath {
    /// What stands there, or `nil` if nothing does; a `null` that stands there is found.
    ///
    /// With `[*]` it is the list of all that is found, provided that the value before the first `[*]` is a
    /// list or a map: where nothing was to be listed, an empty list would be a false observation. With
    /// `length` it is a number: of elements, members or characters.
    public func evaluate(_ value: Value) -> Value? {
        let firstEvery = segments.firstIndex(of: .every) ?? segments.count
        guard let start = JSONPath.walk(segments[..<firstEvery], from: value) else { return nil }
        var found = start
        if firstEvery < segments.count {
            guard let children = JSONPath.children(of: start) else { return nil }
            found = .array(JSONPath.expand(segments[(firstEvery + 1)...], from: children))
        }
        return isLength ? JSONPath.length(of: found).map { .int($0) } : found
    }

    private static func walk(_ segments: ArraySlice<Segment>, from value: Value) -> Value? {
        var value = value
        for segment in segments {
            guard let next = step(segment, from: value) else { return nil }
            value = next
        }
        return value
    }

    private static func step(_ segment: Segment, from value: Value) -> Value? {
        switch (segment, value) {
        case (.member(let name), .object(let members)): return members[name]
        case (.index(let index), .array(let elements)):
            let position = index < 0 ? elements.count + index : index
            return elements.indices.contains(position) ? elements[position] : nil
        default: return nil
        }
    }

    /// RFC 9535: what is missing below a `[*]` is left out.
    private static func expand(_ segments: ArraySlice<Segment>, from values: [Value]) -> [Value] {
        var values = values
        for segment in segments {
            values =
                segment == .every
                ? values.flatMap { children(of: $0) ?? [] } : values.compactMap { step(segment, from: $0) }
        }
        return values
    }

    /// Elements in order, or members in order of their names.
    private static func children(of value: Value) -> [Value]? {
        switch value {
        case .array(let elements): elements
        case .object(let members): members.sorted { $0.key < $1.key }.map(\.value)
        case .null, .bool, .int, .double, .string: nil
        }
    }

    private static func length(of value: Value) -> Int? {
        switch value {
        case .array(let elements): elements.count
        case .object(let members): members.count
        case .string(let text): text.unicodeScalars.count
        case .null, .bool, .int, .double: nil
        }
    }
}
