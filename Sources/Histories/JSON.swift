// JSON text to values and back (RFC 8259), without Foundation; the work is in `JSONScanner` and `JSONWriter`.

public import Core

/// JSON text to values and back (RFC 8259), without Foundation.
public enum JSON {
    /// Arrays and objects may nest this deep; deeper text is an error, so that hostile input cannot exhaust
    /// the stack.
    public static let depthLimit = 512

    /// The one value that `bytes` hold; anything but white space after it is an error.
    ///
    /// Whole numbers that fit become `.int`, other numbers `.double`; a number too large for a double is an
    /// error. Of members with the same name the last counts. Text that is not UTF-8, or escapes half a
    /// surrogate pair, is an error.
    public static func parse(_ bytes: some Collection<UInt8>) throws(JSONError) -> Value {
        let result = bytes.withContiguousStorageIfAvailable { parseWhole($0) }
        if let result { return try result.get() }
        return try ContiguousArray(bytes).withUnsafeBufferPointer { parseWhole($0) }.get()
    }

    /// One line, object members in order of their names.
    ///
    /// JSON has no word for a number that is not finite: such a `.double` becomes `null`.
    public static func text(_ value: Value) -> String {
        var writer = JSONWriter()
        writer.append(value)
        return writer.text
    }

    private static func parseWhole(_ bytes: UnsafeBufferPointer<UInt8>) -> Result<Value, JSONError> {
        var scanner = JSONScanner(bytes)
        do throws(JSONError) {
            let value = try scanner.value()
            try scanner.end()
            return .success(value)
        } catch {
            return .failure(error)
        }
    }
}

/// Where a text stops being JSON, and how.
public struct JSONError: Error, Sendable, CustomStringConvertible {
    /// Bytes from the start of the text.
    public var offset: Int
    public var message: String

    public var description: String { "at byte \(offset): \(message)" }
}
