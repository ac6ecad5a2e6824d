// A request that surely had no effect, and why: the only way the domain says no.

/// A clean refusal: its status, a code for programs and a sentence for people.
public struct Refusal: Error, Sendable, Equatable {
    public enum Code: String, Sendable {
        case malformed
        case forbidden
        case notFound = "not-found"
        case exists
        /// A transition that the status forbids: 403, as in Glance.
        case wrongStatus = "wrong-status"
        /// An upload to an image that does not wait for one: 409, as in Glance.
        case wrongUpload = "wrong-status-for-upload"
        case nameTaken = "name-taken"
        case noSuchProperty = "no-such-property"
        case versionMismatch = "version-mismatch"
        case quotaExceeded = "quota-exceeded"
        case tooLarge = "too-large"
        case conflict
        case busy
    }

    public let code: Code
    public let sentence: String

    init(_ code: Code, _ sentence: String) {
        self.code = code
        self.sentence = sentence
    }

    /// The HTTP status that goes with the code.
    public var status: Int {
        switch code {
        case .malformed: 400
        case .forbidden, .wrongStatus: 403
        case .notFound: 404
        case .exists, .wrongUpload, .nameTaken, .noSuchProperty, .conflict: 409
        case .versionMismatch: 412
        case .quotaExceeded, .tooLarge: 413
        case .busy: 503
        }
    }

    static func notFound(_ id: String) -> Refusal { Refusal(.notFound, "no image with id \(id)") }
}
