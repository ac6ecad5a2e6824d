// A statement between a replica and the database, as the history holds it.

/// A statement on its way to the database and back, seen between a replica and the server.
///
/// Nothing is concluded from it: it tells of operations what their answers do not.
public struct StatementRecord: Sendable, Hashable {
    /// The replica that sent it, from 0.
    public var replica: Int
    /// The server's number for the connection.
    public var backend: Int
    /// The operation in which it was sent, where that is certain.
    public var operation: Int?
    /// Secrets are redacted.
    public var statement: String
    /// Nanoseconds since the run's origin.
    public var sent: Int64
    /// `nil` without an answer.
    public var answered: Int64?
    /// Rows that were given back or changed, where the answer tells.
    public var rows: Int?
    /// The engine's own code for an error.
    public var code: String?

    public init(
        replica: Int, backend: Int, operation: Int? = nil, statement: String, sent: Int64,
        answered: Int64? = nil, rows: Int? = nil, code: String? = nil
    ) {
        self.replica = replica
        self.backend = backend
        self.operation = operation
        self.statement = statement
        self.sent = sent
        self.answered = answered
        self.rows = rows
        self.code = code
    }
}

extension StatementRecord: Document {
    public static var about: String { "A statement went to the database." }

    public static func members(_ member: inout Members<Self>) throws(DocumentError) -> Self {
        _ = try member.line("statement", at: { $0.answered ?? $0.sent })
        return StatementRecord(
            replica: try member.required("replica", \.replica, .number, "the replica that sent it"),
            backend: try member.required("backend", \.backend, .integer, "the server's number"),
            operation: try member.optional(
                "operation", \.operation, .integer, "the operation in which it was sent, where certain"),
            statement: try member.required("statement", \.statement, .string),
            sent: try member.required("sent", \.sent, .moment),
            answered: try member.optional("answered", \.answered, .moment, "missing without an answer"),
            rows: try member.optional("rows", \.rows, .natural, "given back or changed"),
            code: try member.optional("code", \.code, .string, "the engine's code for an error"))
    }
}
