// A statement on its way to the server and back.

/// A statement that a client had executed.
public struct Statement: Sendable, Hashable {
    /// Counts the statements of a session, from 0.
    public var number: Int
    /// As the client wrote it; of a simple query all of it, also where it holds several statements.
    public var text: String
    /// What was bound to `$1`, `$2`, ….
    public var parameters: [WireParameter]
    /// Their types' numbers in `pg_type`, as far as they were said; 0 where not.
    public var types: [UInt32]

    /// The bound values as text; `nil` for null.
    public var values: [String?] {
        parameters.enumerated().map { index, parameter in
            parameter.text(type: index < types.count ? types[index] : 0)
        }
    }
}

/// How a statement ended.
public enum StatementEnd: Sendable, Hashable {
    /// Rows that were given back or changed, where the answer says how many.
    case done(rows: Int?)
    case failed(WireServerError)
    /// An earlier statement of the same batch failed, so the server passed this one over.
    case skipped
    /// The connection ended before the answer.
    case unanswered
}

/// What was learned from a message.
public enum WireEvent: Sendable, Hashable {
    /// The session has begun; `process` is the server's number for it.
    case connected(process: Int32)
    case began(Statement)
    case ended(number: Int, StatementEnd)
    /// The server waits for the next request.
    case ready(TransactionStatus)
    /// An error that no statement's end tells: while a statement is prepared (its text is given), when an
    /// implicit transaction commits, or of the session as a whole.
    case failed(WireServerError, text: String?)
    case cancel
}
