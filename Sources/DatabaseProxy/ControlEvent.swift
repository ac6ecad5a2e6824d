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
        self.connection = connection
        self.replica = replica
        let shape = held.shape
        isUncut = held.isUncut
        source = nil
        switch held.part {
        case .whole, .parse:
            text = shape.text
            reads = shape.reads
            writes = shape.writes
            isEnd = shape.kind == .commit || shape.kind == .rollback
            if held.part == .whole { source = held.statement.text }
        case .bind:
            text = "BIND of " + shape.text
            reads = shape.reads
            writes = []
            isEnd = false
            source = held.statement.text
        case .implicitCommit:
            text = "COMMIT of " + shape.text
            reads = []
            writes = []
            isEnd = true
        }
        if held.hasSingleView || isEnd || isUncut { source = nil }
    }
}

public enum ControlEvent: Sendable, Hashable {
    case held(PendingStatement)
    /// The connection on which a statement waited has ended.
    case lost(connection: Int, replica: Int)
}
