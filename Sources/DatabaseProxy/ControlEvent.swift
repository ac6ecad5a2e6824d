// What a proxy tells whoever decides which statement goes on.

import PostgresWire

/// A statement, or the end of a transaction, that waits for a decision.
public struct PendingStatement: Sendable, Hashable {
    /// Number of its connection, in the order in which they were opened.
    public var connection: Int
    public var replica: Int
    /// Without values and comments.
    public var text: String
    /// The statement as sent, for a parser of the language; `nil` where what it touches depends on more than
    /// itself, as at the end of a transaction.
    public var source: String?
    /// Tables that its words name.
    public var reads: Set<String>
    public var writes: Set<String>
    /// It ends a transaction, its own where it stands in none.
    public var isEnd: Bool
    /// It may write and commits by itself, in one turn that cannot be cut.
    public var isUncut: Bool

    init(_ held: HeldStatement, connection: Int, replica: Int) {
        self.init(held.shape, held.part, connection: connection, replica: replica)
        isUncut = held.isUncut
        let isItself = held.part == .whole || held.part == .bind
        if isItself, !held.hasSingleView, !isEnd, !isUncut { source = held.statement.text }
    }

    /// What `text` told of a statement when it waited.
    public init(recorded text: String, replica: Int) {
        let parts: [(HeldStatement.Part, String)] = [(.bind, Self.bind), (.implicitCommit, Self.commit)]
        let (part, prefix) = parts.first { text.hasPrefix($0.1) } ?? (.whole, "")
        self.init(
            StatementShape(String(text.dropFirst(prefix.count))), part, connection: 0, replica: replica)
    }

    private static let bind = "BIND of "
    private static let commit = "COMMIT of "

    private init(
        _ shape: StatementShape, _ part: HeldStatement.Part, connection: Int, replica: Int
    ) {
        self.connection = connection
        self.replica = replica
        source = nil
        isUncut = false
        switch part {
        case .whole, .parse:
            text = shape.text
            reads = shape.reads
            writes = shape.writes
            isEnd = shape.kind == .commit || shape.kind == .rollback
        case .bind:
            text = Self.bind + shape.text
            reads = shape.reads
            writes = []
            isEnd = false
        case .implicitCommit:
            text = Self.commit + shape.text
            reads = []
            writes = []
            isEnd = true
        }
    }
}

public enum ControlEvent: Sendable, Hashable {
    case held(PendingStatement)
    /// The connection on which a statement waited has ended.
    case lost(connection: Int, replica: Int)
}
