// The common part of RFC 9535: members, indexes and `[*]`, plus a trailing `length`.

/// A path into a JSON value.
public struct JSONPath: Sendable, Hashable {
    public enum Segment: Sendable, Hashable {
        case member(String)
        /// From the end when negative.
        case index(Int)
        case every
    }

    public var segments: [Segment]
    /// `$.members length`: how many elements, members or characters.
    public var isLength = false
}
