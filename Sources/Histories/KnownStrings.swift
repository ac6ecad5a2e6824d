// Strings that come again and again in a file, such as targets and identifiers, and lists of names: each is
// kept once.

import Core

/// The strings last read, by their bytes; a later one may push out an earlier one.
final class KnownStrings {
    /// What fits into a string without memory of its own needs no looking up; what is longer hardly comes
    /// twice.
    static let lengths = 16...96
    private static let places = 1 << 13

    private var texts = [String](repeating: "", count: KnownStrings.places)

    func text(of bytes: UnsafeBufferPointer<UInt8>) -> String? {
        guard Self.lengths ~= bytes.count else { return nil }
        let text = texts[Self.place(of: bytes)]
        return text.utf8.elementsEqual(bytes) ? text : nil
    }

    func note(_ text: String, of bytes: UnsafeBufferPointer<UInt8>) {
        guard Self.lengths ~= bytes.count else { return }
        texts[Self.place(of: bytes)] = text
    }

    /// Names, and as many values, that are being read.
    struct Lists {
        var names: [String] = []
        var values: [Value] = []
    }

    /// So many lists of names are remembered, the first ones.
    private static let listLimit = 32

    private var lists: [NamedValues] = []
    /// Empty lists whose memory serves again.
    private var spare = Lists()

    func takeLists() -> Lists {
        var taken = Lists()
        swap(&taken, &spare)
        return taken
    }

    /// The values by name; they share their names with earlier ones.
    func named(_ read: inout Lists) -> NamedValues {
        defer {
            read.names.removeAll(keepingCapacity: true)
            read.values.removeAll(keepingCapacity: true)
            swap(&read, &spare)
        }
        if let known = lists.first(where: { $0.hasNames(read.names) }) { return known.with(read.values) }
        let new = NamedValues(read.names, read.values)
        if lists.count < Self.listLimit, new.hasNames(read.names) {
            lists.append(new.mapValues { _ in .null })
        }
        return new
    }

    private static func place(of bytes: UnsafeBufferPointer<UInt8>) -> Int {
        let raw = UnsafeRawBufferPointer(bytes)
        var hash = UInt64(bytes.count)
        for start in stride(from: 0, to: bytes.count - 7, by: 8) {
            hash = (hash ^ raw.loadUnaligned(fromByteOffset: start, as: UInt64.self)) &* 0x9E37_79B9_7F4A_7C15
            hash ^= hash >> 32
        }
        hash ^= raw.loadUnaligned(fromByteOffset: bytes.count - 8, as: UInt64.self)
        return Int(truncatingIfNeeded: (hash &* 0x9E37_79B9_7F4A_7C15) >> 51)
    }
}
