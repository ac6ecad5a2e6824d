// Times in the one form that the registry stores and shows: UTC, whole seconds, as text.

import Foundation

/// The wall clock as ISO 8601 text.
public enum Timestamp {
    /// The present second, such as `2026-11-23T22:41:49Z`.
    public static func now() -> String { Date().formatted(.iso8601) }
}
