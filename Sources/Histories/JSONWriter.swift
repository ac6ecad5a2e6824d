// The one writer of JSON: appends tokens to memory that it owns and keeps for the next line.

import Core

/// A growing run of bytes to which JSON is appended.
///
/// It keeps its memory when it is cleared, so that a recorder that writes line after line allocates nothing.
struct JSONWriter: ~Copyable {
    private var start: UnsafeMutableRawPointer
    private var capacity: Int
    private(set) var count = 0

    init(capacity: Int = 256) {
        self.capacity = max(capacity, 64)
        start = UnsafeMutableRawPointer.allocate(byteCount: self.capacity, alignment: 16)
    }

    deinit { start.deallocate() }

    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: count) }

    /// What was written, which is always UTF-8.
    var text: String { String(decoding: bytes, as: UTF8.self) }

    mutating func clear() { count = 0 }

    /// Makes room for `more` bytes and returns where they begin.
    @inline(__always)
    private mutating func reserve(_ more: Int) -> UnsafeMutableRawPointer {
        if capacity - count < more { grow(more) }
        return start + count
    }

    @inline(never)
    private mutating func grow(_ more: Int) {
        let wanted = max(capacity * 2, count + more)
        let larger = UnsafeMutableRawPointer.allocate(byteCount: wanted, alignment: 16)
        larger.copyMemory(from: start, byteCount: count)
        start.deallocate()
        start = larger
        capacity = wanted
    }

    /// Appends text that is JSON already.
    @inline(__always)
    mutating func append(raw text: StaticString) {
        reserve(text.utf8CodeUnitCount).copyMemory(from: text.utf8Start, byteCount: text.utf8CodeUnitCount)
        count += text.utf8CodeUnitCount
    }

    private mutating func append(byte: UInt8) {
        reserve(1).storeBytes(of: byte, as: UInt8.self)
        count += 1
    }

    // MARK: - Values

    mutating func append(_ value: Value) {
        switch value {
        case .null: append(raw: "null")
        case .bool(true): append(raw: "true")
        case .bool(false): append(raw: "false")
        case .int(let number): append(number)
        case .double(let number): append(number)
        case .string(let text): append(text)
        case .object(let members): append(members)
        case .array(let values):
            append(raw: "[")
            for (index, value) in values.enumerated() {
                if index > 0 { append(raw: ",") }
                append(value)
            }
            append(raw: "]")
        }
    }

    /// Members in order of their names.
    mutating func append(_ members: [String: Value]) { append(NamedValues(members)) }

    mutating func append(_ members: NamedValues) {
        append(raw: "{")
        for (index, member) in members.enumerated() {
            if index > 0 { append(raw: ",") }
            append(member.key, member.value)
        }
        append(raw: "}")
    }

    mutating func append(_ name: String, _ value: Value) {
        append(name)
        append(raw: ":")
        append(value)
    }

    mutating func append(_ number: Int) {
        let room = 20
        let end = reserve(room) + room
        var digit = end
        var rest = number.magnitude
        repeat {
            digit -= 1
            digit.storeBytes(of: UInt8(truncatingIfNeeded: 0x30 + rest % 10), as: UInt8.self)
            rest /= 10
        } while rest > 0
        if number < 0 {
            digit -= 1
            digit.storeBytes(of: UInt8(ascii: "-"), as: UInt8.self)
        }
        let length = end - digit
        (end - room).copyMemory(from: digit, byteCount: length)
        count += length
    }

    /// The shortest digits that read back as the same number; `null` for one that is not finite.
    mutating func append(_ number: Double) {
        guard number.isFinite else { return append(raw: "null") }
        var text = number.description
        text.withUTF8 { append(contentsOf: UnsafeRawBufferPointer($0)) }
    }

    /// Appends bytes that are JSON already.
    mutating func append(contentsOf more: UnsafeRawBufferPointer) {
        guard let from = more.baseAddress else { return }
        reserve(more.count).copyMemory(from: from, byteCount: more.count)
        count += more.count
    }

    // MARK: - Strings

    /// A string in quotes; quotes, backslashes and control characters are escaped.
    mutating func append(_ text: String) {
        append(raw: "\"")
        var text = text
        text.withUTF8 { bytes in
            var plain = 0
            for index in bytes.indices where Self.needsEscape(bytes[index]) {
                append(
                    contentsOf: UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[plain..<index])
                )
                append(escaped: bytes[index])
                plain = index + 1
            }
            append(contentsOf: UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[plain...]))
        }
        append(raw: "\"")
    }

    @inline(__always)
    private static func needsEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    private mutating func append(escaped byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): append(raw: "\\\"")
        case UInt8(ascii: "\\"): append(raw: "\\\\")
        case 0x0A: append(raw: "\\n")
        case 0x0D: append(raw: "\\r")
        case 0x09: append(raw: "\\t")
        default:
            append(raw: "\\u00")
            append(byte: UInt8(ascii: byte < 0x10 ? "0" : "1"))
            let low = byte & 0x0F
            append(byte: low < 10 ? 0x30 + low : 0x61 + low - 10)
        }
    }
}
