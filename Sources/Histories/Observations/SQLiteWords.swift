// What SQLite's own codes and the words of its drivers mean, in logs and in the bodies of answers.

/// SQLite's refusals, read.
public enum SQLiteWords {
    /// A refusal sooner than this did not wait for the lock.
    static let immediateMilliseconds = 50

    /// SQLite's extended result code and the time from the start of the transaction to the refusal.
    ///
    /// 517 is a stale snapshot; 5 at once an upgrade, and 5 after the busy timeout contention.
    public static func refusal(code: Int, elapsedMilliseconds: Int?) -> DatabaseRefusal? {
        switch (code, elapsedMilliseconds) {
        case (517, _): .staleSnapshot
        case (_, let elapsed?) where code & 0xff == 5:
            elapsed < immediateMilliseconds ? .upgradeDeadlock : .contention
        default: nil
        }
    }

    /// Every line that tells of a conflict holds one of these.
    public static let signs = ["SQLite ", "SQLITE_BUSY", "database is locked"]

    /// A line of a replica's log: `SQLite 517 after 3 ms`, as image-service writes it, or the names that
    /// drivers use.
    public static func conflict(in line: String, of replica: Int, at time: Int64) -> LoggedConflict? {
        let match = line.firstMatch(of: /SQLite (\d+) after (\d+) ms/)
        let told = match.flatMap { Int($0.1) }.flatMap { $0 & 0xff == 5 ? $0 : nil }
        guard let code = told ?? code(ofDriver: line) else { return nil }
        let elapsed = told.flatMap { _ in match.flatMap { Int($0.2) } }
        return LoggedConflict(
            time: time, replica: replica, code: code, elapsedMilliseconds: elapsed, count: 1,
            refusal: refusal(code: code, elapsedMilliseconds: elapsed))
    }

    private static func code(ofDriver text: String) -> Int? {
        if text.contains("SQLITE_BUSY_SNAPSHOT") { return 517 }
        return text.contains("SQLITE_BUSY") || text.contains("database is locked") ? 5 : nil
    }

    /// A code in the body of an answer.
    fileprivate static func code(inAnswer body: String) -> Int? {
        if let match = body.firstMatch(of: /SQLite (\d+)/) { return Int(match.1) }
        return code(ofDriver: body)
    }
}

extension RequestRecord {
    /// The refusal that the body of the answer tells of; its time is at most the request's where the body
    /// has none.
    public var refusal: DatabaseRefusal? {
        guard let body = excerpt, let code = SQLiteWords.code(inAnswer: body) else { return nil }
        let said = body.firstMatch(of: /"elapsed_ms"\s*:\s*(\d+)/).flatMap { Int($0.1) }
        let bound = received.map { Int(($0 - sent) / 1_000_000) }
        return SQLiteWords.refusal(code: code, elapsedMilliseconds: said ?? bound)
    }
}
