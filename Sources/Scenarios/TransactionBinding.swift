// What an operation reads and writes of several keys at once.

/// One read or write of a transaction.
public struct KeyAccess: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        case read, write, append
    }

    public var kind: Kind
    public var key: Template
    /// Of a read what was captured, else what was sent.
    public var value: Template

    public init(_ kind: Kind, key: Template, value: Template) {
        self.kind = kind
        self.key = key
        self.value = value
    }
}

/// An operation and what it does to several keys in one transaction, in this order.
public struct TransactionBinding: Sendable, Hashable {
    public var operation: String
    public var accesses: [KeyAccess]

    public var isRead: Bool { accesses.allSatisfy { $0.kind == .read } }
    public var hasReads: Bool { accesses.contains { $0.kind == .read } }
}

/// What transactions may see of each other, the strictest first (Adya 1999).
public enum Isolation: String, Sendable, Hashable, CaseIterable {
    /// One order of all explains them, and it respects time.
    case strictSerializable = "strict-serializable"
    /// One order of all explains them.
    case serializable
    /// Each reads one state, and of two that write the same key, only one can have begun before the other
    /// ended.
    case snapshotIsolation = "snapshot-isolation"
    /// Each reads only what was committed.
    case readCommitted = "read-committed"
}
