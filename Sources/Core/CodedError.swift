// The shape that the errors of all targets share.

/// An error for programs to decide by and for people to read.
public protocol CodedError: Error, Sendable, CustomStringConvertible {
    associatedtype Code: RawRepresentable<String>, Sendable

    /// What a program decides by.
    var code: Code { get }
    /// What happened, where, and what to do about it.
    var message: String { get }
}

extension CodedError {
    public var description: String { message }
}
