// What a statement does, as far as its words tell: whether it is worth a decision, and which tables it names.

/// The kind of a statement, the tables that it names, and its text without values.
///
/// It is read from words alone: functions, triggers and views are not looked into. So it may serve to choose
/// what is tried first, and never to leave something out as harmless.
public struct StatementShape: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        case begin, commit, rollback
        /// It reads and changes nothing that another session sees: settings, the catalogue, a pool's ping.
        case harmless
        case read
        /// It reads, and locks what it reads.
        case lock
        case write
        /// A call, a change of the schema, several statements in one, or what this version does not know.
        case unknown
    }

    public var kind: Kind
    public var reads: Set<String> = []
    public var writes: Set<String> = []
    /// Values are `?`, comments are left out, and white space is one blank.
    public var text: String
    /// Whether it is several statements, with semicolons between.
    var holdsSeveral = false
    /// Whether it may stand between BEGIN and COMMIT without another meaning.
    var allowsTransaction: Bool

    /// Whether it reads as a query does: in a transaction whose statements all see the database as it was at
    /// the first one, it may be that one.
    var isQuery: Bool
    /// The isolation level of the transaction, or the session, is set to one with a single view.
    var setsSingleView: Bool
    /// What it sets stays for the transactions after this one.
    var setsSession: Bool

    /// Whether it may leave locks or changes behind in its transaction.
    public var leavesTraces: Bool {
        switch kind {
        case .lock, .write, .unknown: true
        case .begin, .commit, .rollback, .harmless, .read: false
        }
    }

    public init(_ text: String) {
        let words = Self.words(of: text)
        let capitals = text.uppercased()
        setsSession =
            capitals.contains("DEFAULT_TRANSACTION_ISOLATION") || capitals.contains("CHARACTERISTICS")
        setsSingleView = false
        isQuery = false
        self.text = words.map(\.shown).joined(separator: " ")
        let statements = words.split { $0.isSemicolon }.map(Array.init)
        guard let statement = statements.first, statements.count == 1 else {
            kind = statements.allSatisfy { Self.kind(of: $0) == .harmless } ? .harmless : .unknown
            allowsTransaction = false
            holdsSeveral = statements.count > 1
            return
        }
        kind = Self.kind(of: statement)
        let first = statement.first { !$0.upper.isEmpty }?.upper ?? ""
        allowsTransaction =
            kind == .write || kind == .lock || kind == .unknown && Self.splitBeginnings.contains(first)
        isQuery = ["SELECT", "VALUES", "TABLE", "WITH"].contains(first)
        setsSingleView =
            (kind == .begin || first == "SET")
            && (capitals.contains("REPEATABLE") || capitals.contains("SERIALIZABLE"))
        readTables(of: statement)
        if kind == .read, !reads.isEmpty, reads.allSatisfy(Self.isCatalogue) { kind = .harmless }
    }

    // MARK: Words

    private struct Word {
        var shown: String
        /// In capitals; empty where it is no word.
        var upper: String
        var isSemicolon = false
    }

    private static func words(of text: String) -> [Word] {
        var scanner = SQLScanner(text)
        var words: [Word] = []
        while let (token, range) = scanner.next() {
            let shown = scanner.text(range)
            switch token {
            case .word: words.append(Word(shown: shown, upper: shown.uppercased()))
            case .parameter: words.append(Word(shown: shown, upper: ""))
            case .semicolon: words.append(Word(shown: ";", upper: "", isSemicolon: true))
            case .other:
                let isValue = shown.first.map { $0.isNumber || "'$eE".contains($0) } ?? false
                words.append(Word(shown: isValue ? "?" : shown, upper: ""))
            }
        }
        return words
    }

    /// They may call or be anything, but do not end a transaction.
    private static let splitBeginnings: Set<String> = ["SELECT", "EXECUTE", "COPY", "NOTIFY", "TRUNCATE"]

    private static let harmlessBeginnings: Set<String> = [
        "SET", "SHOW", "RESET", "DISCARD", "DEALLOCATE", "LISTEN", "UNLISTEN", "SAVEPOINT", "RELEASE",
        "CLOSE", "PREPARE",
    ]
    /// Followed by a parenthesis without changing anything.
    private static let harmlessCalls: Set<String> = [
        "CAST", "COALESCE", "VARCHAR", "CHAR", "NUMERIC", "DECIMAL", "VERSION", "CURRENT_SCHEMA",
        "CURRENT_SCHEMAS", "CURRENT_DATABASE", "CURRENT_SETTING", "SET_CONFIG", "PG_BACKEND_PID", "NOW",
        "CLOCK_TIMESTAMP", "STATEMENT_TIMESTAMP", "TRANSACTION_TIMESTAMP", "PG_IS_IN_RECOVERY", "SELECT",
        "VALUES", "AS", "IN", "PG_CATALOG",
        // What a pool does when it takes a connection back.
        "PG_ADVISORY_UNLOCK_ALL",
        // They tell of the session and the server, or do nothing.
        "INET_SERVER_PORT", "INET_SERVER_ADDR", "INET_CLIENT_PORT", "INET_CLIENT_ADDR", "PG_SLEEP",
        "PG_POSTMASTER_START_TIME", "TO_REGTYPE", "TO_REGCLASS", "FORMAT_TYPE",
    ]

    private static func kind(of statement: [Word]) -> Kind {
        let upper = statement.map(\.upper)
        let first = upper.first { !$0.isEmpty } ?? ""
        switch first {
        case "BEGIN", "START": return .begin
        case "COMMIT", "END": return upper.contains("PREPARED") ? .unknown : .commit
        case "ROLLBACK", "ABORT":
            if upper.contains("PREPARED") { return .unknown }
            return upper.contains("TO") ? .harmless : .rollback
        case "INSERT", "UPDATE", "DELETE", "MERGE": return .write
        case "SELECT", "VALUES", "TABLE", "WITH", "DECLARE": return kindOfQuery(statement)
        default: return harmlessBeginnings.contains(first) ? .harmless : .unknown
        }
    }

    private static func kindOfQuery(_ statement: [Word]) -> Kind {
        let upper = statement.map(\.upper)
        var locks = false
        for (index, word) in upper.enumerated() {
            let before = index > 0 ? upper[index - 1] : ""
            switch word {
            case "INSERT", "DELETE", "MERGE": return .write
            case "UPDATE" where before == "FOR" || before == "KEY": locks = true
            case "UPDATE": return .write
            case "SHARE" where before == "FOR" || before == "KEY": locks = true
            // `SELECT … INTO` makes a table.
            case "INTO": return .unknown
            default: break
            }
        }
        if locks { return .lock }
        if upper.contains("FROM") || upper[0] == "TABLE" { return .read }
        let calls = zip(upper, statement.dropFirst()).filter { !$0.isEmpty && $1.shown == "(" }
        return calls.allSatisfy { harmlessCalls.contains($0.0) } ? .harmless : .unknown
    }

    // MARK: Tables

    private mutating func readTables(of statement: [Word]) {
        let upper = statement.map(\.upper)
        for index in upper.indices {
            let before = index > 0 ? upper[index - 1] : ""
            switch upper[index] {
            case "INTO": note(statement, after: index, isWritten: true)
            case "UPDATE" where !["FOR", "KEY", "DO"].contains(before):
                note(statement, after: index, isWritten: true)
            case "FROM": note(statement, after: index, isWritten: before == "DELETE")
            case "JOIN", "USING", "TABLE": note(statement, after: index, isWritten: false)
            default: break
            }
        }
    }

    /// The names in a list such as `images AS i, tags`; of a name with a schema all of it.
    private mutating func note(_ statement: [Word], after index: Int, isWritten: Bool) {
        var position = index + 1
        while position < statement.count {
            if statement[position].upper == "ONLY" || statement[position].upper == "LATERAL" { position += 1 }
            guard position < statement.count, var name = Self.name(statement[position]) else { return }
            position += 1
            while position + 1 < statement.count, statement[position].shown == ".",
                let next = Self.name(statement[position + 1])
            {
                name += "." + next
                position += 2
            }
            reads.insert(name)
            if isWritten { writes.insert(name) }
            if position < statement.count, statement[position].upper == "AS" { position += 1 }
            if position < statement.count, Self.name(statement[position]) != nil,
                position + 1 < statement.count, statement[position + 1].shown == ","
            {
                position += 1
            }
            guard position < statement.count, statement[position].shown == "," else { return }
            position += 1
        }
    }

    private static func name(_ word: Word) -> String? {
        if word.shown.hasPrefix("\"") { return String(word.shown.dropFirst().dropLast()) }
        return word.upper.isEmpty || word.upper == "SELECT" ? nil : word.shown.lowercased()
    }

    private static func isCatalogue(_ table: String) -> Bool {
        table.hasPrefix("pg_") || table.hasPrefix("information_schema.")
    }
}
