// What PostgreSQL's own words mean: for its monitor, which reads them in its log, and for records that hold
// them as they were logged.

/// PostgreSQL's codes and sentences, read.
public enum PostgresWords {
    public static func reason(ofCode code: String) -> ServerError.Reason? {
        switch code {
        case "40P01": .deadlock
        case "40001": .serialization
        default: nil
        }
    }

    public static func isIdleInTransaction(_ state: String) -> Bool { state.hasPrefix("idle in transaction") }

    /// Reads in the DETAIL of a deadlock `Process 1 waits for … on …; blocked by process 2.` and
    /// `Process 1: STATEMENT`, in any number; empty if a statement or a wait is missing.
    public static func parties(in detail: String) -> [DeadlockParty] {
        var waits: [(backend: Int, lock: String, holder: Int)] = []
        var statements: [Int: String] = [:]
        var speaker: Int?
        for line in detail.split(separator: "\n", omittingEmptySubsequences: false) {
            if let match = line.wholeMatch(of: /Process (\d+) waits for (.+); blocked by process (\d+)\./),
                let backend = Int(match.1), let holder = Int(match.3)
            {
                waits.append((backend, String(match.2), holder))
            } else if let match = line.wholeMatch(of: /Process (\d+): (.*)/), let backend = Int(match.1),
                waits.contains(where: { $0.backend == backend })
            {
                speaker = backend
                statements[backend] = String(match.2)
            } else if let speaker {
                statements[speaker, default: ""] += "\n" + line
            }
        }
        let parties = waits.compactMap { wait in
            statements[wait.backend].map {
                DeadlockParty(waiter: wait.backend, holder: wait.holder, resource: wait.lock, statement: $0)
            }
        }
        return parties.count == waits.count && parties.count > 1 ? parties : []
    }

    /// The row in `while updating tuple (0,3) in relation "images"`, as `images (0,3)`.
    static func place(in context: String) -> String? {
        context.firstMatch(of: /tuple (\([0-9,]+\)) in relation "([^"]+)"/).map { "\($0.2) \($0.1)" }
    }
}

extension ServerError {
    /// As PostgreSQL logs it.
    public init(
        time: Int64, backend: Int, code: String, detail: String? = nil, context: String? = nil,
        statement: String? = nil
    ) {
        self.time = time
        self.backend = backend
        self.code = code
        self.context = context
        self.statement = statement
        reason = PostgresWords.reason(ofCode: code)
        parties = reason == .deadlock ? detail.map(PostgresWords.parties) ?? [] : []
        place = context.flatMap(PostgresWords.place)
    }
}
