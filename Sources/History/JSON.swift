// Signatures fixed by the architect; bodies and file split are the History owner's.

/// JSON text to values and back (RFC 8259), without Foundation.
public enum JSON {
    /// `nil` bytes past the value are an error; depth is limited to 512.
    public static func parse(_ bytes: some Collection<UInt8>) throws(JSONError) -> Value {
        preconditionFailure()
    }
    /// One line, object members in order of their names.
    public static func text(_ value: Value) -> String { preconditionFailure() }
}

public struct JSONError: Error, Sendable, CustomStringConvertible {
    /// Bytes from the start of the text.
    public var offset: Int
    public var message: String
    public var description: String { "at byte \(offset): \(message)" }
}
