// Why a document of ours cannot be read back.

public import Core

public struct DocumentError: CodedError {
    public enum Code: String, Sendable {
        /// Not the members that the document has.
        case malformed
        /// Written by a newer contend.
        case unsupportedVersion
    }

    public var code: Code
    /// One sentence: what is wrong and where.
    public var message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}
