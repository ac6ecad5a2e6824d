// Why a replica could not start.

/// A replica that cannot serve, with what to do about it.
public struct StartError: Error, Sendable, CustomStringConvertible {
    public enum Code: Sendable {
        case databaseURL
        case wrongDatabase
        case unreachable
    }

    public let code: Code
    public let sentence: String

    public var description: String { sentence }
}
